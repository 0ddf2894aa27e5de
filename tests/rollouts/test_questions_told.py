"""What an operator has to answer or to finish is sent until it went out, and once."""

from typing import Any

import pytest

from handlers import catalogue
from simulator.aws.messages import EventPut, Published
from simulator.cdk_output import ensure_synthesized
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation, SimulatedRollout, Simulation
from tests.rollouts.test_strategies_from_anywhere import PROMOTE, undisturbed

YES = {"seconds": 2 * 3600, "input": {"action": "approve"}}
MANY = 9  # more often than the Task is tried again: then the plan is made anew, and asks


def unsent(state: str, service: str = "sns", operation: str = "Publish", times: int = MANY) -> dict[str, Any]:
    how = {"service": service, "operation": operation, "code": "AuthorizationError", "times": times}
    return {"kind": "fail_api", "state": state, "with": how}


@pytest.mark.parametrize("mode", [InProcessSimulation, Simulation])
@pytest.mark.parametrize("times", [2, MANY + 2])
def test_a_question_that_could_not_be_sent_is_sent_again(mode: type[SimulatedRollout], times: int) -> None:
    state = catalogue.APPROVAL.forward
    made = {
        **undisturbed("rolling"),
        "faults": [unsent(state, times=times)],
        "people": [{"after": {"state": state}, **YES}, PROMOTE],
    }
    made["input"]["approval"] = {}
    with mode(from_json(made, "test"), 1, ensure_synthesized()) as region:
        published: list[str] = []
        put: list[str] = []
        region.bus.subscribe(Published, lambda event: published.append(event.subject))
        region.bus.subscribe(EventPut, lambda event: put.append(event.detail_type))
        outcome = observe(region)
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
    assert [subject for subject in published if "approval" in subject] == ["Rollout of nodes waits for approval"]
    assert put.count("Approval wanted") == 1


def test_a_promotion_that_could_not_be_sent_is_sent_at_the_next_look() -> None:
    state = catalogue.PROMOTION.forward
    made = undisturbed("rolling")
    answer = {"after": {"state": state}, "seconds": 3600, "input": {"action": "promote"}}
    made = {**made, "faults": [unsent(state, times=2)], "people": [answer]}
    with InProcessSimulation(from_json(made, "test"), 1, ensure_synthesized()) as region:
        published: list[str] = []
        region.bus.subscribe(Published, lambda event: published.append(event.subject))
        outcome = observe(region)
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
    assert [subject for subject in published if "promotion" in subject] == ["Rollout of nodes waits for promotion"]


@pytest.mark.parametrize(("times", "sent"), [(2, 1), (99, 0)])
def test_that_a_human_is_needed_is_sent_again_and_the_report_ends_it_in_the_end(times: int, sent: int) -> None:
    made = undisturbed("rolling")
    broken = {"service": "autoscaling", "operation": "*", "code": "AccessDenied", "times": 9999}
    made["faults"] = [
        {"kind": "fail_api", "state": catalogue.SCALE_IN.forward, "with": broken},
        unsent(catalogue.REPORT_REMAINING_WORK.back, times=times),
    ]
    with InProcessSimulation(from_json(made, "test"), 1, ensure_synthesized()) as region:
        region.rules_enabled = False
        published: list[str] = []
        region.bus.subscribe(Published, lambda event: published.append(event.subject))
        outcome = observe(region)
    assert (outcome.status, outcome.error) == ("FAILED", "ClientError")
    assert published.count("Needs a human: nodes") == sent
