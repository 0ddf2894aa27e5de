"""Responses that come too late, twice or to nobody: each ends in Not answered, and changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe, simulate
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.engine import Execution
from tests.rollouts.test_failing_strategies import scenario
from tests.rollouts.test_strategies_from_anywhere import PROMOTE, undisturbed

BY_GROUP = {"auto_scaling_group": "nodes"}


def approving(timeout_seconds: int, *people: dict[str, Any], on_timeout: str = "reject") -> dict[str, Any]:
    """A blue-green rollout that wants to be approved, and its operators; without the one who promotes."""
    made = undisturbed("blue-green")
    approval = {"timeout_seconds": timeout_seconds, "on_timeout": on_timeout}
    return {**made, "input": {**made["input"], "approval": approval}, "people": list(people)}


def operator(
    action: str, seconds: float, *, state: str = catalogue.PROMOTION.forward, by: str = "on-call"
) -> dict[str, Any]:
    return {"after": {"state": state}, "seconds": seconds, "input": {"action": action, "by": by}}


def simulated(made: dict[str, Any]) -> Outcome:
    outcome = simulate(from_json(made, "test"), seed=1, fast=True)
    assert [str(violation) for violation in outcome.violations] == []
    return outcome


def answer(region: InProcessSimulation, name: str, action: str, **more: Any) -> Execution:
    return region.engine.start(name, {"action": action, "cluster": "prod", "by": "on-call", **more})


@pytest.mark.parametrize("named", [{}, BY_GROUP], ids=["by-cluster", "by-group"])
@pytest.mark.parametrize("action", ["approve", "reject"])
def test_an_approval_after_its_time_out_is_not_answered(action: str, named: dict[str, str], cdk_out: Path) -> None:
    with InProcessSimulation(from_json(approving(600), "test"), 1, cdk_out) as region:
        refused = observe(region)
        late = answer(region, "late", action, **named).wait()
    assert (refused.status, refused.error) == ("FAILED", "NotApproved")
    assert (late.status, late.error) == ("FAILED", "NotAnswered")
    assert "nobody answered in time" in (late.cause or "")
    assert "Start a new rollout" in (late.cause or "")


@pytest.mark.parametrize(
    ("action", "silence", "end"),
    [("promote", "promote", "all_new"), ("promote", "roll_back", "all_old"), ("flip", "roll_back", "all_old")],
)
def test_a_promotion_after_its_time_out_is_not_answered(action: str, silence: str, end: str) -> None:
    made = {**undisturbed("capacity-provider"), "people": [operator(action, 603)]}
    made["input"] = {**made["input"], "promotion": {"timeout_seconds": 600, "on_timeout": silence}}
    outcome = simulated(made)
    assert outcome.end == end
    assert (outcome.people[0].status, outcome.people[0].error) == ("FAILED", "NotAnswered")


def test_a_flip_without_a_fleet_that_stands_by_is_not_answered() -> None:
    outcome = simulated(
        {**undisturbed("rolling-prepared"), "people": [operator("flip", 1, state=catalogue.SCALE_OUT.forward), PROMOTE]}
    )
    assert outcome.end == "all_new"
    assert (outcome.people[0].status, outcome.people[0].error) == ("FAILED", "NotAnswered")
    assert "no other fleet stands by" in (outcome.people[0].cause or "")


def test_an_answer_just_in_time_counts() -> None:
    made = {**undisturbed("capacity-provider"), "people": [operator("promote", 590)]}
    made["input"] = {**made["input"], "promotion": {"timeout_seconds": 600, "on_timeout": "roll_back"}}
    outcome = simulated(made)
    assert (outcome.end, outcome.people[0].status) == ("all_new", "SUCCEEDED")


def test_the_second_of_two_answers_is_not_answered() -> None:
    made = approving(
        3600, *(operator("approve", at, state=catalogue.APPROVAL.forward, by=f"p{at}") for at in (60, 60.5))
    )
    outcome = simulated({**made, "people": [*made["people"], PROMOTE]})
    assert outcome.status == "SUCCEEDED"
    assert [operator_result.status for operator_result in outcome.people] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert outcome.people[1].error == "NotAnswered"
    assert "p60 answered 'approve'" in (outcome.people[1].cause or "")


@pytest.mark.parametrize("named", [{}, BY_GROUP], ids=["by-cluster", "by-group"])
@pytest.mark.parametrize("action", ["approve", "promote", "roll_back"])
def test_an_answer_to_a_rollout_that_has_ended_is_not_answered(
    action: str, named: dict[str, str], cdk_out: Path
) -> None:
    with InProcessSimulation(from_json(undisturbed("blue-green"), "test"), 1, cdk_out) as region:
        ended = observe(region)
        late = answer(region, "late", action, **named).wait()
    assert ended.status == "SUCCEEDED"
    assert (late.status, late.error) == ("FAILED", "NotAnswered")


@pytest.mark.parametrize("action", ["promote", "flip", "roll_back"])
def test_an_answer_on_the_way_back_is_not_answered(action: str) -> None:
    """The alarm turned it around while the question was open."""
    made = scenario("blue-green", "promotion-rejected")
    fires = {"kind": "set_alarm", "state": catalogue.PROMOTION.forward, "with": {"name": "web-5xx", "state": "ALARM"}}
    outcome = simulated(
        {**made, "people": [operator(action, 5, state=catalogue.BEGIN_ROLL_BACK.back)], "faults": [fires]}
    )
    assert outcome.error == "AlarmFired"
    assert (outcome.people[0].status, outcome.people[0].error) == ("FAILED", "NotAnswered")
    assert "on its way back" in (outcome.people[0].cause or "")


def test_an_approval_of_an_execution_that_was_stopped_is_not_answered(cdk_out: Path) -> None:
    with InProcessSimulation(from_json(approving(3600), "test"), 1, cdk_out) as region:
        region.start_execution()
        region.pass_time(60)
        region.engine.stop("rehearsal")
        region.pass_time(60)
        late = answer(region, "late", "approve").wait()
    assert (late.status, late.error) == ("FAILED", "NotAnswered")
    assert "has ended" in (late.cause or "")
