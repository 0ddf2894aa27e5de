"""Bad AMIs are told from good ones in time: a slice of `rollout canary`, and what its figures make of a run."""

from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.canary.figures import figures, trials
from simulator.runs.canary.noise import Noise
from simulator.runs.canary.runs import Trial, run_trial
from simulator.runs.canary.scenarios import canary_document, canary_scenario

NOISE = Noise()
SLICE = range(2000, 2006)


def test_bad_amis_are_turned_in_time_and_good_ones_are_not() -> None:
    found = [*trials(SLICE, NOISE, bad=True, processes=1), *trials(SLICE, NOISE, bad=False, processes=1)]
    came_to = figures(found)
    assert came_to.shown
    assert (came_to.moved_on, came_to.green, came_to.turned_back, came_to.broken) == ((), (), (), ())


@pytest.mark.parametrize("bad", [True, False])
def test_the_full_mode_comes_to_the_same(*, bad: bool) -> None:
    assert run_trial(2, NOISE, bad=bad, fast=False) == run_trial(2, NOISE, bad=bad)


@pytest.mark.parametrize("bad", [True, False])
def test_every_seed_is_a_scenario_and_always_the_same_one(*, bad: bool) -> None:
    for seed in range(60):
        assert canary_scenario(seed, NOISE, bad=bad) == canary_scenario(seed, NOISE, bad=bad)


def test_noise_is_as_asked_and_only_good_amis_meet_people() -> None:
    noise = Noise(crashes_per_task_hour=0.5, deployments=2, interruptions=0, scaling=3)
    good, bad = canary_document(7, noise, bad=False), canary_document(7, noise, bad=True)
    assert sorted(fault["kind"] for fault in good["faults"]) == ["deploy_service"] * 2 + ["scale_service"] * 3
    assert (bad["faults"], good["timings"]["task_crash_seconds"], bad["timings"]["task_crash_seconds"]) == (
        [],
        7200,
        7200,
    )


def trial(**changes: Any) -> Trial:
    known: dict[str, Any] = {
        "seed": 7, "strategy": "rolling", "bad": True, "last_state": catalogue.ROLLED_BACK.back,
        "error": "HostsFailing", "events": 4, "showed_at": 500.0, "turned_at": 560.0, "beyond_at": None,
        "ended_at": 900.0, "violations": (),
    }  # fmt: skip
    return Trial(**{**known, **changes})


@pytest.mark.parametrize(
    ("one", "reached"),
    [
        (trial(), True),
        (trial(beyond_at=520.0), False),
        (trial(beyond_at=503.0), True),
        (trial(beyond_at=400.0, turned_at=800.0), True),
        (trial(beyond_at=400.0, turned_at=801.0), False),
        (trial(turned_at=None, last_state=catalogue.ROLLED_OUT.forward), False),
        (trial(showed_at=None, events=2, turned_at=None, last_state=catalogue.ROLLED_OUT.forward), True),
        (trial(bad=False), False),
        (trial(bad=False, turned_at=None, last_state=catalogue.ROLLED_OUT.forward), True),
        (trial(violations=("a promise",)), False),
    ],
)
def test_the_figures_tell_what_is_not_reached(one: Trial, *, reached: bool) -> None:
    assert figures([one]).reached is reached


def test_one_good_ami_in_a_hundred_may_be_turned_back() -> None:
    well = [trial(bad=False, turned_at=None, last_state=catalogue.ROLLED_OUT.forward)]
    assert figures([*well * 99, trial(bad=False)]).reached
    assert not figures([*well * 98, trial(bad=False)]).reached
