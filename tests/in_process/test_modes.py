"""Both modes give the same trace for the same seed, so what the quick one finds is true of the full one."""

from pathlib import Path

import pytest

from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import load
from simulator.scenario.random_scenarios import random_scenario

EXAMPLES = Path(__file__).parents[2] / "examples"
SAMPLE = (
    "blue-green-flip",
    "dev-cluster",
    "image-for-one-architecture",
    "impossible-input",
    "rejected",
    "stormy-weather",
)


@pytest.mark.parametrize("name", SAMPLE)
def test_an_example_gives_the_same_report_and_trace_in_both_modes(name: str) -> None:
    scenario = load(EXAMPLES / f"{name}.json")
    assert simulate(scenario, 3, fast=True).to_json() == simulate(scenario, 3).to_json()


@pytest.mark.parametrize("strategy", ["rolling", "capacity-provider", "blue-green"])
def test_a_random_cluster_gives_the_same_report_and_trace_in_both_modes(strategy: str) -> None:
    scenario = random_scenario(1, strategy)
    assert simulate(scenario, 1, fast=True).to_json() == simulate(scenario, 1).to_json()


def test_a_run_in_process_leaves_nothing_behind_for_the_next() -> None:
    scenario = load(EXAMPLES / "dev-cluster.json")
    first = simulate(scenario, 1, fast=True)
    simulate(load(EXAMPLES / "stormy-weather.json"), 2, fast=True)
    assert simulate(scenario, 1, fast=True) == first
