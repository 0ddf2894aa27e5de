"""Executions that AWS itself has recorded, replayed: where our interpreters differ from it is none, or is known."""

import re
from pathlib import Path
from typing import Any

import pytest

from simulator.runs.parity.page import page
from simulator.runs.parity.patterns import PatternParity, judge
from simulator.runs.parity.recording import same
from simulator.runs.parity.replay import FULL, WALKER, Comparison, replay

ROOT = Path(__file__).parents[2]
ELSEWHERE = re.compile(r"resource arn:aws:states:::states:startExecution|'States\.\w+\(|\"States\.\w+\(")
"""Executions within executions, and intrinsic functions."""
RECORDINGS = ROOT.parent / "shared" / "recordings"


@pytest.fixture(scope="module")
def recordings() -> Path:
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings: ../shared/recordings is not there (make parity RECORDINGS=folder)")
    return RECORDINGS


@pytest.fixture(scope="module")
def compared(recordings: Path, definition: dict[str, Any]) -> list[Comparison]:
    return replay(recordings, definition)


@pytest.fixture(scope="module")
def judged(recordings: Path) -> PatternParity:
    return judge(recordings)


def test_no_execution_ends_otherwise_than_on_aws(compared: list[Comparison]) -> None:
    assert {each.name: each.differs for each in compared if any(each.differs.values())} == {}


def test_what_has_only_what_ours_has_is_equal(compared: list[Comparison]) -> None:
    ours = [each for each in compared if each.only_ours]
    assert {each.name for each in ours if not each.equal(FULL)} == set()
    assert {each.name for each in ours if not each.equal(WALKER) and WALKER not in each.refused} == set()


def test_the_walker_refuses_of_ours_what_is_not_in_our_graph(compared: list[Comparison]) -> None:
    refused = {each.name: each.refused[WALKER] for each in compared if each.only_ours and WALKER in each.refused}
    assert {name: why for name, why in refused.items() if not ELSEWHERE.search(why)} == {}


def test_event_patterns_are_judged_as_eventbridge_does(judged: PatternParity) -> None:
    assert judged.differs == ()
    assert len(judged.equal) >= 0.95 * (len(judged.equal) + len(judged.refused))


def test_the_page_is_what_comes_of_them(compared: list[Comparison], judged: PatternParity) -> None:
    committed = (ROOT / "docs" / "parity.md").read_text()
    assert committed == page(compared, judged), "make parity RECORDINGS=../shared/recordings"


@pytest.mark.parametrize(
    ("recorded", "ours", "alike"),
    [
        ("<uuid:1>", "anything", True),
        ("not found: <name:1> (<id>)", "not found: it (7)", True),
        ("not found: <name:1>", "found: it", False),
        ({"a": 1}, '{"a": 1}', True),
        ({"a": 1, "stackTrace": []}, {"a": 1}, True),
        ([1, 2], [2, 1], False),
        (1, True, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (None, "text", False),
    ],
)
def test_what_is_another_text_each_time_is_not_compared(recorded: object, ours: object, alike: bool) -> None:
    assert same(recorded, ours) is alike
