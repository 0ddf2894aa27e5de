"""What the roles do not reach is refused by the plan, with the cure, before anything changes: by AWS's own dry runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.api.dispatch import ApiCalled
from simulator.cdk_output import ensure_synthesized
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import load
from simulator.scenario.model import Fault, NodeGroup, Scenario, Service
from simulator.simulation import InProcessSimulation, Simulation
from tests.handlers.conftest import CLUSTER, NEW

EXAMPLES = Path(__file__).parents[2] / "examples"
PERMITTED = '"*ecs*", "*Ecs*", "*ECS*", "*Instance*", "*instance*"'
CHANGES = ("CreateLaunchTemplateVersion", "RunInstances")  # as dry runs


def changed(scenario: Scenario, number: int = 0, **group: Any) -> Scenario:
    """The scenario with other settings of one of its node groups."""
    groups = list(scenario.node_groups)
    groups[number] = replace(groups[number], **group)
    return replace(scenario, node_groups=tuple(groups))


def refused(scenario: Scenario, *, fast: bool = True) -> str:
    """Why the plan is refused; nothing was written but what the stack keeps for itself."""
    with (InProcessSimulation if fast else Simulation)(scenario, 1, ensure_synthesized()) as region:
        calls: list[ApiCalled] = []
        region.bus.subscribe(ApiCalled, calls.append)
        outcome = observe(region)
    assert (outcome.status, outcome.last_state) == ("FAILED", "Plan refused")
    written = {
        call.operation
        for call in calls
        if not call.operation.startswith(("Describe", "List", "Get"))
        and call.service not in ("dynamodb", "stepfunctions")
    }
    assert written <= set(CHANGES)
    assert "PERMISSION_MISSING: " in (outcome.cause or "")
    return outcome.cause or ""


@pytest.mark.parametrize("fast", [True, False], ids=["in-process", "full"])
def test_an_instance_role_is_named_with_the_line_that_permits_it(fast: bool) -> None:
    said = refused(changed(load(EXAMPLES / "dev-cluster.json"), instance_role="web-nodes"), fast=fast)
    assert "iam:PassRole on arn:aws:iam::123456789012:role/web-nodes is denied" in said
    assert f'[permissions] instance_roles = [{PERMITTED}, "web-nodes"].' in said


@pytest.mark.parametrize("fast", [True, False], ids=["in-process", "full"])
def test_a_launch_template_is_named_with_the_tag_that_permits_it(fast: bool) -> None:
    said = refused(changed(load(EXAMPLES / "dev-cluster.json"), launch_template_tags={"team": "web"}), fast=fast)
    template = said.partition("--resources ")[2].partition(" ")[0]
    assert f"ec2:CreateLaunchTemplateVersion on arn:aws:ec2:eu-west-1:123456789012:launch-template/{template}" in said
    assert f"aws ec2 create-tags --resources {template} --tags Key=ecs-ami-rollout,Value=yes" in said
    assert f'[permissions] launch_templates = ["{template}"]' in said


@pytest.mark.parametrize("number", [0, 1], ids=["old", "new"])
def test_both_groups_of_two_are_asked_about(number: int) -> None:
    """Auto Scaling launches from the old one, as the caller, on the way back."""
    share = ({"capacityProvider": "provider", "base": 0, "weight": 1},)
    second = NodeGroup("green", NEW, 0, max=6, capacity_provider="green")
    asked = {"capacity_provider": "provider", "strategy": {"type": "capacity-provider", "target": "green"}}
    scenario = replace(
        CLUSTER,
        node_groups=(*CLUSTER.node_groups, second),
        services=(Service("web", count=2, capacity_provider_strategy=share),),
        input={**CLUSTER.input, **asked},
    )
    said = refused(changed(scenario, number, instance_role="web-nodes"))
    assert "role/web-nodes is denied" in said


def test_a_policy_that_denies_it_explicitly_is_not_cured_by_a_line() -> None:
    fault = Fault("take_permission", at=0.0, with_={"action": "iam:PassRole"})
    said = refused(replace(load(EXAMPLES / "dev-cluster.json"), faults=(fault,)))
    assert "by a policy that denies it explicitly" in said
    assert "[permissions]" not in said
