"""Random clusters without faults: each rollout ends all new with no promise broken, or is refused and rightly so.

`SEEDS=200 pytest tests/rollouts/test_random_clusters.py -n auto` is the whole sweep, for each strategy; without it, a
slice. `FIRST_SEED` begins elsewhere.
"""

import os

import pytest

from simulator.runs.rehearsal.run import simulate
from simulator.scenario.feasibility import obstacles
from simulator.scenario.random_scenarios import random_scenario

SLICE = {"rolling": 12, "capacity-provider": 8, "blue-green": 8}
FIRST = int(os.environ.get("FIRST_SEED", "0"))
CASES = [
    (strategy, seed)
    for strategy, slice_ in SLICE.items()
    for seed in range(FIRST, int(os.environ.get("SEEDS", str(FIRST + slice_))))
]


@pytest.mark.parametrize(("strategy", "seed"), CASES)
def test_a_random_cluster_ends_all_new_or_is_refused_for_a_reason_that_the_second_check_agrees_with(
    strategy: str, seed: int
) -> None:
    scenario = random_scenario(seed, strategy)
    impossible = obstacles(scenario)

    outcome = simulate(scenario, seed, fast=True)

    story = (
        f"replay: {strategy} seed {seed}; {outcome.status} {outcome.error}: {outcome.cause}; second check: {impossible}"
    )
    assert [str(violation) for violation in outcome.violations] == [], story
    if impossible:
        assert (outcome.status, outcome.end, outcome.error) == ("FAILED", "all_old", "PlanImpossible"), story
    else:
        assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), story


def test_a_seed_draws_the_same_cluster_again_and_another_seed_another_one() -> None:
    assert random_scenario(3) == random_scenario(3)
    assert random_scenario(3) != random_scenario(4)
