"""Roles: what handlers call in simulated runs is what they may call, no more and no less; and on what."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from simulator.fast.region import FastRegion
from simulator.rehearsal.run import observe
from simulator.scenario.load import from_json, load
from simulator.scenario.model import After, Fault, Person, Scenario
from simulator.scenario.random_faults import sweep_scenario
from simulator.wire import ApiCalled
from tests.rollouts.test_strategies_from_anywhere import undisturbed
from tests.rollouts.test_triggers import MINUTE, NAME, NEW, PARAMETER
from tests.rollouts.test_triggers import scenario as followed
from tests.rollouts.test_watch import PUBLIC
from workflow.permissions import ACTIONS, ANY, GIVE_BACK, OBSERVE, READ_BACK, RESOURCES, UNSEEN
from workflow.permissions_page import page

ROOT = Path(__file__).parents[2]
SLOW = ("ten-instances", "one-in-one-out")
SEEDS = 60
STRATEGIES = ("rolling-cordoned-canary", "capacity-provider", "blue-green", "blue-green-second-group")
IAM = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
THE_SIMULATORS_OWN = {"states:StartExecution", "states:StopExecution"}  # a fault's, or a rule's
SHARED = {*OBSERVE, *READ_BACK, *GIVE_BACK}
RARE = {  # not taken in these runs; other tests take most of them
    ("name_what_is_left", "ecs:DeleteAttributes"): "the cordon could not be lifted on the way back",
    ("prepare_node_group", "autoscaling:PutLifecycleHook"): "a copy of a group that has hooks",
    ("scale_in", "autoscaling:SetDesiredCapacity"): "capacity that never came is no longer asked for",
    ("start_rollouts", "ecs:ListClusters"): "clusters by their tags",
    ("watch_amis", "ecs:ListClusters"): "the same",
    ("update_service_strategy", "ecs:PutClusterCapacityProviders"): "the cluster's default strategy moves",
    ("wait_for_approval", "states:SendTaskSuccess"): "the answer came before the token",
    ("wait_for_promotion", "states:SendTaskSuccess"): "the answer came before the token",
}
Calls = dict[str, set[str]]


def runs() -> Iterator[tuple[Scenario, int]]:
    for path in sorted((ROOT / "examples").glob("*.json")):
        if path.stem not in SLOW:
            yield load(path), 1
    for strategy in STRATEGIES:
        yield from_json(undisturbed(strategy), strategy), 1
    pinned = load(ROOT / "examples" / "blue-green.json")
    yield replace(pinned, input={**pinned.input, "strategy": {**pinned.input["strategy"], "pin": "task_definition"}}), 1
    rolling = load(ROOT / "examples" / "dev-cluster.json")
    yield replace(rolling, input={**rolling.input, "publish_to": "/prod/ami", "bake_seconds": 60}), 1
    stop = Person(After(state="Drain old instances"), {"action": "abort", "keep": True, "cluster": rolling.cluster})
    yield replace(rolling, people=(stop,)), 1
    again = Fault("stop_execution", state="Wait for drain", with_={"recover": False, "start_again_after": 60})
    yield replace(rolling, faults=(again,)), 1
    lost = Fault("fail_api", at=0.0, with_={
        "service": "autoscaling", "operation": "ResumeProcesses", "code": "AccessDenied", "times": 1000
    })  # fmt: skip
    yield replace(rolling, faults=(lost,)), 1
    yield from ((sweep_scenario(seed), seed) for seed in range(SEEDS))


def watched(region: FastRegion, calls: Calls) -> None:
    """Note every call under the handler that runs."""
    running: list[str] = []
    named = {one.name: one.handler.split(".")[1] for one in region.engine.functions._by_arn.values()}
    region.engine.functions.before.append(lambda name, _event: running.append(named[name]))

    def note(call: ApiCalled) -> None:
        action = f"{IAM.get(call.service, call.service)}:{call.operation}"
        if region.engine.functions.invoking and action not in THE_SIMULATORS_OWN and call.service != "dynamodb":
            calls[running[-1]].add(action)

    region.bus.subscribe(ApiCalled, note)


@pytest.fixture(scope="module")
def calls(cdk_out: Path) -> Calls:
    found: Calls = defaultdict(set)
    for scenario, seed in runs():
        with FastRegion(scenario, seed, cdk_out) as region:
            watched(region, found)
            observe(region)
    for starts in (True, False):
        with FastRegion(followed(starts=starts), 1, cdk_out) as region:
            watched(region, found)
            region.clock.after(MINUTE, lambda region=region: region.set_parameter(PARAMETER, NEW))  # type: ignore[misc]
            if starts:
                observe(region, execution=NAME)
            region.pass_time(2 * MINUTE)
    with FastRegion(followed(), 1, cdk_out) as region:
        watched(region, found)
        region.set_parameter(f"{PUBLIC}/image_id", NEW)
        region.schedules.run()
        observe(region, execution=NAME)
    return found


def test_nothing_is_missing(calls: Calls) -> None:
    missing = {name: called - set(ACTIONS[name]) for name, called in calls.items() if called - set(ACTIONS[name])}
    assert missing == {}


def test_nothing_is_unused(calls: Calls) -> None:
    anywhere = set().union(*calls.values())
    unused = {
        name: left
        for name, actions in ACTIONS.items()
        if name in calls
        and (
            left := set(actions)
            - calls[name]
            - set(UNSEEN)
            - (SHARED & anywhere)
            - {one for role, one in RARE if role == name}
        )
    }
    assert unused == {}
    assert set(ACTIONS) - set(calls) <= {
        "take_over_rollout",
        "guard_removal",
    }  # a group that is to be deleted; CloudFormation


def statements(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            yield from resource["Properties"]["PolicyDocument"]["Statement"]


def actions_of(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def test_no_action_is_a_wildcard_and_each_star_has_its_reason(template: dict[str, Any]) -> None:
    of_the_services = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}  # CDK's, for tracing; no resource level
    for statement in statements(template):
        actions = actions_of(statement)
        assert not [one for one in actions if "*" in one]
        if statement["Resource"] == "*":
            known = {*ANY, *of_the_services}
            assert {one for one in actions if not one.startswith(("logs:", "xray:"))} <= known


def test_every_action_has_resources_or_a_reason_and_not_both() -> None:
    granted = {one for actions in ACTIONS.values() for one in actions} - {"sns:Publish"}
    assert granted == {*RESOURCES, *ANY}
    assert not set(RESOURCES) & set(ANY)


def test_roles_are_passed_to_named_services_only(template: dict[str, Any]) -> None:
    passing = [one for one in statements(template) if "iam:PassRole" in actions_of(one)]
    assert len(passing) == 4
    assert all("iam:PassedToService" in str(one["Condition"]) for one in passing)


def test_the_page_says_what_is_granted() -> None:
    assert (ROOT / "docs" / "permissions.md").read_text() == "\n".join(page()) + "\n"


def test_resources_are_granted_where_the_service_authorization_reference_has_them() -> None:
    """AWS's own list of actions and their resource types, as cfn-lint carries it."""
    reference = json.loads((Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text())
    for action in sorted({*RESOURCES, *ANY}):
        service, name = action.split(":")
        known = reference[service]["Actions"][name.lower()].get("Resources", [])
        assert bool(known) is (action in RESOURCES), f"{action} takes {known or 'no resources'}"
