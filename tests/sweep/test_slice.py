"""A slice of the sweep and of the crash points; `make sweep` and `make crash-points` run all of them."""

from pathlib import Path

import pytest

from simulator.cdk_output import ensure_synthesized
from simulator.runs.sweep.crash_points import CrashPoint, Death, count_calls, crash, crash_points
from simulator.runs.sweep.run import run_scenario, run_seed
from simulator.runs.sweep.verdict_rules import failures
from simulator.scenario.load import from_json, load
from simulator.scenario.random_faults import first_document, sweep_document

EXAMPLES = Path(__file__).parents[2] / "examples"
SEEDS, CHUNK = 120, 20
EVERY = {"dev-cluster": 149, "provider-flip": 131, "blue-green": 223}
BOTH_MODES = (1, 2, 5)  # the first is handed over: two of its executions overlap
# Each once broke a promise.
BROKE = "328 420 437 895 1312 1618 1647 1727 2134 2508 2578 2867 3673 5255 5875 6275 7429 8518 159506580"


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_seeds_pass_the_verdict_rules(first: int) -> None:
    verdicts = map(run_seed, range(first, first + CHUNK))
    broken = {verdict.replay: verdict.failures for verdict in verdicts if verdict.failures}
    assert broken == {}


@pytest.mark.parametrize("seed", [int(name) for name in BROKE.split()])
def test_a_seed_that_found_a_bug_passes_the_verdict_rules(seed: int) -> None:
    assert run_scenario(from_json(first_document(seed), f"seed {seed}"), seed).failures == ()


@pytest.mark.parametrize("name", EVERY)
def test_a_rollout_survives_its_crash_points(name: str) -> None:
    scenario, cdk_out = load(EXAMPLES / f"{name}.json"), ensure_synthesized()
    points = list(crash_points(count_calls(scenario, 1, cdk_out)))[:: EVERY[name]]
    assert len(points) > 10
    broken = {str(point): found for point in points if (found := failures(crash(scenario, 1, cdk_out, point)))}
    assert broken == {}


def test_a_handler_that_dies_is_invoked_again_and_the_rollout_goes_on() -> None:
    scenario = load(EXAMPLES / "dev-cluster.json")
    outcome = crash(scenario, 1, ensure_synthesized(), CrashPoint(Death.HANDLER, 100, after=True))
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")


@pytest.mark.parametrize("seed", BOTH_MODES)
def test_a_seed_with_faults_gives_the_same_verdict_in_both_modes(seed: int) -> None:
    fast, full = run_seed(seed), run_seed(seed, fast=False)
    assert (fast.status, fast.end, fast.trace_sha256) == (full.status, full.end, full.trace_sha256)


def test_a_seed_draws_the_same_again() -> None:
    assert sweep_document(7) == sweep_document(7)
    assert sweep_document(7) != sweep_document(8)
