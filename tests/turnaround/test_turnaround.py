"""Rollouts whose tasks begin to fail turn in time: a slice of `rollout turnaround`, and one run in the full mode."""

import pytest

from handlers import catalogue
from simulator.runs.turnaround.figures import figures, turnarounds
from simulator.runs.turnaround.runs import Turnaround, run_turnaround
from simulator.runs.turnaround.scenarios import STRATEGIES, turnaround_document, turnaround_scenario

SLICE = 10


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rollouts_turn_in_time_and_never_end_green(strategy: str) -> None:
    found = figures(strategy, list(turnarounds(strategy, range(1000, 1000 + SLICE), processes=1)))
    assert found.harmed
    assert (found.late, found.green, found.never, found.broken) == ((), (), (), ())  # percentiles take more runs


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_full_mode_turns_just_so(strategy: str) -> None:
    assert run_turnaround(2, strategy, fast=False) == run_turnaround(2, strategy)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_seed_is_a_scenario_and_always_the_same_one(strategy: str) -> None:
    for seed in range(50):
        assert turnaround_scenario(seed, strategy) == turnaround_scenario(seed, strategy)
    assert {len(turnaround_document(seed, strategy).get("faults", ())) for seed in range(50)} == {0, 1}


def run(seconds: float | None, *, stands: bool = True, start: float = 0.0, **changes: object) -> Turnaround:
    known: dict[str, object] = {
        "seed": 7, "strategy": "rolling", "last_state": catalogue.ROLLED_BACK.back, "error": "TasksFailing",
        "harmed": True, "short": True, "stands": stands, "seconds": seconds, "start_seconds": start,
        "seconds_below_floor": 0.0,
        "violations": (),
    }  # fmt: skip
    return Turnaround(**{**known, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("turnaround", "as_promised"),
    [
        (run(220.0, start=40.0), True),
        (run(221.0, start=40.0), False),
        (run(300.0, stands=False), True),
        (run(301.0, stands=False), False),
        (run(None), False),
        (run(10.0, violations=("a promise",)), False),
        (run(None, short=False), True),
        (run(None, short=False, last_state=catalogue.ROLLED_OUT.forward), False),
        (run(None, short=False, last_state=catalogue.ROLLED_OUT.forward, harmed=False), True),
    ],
)
def test_the_figures_tell_what_is_not_as_promised(turnaround: Turnaround, *, as_promised: bool) -> None:
    assert figures("rolling", [turnaround]).as_promised is as_promised


def test_percentiles_are_of_the_nearest_rank() -> None:
    found = figures("rolling", [run(float(number), stands=False) for number in range(1, 101)])
    assert found.rebuilt == {"runs": 100, "median": 50.0, "p95": 95.0, "worst": 100.0}
