"""Roles: what handlers call in simulated runs is what they may call, no more and no less; and on what."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from tests.permissions.derivation import Derived, derive
from workflow.permissions import ACTIONS, ANY, COMPOSITE, OF_A_SERVICE, PARTS, PASSED_BY, RESOURCES, UNSEEN
from workflow.permissions_page import page

ROOT = Path(__file__).parents[2]
RARE = {  # not taken in these runs; other tests take most of them
    ("report_remaining_work", "ecs:DeleteAttributes"): "the cordon could not be lifted on the way back",
    ("prepare_node_group", "autoscaling:PutLifecycleHook"): "a copy of a group that has hooks",
    ("prepare_node_group", "autoscaling:SetDesiredCapacity"): "capacity that never came to a second group",
    ("scale_in", "autoscaling:SetDesiredCapacity"): "capacity that never came is no longer asked for",
    ("update_service_strategy", "ecs:PutClusterCapacityProviders"): "the cluster's default strategy moves",
    ("wait_for_approval", "states:SendTaskSuccess"): "the answer came before the token",
    ("wait_for_promotion", "states:SendTaskSuccess"): "the answer came before the token",
}


@pytest.fixture(scope="module")
def derived(cdk_out: Path, following: Path) -> Derived:
    return derive(cdk_out, following)


def test_nothing_is_missing(derived: Derived) -> None:
    missing = {name: called - set(ACTIONS[name]) for name, called in derived.calls.items()}
    assert {name: left for name, left in missing.items() if left} == {}


def test_a_part_holds_exactly_what_is_called_in_it(derived: Derived) -> None:
    assert set(derived.within) == set(PARTS)
    assert {
        name: called - set(PARTS[name]) for name, called in derived.within.items() if called - set(PARTS[name])
    } == {}
    unused = {name: set(PARTS[name]) - called - set(UNSEEN) for name, called in derived.within.items()}
    assert {name: left for name, left in unused.items() if left} == {}


def test_whoever_reaches_a_part_has_all_of_it(derived: Derived) -> None:
    lacking = {
        (handler, part): set(PARTS[part]) - set(ACTIONS[handler])
        for handler, parts in derived.parts.items()
        for part in parts
    }
    assert {where: left for where, left in lacking.items() if left} == {}


def test_nothing_is_unused(derived: Derived) -> None:
    rare = {handler: {one for role, one in RARE if role == handler} for handler in ACTIONS}
    shared = {handler: {name for part in derived.parts[handler] for name in PARTS[part]} for handler in ACTIONS}
    unused = {
        handler: set(actions) - derived.calls[handler] - shared[handler] - set(UNSEEN) - rare[handler]
        for handler, actions in ACTIONS.items()
    }
    assert {handler: left for handler, left in unused.items() if left} == {}
    assert {handler for handler, called in derived.calls.items() if not called} == {"guard_deletion"}


def policies(template: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            yield resource["Properties"]["PolicyDocument"]["Statement"]


def statements(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in policies(template):
        yield from policy


def actions_of(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def test_no_action_is_a_wildcard_and_each_star_has_its_reason(template: dict[str, Any]) -> None:
    of_the_services = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}  # CDK's, for tracing; no resource level
    for statement in statements(template):
        actions = actions_of(statement)
        assert not [action for action in actions if "*" in action]
        if statement["Resource"] == "*":
            known = {*ANY, *of_the_services}
            assert {action for action in actions if not action.startswith(("logs:", "xray:"))} <= known


def test_every_action_has_resources_or_a_reason_and_not_both() -> None:
    granted = {action for actions in ACTIONS.values() for action in actions} - {"sns:Publish"}
    assert granted == {*RESOURCES, *ANY}
    assert not set(RESOURCES) & set(ANY)


def test_whoever_launches_or_registers_may_pass_the_role_to_that_service_and_to_no_other(
    template: dict[str, Any],
) -> None:
    """EC2 and Auto Scaling check it of the caller, in a dry run, too."""
    for policy in policies(template):
        granted = {action for statement in policy for action in actions_of(statement)}
        passing = [each for each in policy if "iam:PassRole" in actions_of(each)]
        services = [each for item in passing for each in item["Condition"]["StringLike"]["iam:PassedToService"]]
        assert services == [service for action, service in PASSED_BY.items() if action in granted]


def test_a_launch_may_use_what_another_account_shares(template: dict[str, Any]) -> None:
    """A shared VPC's subnet has its owner's account in its ARN."""
    launching = [statement for statement in statements(template) if "ec2:RunInstances" in actions_of(statement)]
    assert launching
    for item in launching:
        assert any(":*:subnet/*" in json.dumps(each) for each in item["Resource"])


def test_composite_alarms_are_shown_to_whoever_watches_alarms(template: dict[str, Any]) -> None:
    with_request = [
        statement for statement in statements(template) if "cloudwatch:DescribeAlarms" in actions_of(statement)
    ]
    assert with_request
    assert all(each["Resource"] == "*" for each in with_request), COMPOSITE


def test_the_page_says_what_is_granted() -> None:
    assert (ROOT / "docs" / "permissions.md").read_text() == "\n".join(page()) + "\n"


def test_resources_are_granted_where_the_service_authorization_reference_has_them() -> None:
    """AWS's own list of actions and their resource types, as cfn-lint carries it."""
    reference = json.loads((Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text())
    for action in sorted({*RESOURCES, *ANY}):
        service, name = action.split(":")
        known = reference[service]["Actions"][name.lower()].get("Resources", [])
        named = action in RESOURCES or ANY[action] in (COMPOSITE, OF_A_SERVICE)
        assert bool(known) is named, f"{action} takes {known or 'no resources'}"
