"""Roles: what handlers call in simulated runs is what they may call, no more and no less; and on what."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from handlers.catalogue import TASK_STATES, TRIGGERS
from simulator.stepfunctions.stack_policies import POLICIES
from tests.permissions.derivation import Derived, derive
from tests.permissions.statements import idle
from workflow.permissions import (
    ACTIONS,
    ANY,
    COMPOSITE,
    OF_A_SERVICE,
    OF_THE_STACK,
    PASSED_BY,
    RESOURCES,
    ROLES,
    UNSEEN,
    Role,
)
from workflow.permissions_page import page

ROOT = Path(__file__).parents[2]
RARE = {  # not taken in these runs; other tests take most of them
    Role.ACTS: {
        "autoscaling:PutLifecycleHook": "a copy of a group that has hooks",
        "events:DescribeEventBus": "the settings name a bus, and not the default one",
    },
}


@pytest.fixture(scope="module")
def derived(following: Path) -> Derived:
    return derive(following)


def test_nothing_is_missing(derived: Derived) -> None:
    missing = {role: called - set(ACTIONS[role]) for role, called in derived.calls.items()}
    assert {role: left for role, left in missing.items() if left} == {}


def test_nothing_is_unused(derived: Derived) -> None:
    unused = {
        role: set(actions) - derived.calls[role] - set(UNSEEN) - set(RARE.get(role, ()))
        for role, actions in ACTIONS.items()
    }
    assert {role: left for role, left in unused.items() if left} == {}


def test_each_statement_is_missed_when_it_is_taken_away(derived: Derived, following: Path) -> None:
    assert idle(derived, following) == []


def test_every_function_has_one_role() -> None:
    states = [state for some in ROLES.values() for state in some]
    assert sorted(state.handler for state in states) == sorted(state.handler for state in (*TASK_STATES, *TRIGGERS))


def policies(template: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The statements of each role."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for resource in template["Resources"].values():
        if resource["Type"] in POLICIES:
            (role,) = resource["Properties"]["Roles"]
            found[role["Ref"]] += resource["Properties"]["PolicyDocument"]["Statement"]
    return list(found.values())


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
    granted = {action for actions in ACTIONS.values() for action in actions} - set(OF_THE_STACK)
    assert granted == {*RESOURCES, *ANY}
    assert not set(RESOURCES) & set(ANY)


def test_whoever_launches_or_registers_may_pass_the_role_to_that_service_and_to_no_other(
    template: dict[str, Any],
) -> None:
    """EC2 and Auto Scaling check it of the caller, in a dry run, too."""
    for policy in policies(template):
        granted = {action for statement in policy for action in actions_of(statement)}
        passing = [each for each in policy if "iam:PassRole" in actions_of(each)]
        services = [item["Condition"]["StringLike"]["iam:PassedToService"] for item in passing]
        assert services == [passed.service for action, passed in PASSED_BY.items() if action in granted]


def test_a_launch_may_use_what_another_account_shares(template: dict[str, Any]) -> None:
    """A shared VPC's subnet has its owner's account in its ARN."""
    launching = [statement for statement in statements(template) if "ec2:RunInstances" in actions_of(statement)]
    assert any(":*:subnet/*" in json.dumps(item["Resource"]) for item in launching)


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
