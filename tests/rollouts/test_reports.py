"""The execution's output is the report, and it says what happened."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.aws.messages import EventPut
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import load
from simulator.simulation import InProcessSimulation, Simulation
from simulator.stepfunctions.lambda_functions import LOGS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ended(cdk_out: Path) -> tuple[dict[str, Any], Outcome]:
    with InProcessSimulation(load(ROOT / "examples" / "ten-instances.json"), 1, cdk_out) as region:
        outcome = observe(region)
        return region.engine.result_of("rehearsal").output["details"], outcome


def test_it_names_the_versions_of_agent_and_docker_before_and_after(ended: tuple[dict[str, Any], Outcome]) -> None:
    assert ended[0]["software"] == {
        "agent": {"before": "1.99.1", "after": "1.100.0"},
        "docker": {"before": "25.0.6", "after": "25.0.8"},
    }


def test_its_seconds_are_those_of_the_rollout_and_of_its_phases(ended: tuple[dict[str, Any], Outcome]) -> None:
    details, outcome = ended
    assert details["seconds"] == pytest.approx(outcome.virtual_seconds, abs=10)
    assert sum(details["phases"].values()) == pytest.approx(details["seconds"], rel=0.05)


def test_its_instance_hours_and_its_cost_are_near_what_was_measured(ended: tuple[dict[str, Any], Outcome]) -> None:
    details, outcome = ended
    assert details["extra_instance_hours"] == pytest.approx(outcome.surge_instance_hours, rel=0.15)
    measured = outcome.cost_usd - outcome.costs["surge_instances"]
    assert measured / 2 < details["estimated_cost_usd"] < measured * 4


def test_it_counts_the_tasks_that_were_drained(ended: tuple[dict[str, Any], Outcome]) -> None:
    details, outcome = ended
    tasks = sum(service.count for service in load(ROOT / "examples" / "ten-instances.json").services)
    assert tasks * 0.9 <= details["tasks_drained"] <= tasks * 2
    assert outcome.moves_per_task > 0.9


def test_an_instance_that_was_skipped_is_named_with_the_reason(cdk_out: Path) -> None:
    example = load(ROOT / "examples" / "standalone-tasks-wait.json")
    skipping = replace(example, input={**example.input, "standalone_tasks": "skip"})
    with InProcessSimulation(skipping, 1, cdk_out) as region:
        outcome = observe(region)
    assert outcome.error == "InstancesSkipped"
    assert "STANDALONE_TASKS: 1 instances stay" in str(outcome.cause)


def test_who_promotes_is_told_and_only_once(cdk_out: Path) -> None:
    with InProcessSimulation(load(ROOT / "examples" / "cordoned-canary.json"), 1, cdk_out) as region:
        told: list[str] = []
        region.bus.subscribe(EventPut, lambda event: told.append(event.detail_type))
        assert observe(region).end == "all_new"
    assert told.count("Promoted") == 1
    assert told.index("Promotion wanted") < told.index("Promoted") < told.index("Rollout finished")


def test_calls_that_were_throttled_are_counted_though_their_retries_got_through(cdk_out: Path) -> None:
    with Simulation(load(ROOT / "examples" / "stormy-weather.json"), 1, cdk_out) as region:
        assert observe(region).end == "all_new"
        assert any('"Throttles":[' in line.replace(" ", "") for line in LOGS.lines)
