"""The functions may do what their roles allow: a permission that is taken away is missed, and said, in both modes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.iam.evaluation import AccessRequest, Decision, Principal
from simulator.iam.roles import Policies
from simulator.invariants.permissions import ALLOWED
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import load
from simulator.scenario.model import Fault, Scenario
from simulator.stepfunctions.deployed_stack import load as load_stack

EXAMPLE = Path(__file__).parents[2] / "examples" / "dev-cluster.json"


def without(action: str, **scenario: Any) -> Scenario:
    fault = Fault("take_permission", at=0.0, with_={"action": action})
    return replace(load(EXAMPLE), faults=(fault,), **scenario)


def broken(outcome: Outcome) -> list[str]:
    return [str(violation) for violation in outcome.violations]


@pytest.mark.parametrize("fast", [True, False], ids=["in-process", "full"])
def test_the_roles_allow_a_rollout(fast: bool) -> None:
    outcome = simulate(load(EXAMPLE), 1, fast=fast)
    assert (outcome.status, outcome.end, broken(outcome)) == ("SUCCEEDED", "all_new", [])


@pytest.mark.parametrize("fast", [True, False], ids=["in-process", "full"])
@pytest.mark.parametrize(
    "action", ["ecs:UpdateContainerInstancesState", "ecs:ListTasks", "autoscaling:SetDesiredCapacity"]
)
def test_a_denied_action_turns_the_rollout_and_is_named(action: str, fast: bool) -> None:
    outcome = simulate(without(action), 1, fast=fast)

    assert outcome.status == "FAILED"
    assert f"not authorized to perform: {action} on resource: " in (outcome.cause or "")
    assert broken(outcome) == []


def test_a_launch_that_the_plan_may_not_make_is_refused_before_anything_changes() -> None:
    outcome = simulate(without("ec2:RunInstances"), 1, fast=True)

    assert (outcome.status, outcome.last_state) == ("FAILED", "Plan refused")
    assert "PERMISSION_MISSING" in (outcome.cause or "")


def test_subnets_of_a_shared_vpc_may_be_used() -> None:
    outcome = simulate(replace(load(EXAMPLE), vpc_owner="210987654321"), 1, fast=True)
    assert (outcome.status, outcome.end, broken(outcome)) == ("SUCCEEDED", "all_new", [])


def test_what_no_role_allows_breaks_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Policies.decide

    def decide(self: Policies, request: AccessRequest) -> Any:
        if request.action != "ecs:DescribeServices":
            return narrow(self, request)
        return narrow(self, replace(request, principal=Principal(request.principal.account, role="another")))

    monkeypatch.setattr(Policies, "decide", decide)
    outcome = simulate(load(EXAMPLE), 1, fast=True)

    assert any(ALLOWED in violation for violation in broken(outcome))


def test_every_function_and_the_machine_have_a_role_of_the_template(cdk_out: Path) -> None:
    stack = load_stack(cdk_out)

    roles = {function.role for function in stack.functions} | {stack.machine.role}
    assert roles <= set(stack.policies.roles)
    assert roles <= set(stack.policies.trusts)


@pytest.mark.parametrize("fast", [True, False], ids=["in-process", "full"])
def test_a_machine_whose_role_may_not_invoke_a_function_says_so(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = Policies.decide

    def no_drain(self: Policies, request: AccessRequest) -> Any:
        drains = request.action == "lambda:InvokeFunction" and "DrainInstances" in request.resource
        return Decision.NOT_ALLOWED if drains else decide(self, request)

    monkeypatch.setattr(Policies, "decide", no_drain)
    outcome = simulate(load(EXAMPLE), 1, fast=fast)

    assert outcome.status == "FAILED"
    assert "not authorized to perform: lambda:InvokeFunction" in (outcome.cause or "")
    assert any(ALLOWED in violation for violation in broken(outcome))
