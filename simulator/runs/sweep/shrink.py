"""Shrinking: the fewest faults of a seed that still break a promise. Deletes one at a time, until none can go."""

from dataclasses import replace

from simulator.runs.sweep.run import run_scenario
from simulator.scenario.model import Scenario
from simulator.scenario.random_faults import sweep_scenario


def shrink(seed: int) -> Scenario:
    """The scenario of the seed with only the faults that it takes."""
    scenario = sweep_scenario(seed)
    place = 0
    while place < len(scenario.faults):
        fewer = replace(scenario, faults=scenario.faults[:place] + scenario.faults[place + 1 :])
        if run_scenario(fewer, seed).failures:
            scenario = fewer
        else:
            place += 1
    return scenario
