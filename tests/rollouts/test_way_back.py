"""The way back finds room on exactly full old fleets: a slice of `python -m benchmarks.way_back`, and its grounds."""

from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.run import simulate
from simulator.runs.way_back.run import run_way_back
from simulator.runs.way_back.scenarios import STRATEGIES, Cell, cells, way_back_document
from simulator.scenario.load import from_json

SIZE = 4
SWITCHES = [
    {"constraints_bind": binds, "rolled_back_constraints": becomes}
    for binds in ("next_deployment", "at_once")
    for becomes in ("stay", "return")
]
SLICE = (
    Cell("blue-green", "static-ports", "bad-ami"),
    Cell("blue-green", "two-amis", "alarm-late"),
    Cell("blue-green", "packed", "breaker"),
    Cell("blue-green-by-definition", "distinct", "breaker"),
    Cell("blue-green-by-definition", "static-ports", "reject-at-the-question"),
    Cell("blue-green-second-group", "two-amis", "breaker-rollback"),
    Cell("capacity-provider", "static-ports", "breaker"),
    Cell("capacity-provider", "distinct", "bad-late"),
    Cell("capacity-provider-steps", "packed", "reject-in-the-switch"),
    Cell("rolling", "static-ports", "bad-ami"),
    Cell("rolling-third", "two-amis", "bad-late"),
    Cell("rolling-prepared", "distinct", "alarm-late"),
)
"""Each strategy, and each of the ways by which one comes back: these ended in Needs a human, or took an hour."""


@pytest.mark.parametrize("cell", SLICE, ids=str)
def test_a_full_fleet_is_all_old_again(cell: Cell) -> None:
    assert cell in list(cells())
    came = run_way_back(cell, 1, SIZE)
    assert (came.last_state, came.end, came.violations) == (catalogue.ROLLED_BACK.back, "all_old", ()), came.cause


@pytest.mark.parametrize("misfortune", ["bad-ami", "breaker-rollback", "alarm-late"])
@pytest.mark.parametrize("aws", SWITCHES, ids=lambda switches: "-".join(switches.values()))
def test_whenever_constraints_bind_and_whatever_becomes_of_them(aws: dict[str, str], misfortune: str) -> None:
    came = run_way_back(Cell("blue-green", "static-ports", misfortune), 1, SIZE, aws)
    assert came.is_returned, (came.cause, came.violations)


@pytest.mark.parametrize("code", ["ConflictException", "UnsupportedFeatureException", "AccessDeniedException"])
def test_where_ecs_does_not_take_a_deployment_back_another_one_follows(code: str) -> None:
    fails = {"service": "ecs", "operation": "StopServiceDeployment", "code": code, "times": 100}
    outcome = outcome_of(Cell("blue-green", "static-ports", "bad-ami"), {"kind": "fail_api", "at": 0, "with": fails})
    assert (outcome.last_state, outcome.end, outcome.violations) == (catalogue.ROLLED_BACK.back, "all_old", ())
    assert outcome.peak_instances > SIZE  # the temporary capacity is gone again: all_old counts instances


def test_no_temporary_capacity_where_the_input_wants_none() -> None:
    came = run_way_back(Cell("blue-green", "static-ports", "breaker"), 1, SIZE, roll_back={"surge": 0})
    assert came.last_state == catalogue.NEEDS_A_HUMAN.back


@pytest.mark.parametrize("strategy", ["blue-green", "capacity-provider", "rolling"])
def test_a_denied_change_of_the_group_leaves_everything_as_it_was(strategy: str) -> None:
    denied = {"action": "autoscaling:UpdateAutoScalingGroup"}
    cell = Cell(strategy, "static-ports", "reject-at-the-question")
    outcome = outcome_of(cell, {"kind": "take_permission", "at": 0, "with": denied})
    assert (outcome.last_state, outcome.end, outcome.violations) == (catalogue.ROLLED_BACK.back, "all_old", ())
    assert "autoscaling:UpdateAutoScalingGroup" in str(outcome.cause)
    assert not outcome.api_calls.get("ecs.UpdateService")
    assert not outcome.api_calls.get("autoscaling.SetDesiredCapacity")


def test_the_full_mode_returns_just_so() -> None:
    cell = Cell("blue-green", "two-amis", "bad-ami")
    assert run_way_back(cell, 3, SIZE, fast=False) == run_way_back(cell, 3, SIZE)


def test_every_cell_is_a_scenario() -> None:
    every = list(cells())
    assert len(set(every)) == len(every)
    assert {cell.strategy for cell in every} == set(STRATEGIES)
    for cell in every:
        from_json(way_back_document(cell, SIZE), str(cell))


def outcome_of(cell: Cell, fault: dict[str, Any]) -> Any:
    document = way_back_document(cell, SIZE)
    document.pop("people", None)
    return simulate(from_json({**document, "faults": [fault]}, "test"), seed=1, fast=True)
