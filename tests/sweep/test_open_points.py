"""What AWS leaves open is played both ways: each switch makes a difference somewhere, and both ways are right."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from simulator.runs.sweep.run import run_scenario
from simulator.runs.sweep.verdict import Verdict
from simulator.scenario.aws import Aws, alternatives
from simulator.scenario.load import from_json
from simulator.scenario.random_faults import sweep_document

UNVERIFIED = (Path(__file__).parents[2] / "docs" / "unverified.md").read_text()
FLIPPED_BY: dict[str, int] = {}
"""A seed of the slice that CI runs, in which the switch makes a difference."""


def verdict_with(seed: int, key: str, value: Any) -> Verdict:
    document = sweep_document(seed)
    document["aws"][key] = value
    return run_scenario(from_json(document, f"seed {seed}"), seed)


@pytest.mark.parametrize("key", alternatives())
def test_each_switch_flips_a_trace_and_no_way_breaks_a_promise(key: str) -> None:
    verdicts = [verdict_with(FLIPPED_BY[key], key, value) for value in alternatives()[key]]
    assert [verdict.failures for verdict in verdicts] == [()] * len(verdicts)
    assert len({verdict.trace_sha256 for verdict in verdicts}) > 1


def test_the_regions_own_way_is_the_first_alternative() -> None:
    standard = Aws()
    for key, (first, *others) in alternatives().items():
        assert others, key
        own = getattr(standard, key)
        assert first == (list(own) if isinstance(own, tuple) else own), key


def test_the_sweep_draws_every_way_of_every_switch() -> None:
    drawn = [sweep_document(seed)["aws"] for seed in range(60)]
    for key, ways in alternatives().items():
        assert {str(each[key]) for each in drawn} == set(map(str, ways)), key


def test_the_page_of_open_points_has_each_switch_and_no_other() -> None:
    assert re.findall(r"^\| `(\w+)` \|", UNVERIFIED, re.MULTILINE) == [key.name for key in fields(Aws)]
