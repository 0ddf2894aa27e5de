"""Every example ends as it says, with no promise broken, within the limits of Step Functions."""

from pathlib import Path

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import load

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))


FULL = ("ten-instances", "provider-flip", "blue-green", "failing-ami")
"""Played in the full mode, too: one of each strategy, and one that turns back. `rollout simulate` plays any of them."""
BOTH = [(path, True) for path in EXAMPLES] + [(path, False) for path in EXAMPLES if path.stem in FULL]


def outcome_of(name: str) -> Outcome:
    return simulate(load(Path(__file__).parents[2] / "examples" / f"{name}.json"), seed=1, fast=True)


@pytest.mark.parametrize(
    ("path", "fast"), BOTH, ids=lambda each: each.stem if isinstance(each, Path) else "fast" if each else "full"
)
def test_an_example_ends_as_it_says_and_breaks_no_promise(path: Path, fast: bool) -> None:
    outcome = simulate(load(path), seed=1, fast=fast)

    assert outcome.unexpected == ()
    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.peak_payload_bytes < 8 * 1024
    assert outcome.history_events < 2_500


def test_ten_instances_take_less_than_a_thousand_history_events() -> None:
    assert outcome_of("ten-instances").history_events < 1_000


def test_one_in_one_out_never_has_more_than_one_instance_above_its_size_and_moves_each_task_about_once() -> None:
    outcome = outcome_of("one-in-one-out")

    assert outcome.peak_instances == 11
    assert outcome.moves_per_task >= 1.0


def test_a_refused_plan_calls_nothing_that_changes_anything() -> None:
    outcome = outcome_of("wrong-architecture")

    changing = [
        name for name in outcome.api_calls if not name.split(".")[1].startswith(("Describe", "List", "Get", "BatchGet"))
    ]
    assert changing == []


def test_a_failing_ami_says_what_happened_and_what_was_restored() -> None:
    outcome = outcome_of("failing-ami")

    assert outcome.last_state == catalogue.ROLLED_BACK.back
    assert "Rolled back: all instances of prod-nodes run ami-0aaaaaaaaaaaaaaa1 again" in (outcome.cause or "")
