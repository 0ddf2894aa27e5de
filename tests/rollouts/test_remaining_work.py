"""Needs a human: all that can be restored is, whatever fails; the printed commands work as they are printed."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.api.dispatch import ApiFault
from simulator.invariants.by_hand import COMMANDS
from simulator.invariants.region_reads import read_settings
from simulator.runs.http_server import serve
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation, Simulation
from simulator.stepfunctions.events import StateEntered
from tests.rollouts.test_failing_strategies import NEW, OLD
from tests.rollouts.test_roll_back_from_anywhere import Boom
from tests.rollouts.test_strategies_from_anywhere import undisturbed
from tests.rollouts.test_while_the_group_is_held import ALARM_LATE, STRATEGIES, cluster

AWS = Path(sys.executable).with_name("aws")
CALLS = (
    ("autoscaling", "ResumeProcesses"),
    ("ecs", "UpdateCapacityProvider"),
    ("ecs", "UpdateService"),
)


def made(strategy: str) -> dict[str, Any]:
    """A scenario that turns back in the bake, with zone rebalancing to be restored."""
    document = cluster(strategy, ALARM_LATE, tasks=6)
    (service,) = document["services"]
    document["services"] = [{**service, "availability_zone_rebalancing": True}]
    return document


def stuck(region: Simulation) -> None:
    """On the way back nothing can be scaled in."""

    def fail(name: str, event: dict[str, Any]) -> None:
        if name.startswith("FunctionsScaleIn") and event.get("direction") == "back":
            raise Boom(f"{name} fails")

    region.engine.functions.before.append(fail)


def deny(region: Simulation, service: str, operation: str) -> None:
    """From the moment that the remainder is named that call is denied for good."""

    def entered(event: StateEntered) -> None:
        if event.state == catalogue.REPORT_REMAINING_WORK.back:
            region.dispatch.faults.append(ApiFault(service, operation, "AccessDeniedException", times=10**6))

    region.bus.subscribe(StateEntered, entered)


def broken(outcome: Outcome) -> list[str]:
    return [str(violation) for violation in outcome.violations]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_everything_that_can_be_restored_is(strategy: str, cdk_out: Path) -> None:
    with InProcessSimulation(from_json(made(strategy), "test"), 1, cdk_out) as region:
        before = read_settings(region, "nodes")
        stuck(region)
        outcome = observe(region)
        after = read_settings(region, "nodes")
    assert outcome.last_state == catalogue.NEEDS_A_HUMAN.back
    assert broken(outcome) == []
    assert (after.suspended, after.provider, after.minimum) == (before.suspended, before.provider, before.minimum)
    assert {"old", "new", "not_restored", "commands"} <= outcome.report["details"].keys()


def test_a_version_whose_ami_is_gone_is_not_to_be_returned_to(cdk_out: Path) -> None:
    """`$Latest` means the rollout's own version until that is deleted, and then one that nothing can launch."""
    document = cluster("rolling", {**ALARM_LATE, "state": catalogue.DRAIN.forward, "nth": 3}, tasks=6)
    (nodes,) = document["node_groups"]
    gone = {"kind": "deregister_ami", "state": catalogue.BEGIN_ROLL_BACK.back, "with": {"image_id": OLD}}
    document |= {"node_groups": [{**nodes, "launch_template_version": "$Latest"}]}
    document |= {"faults": [*document["faults"], gone]}
    with InProcessSimulation(from_json(document, "test"), 1, cdk_out) as region:
        outcome = observe(region)
    assert (outcome.last_state, broken(outcome)) == (catalogue.NEEDS_A_HUMAN.back, [])
    pins = [command for command in outcome.report["details"]["commands"] if "LaunchTemplate" in command["parameters"]]
    assert pins == []


def test_of_very_many_services_the_first_ones_are_said_and_the_execution_can_end(cdk_out: Path) -> None:
    document = made("blue-green")
    (service,) = document["services"]
    small = {"cpu": 8, "memory": 8, "availability_zone_rebalancing": False}
    many = [{**service, "name": f"a-service-with-a-long-name-{n:03}", "count": 1, **small} for n in range(450)]
    with InProcessSimulation(from_json({**document, "services": many}, "test"), 1, cdk_out) as region:

        def fail(name: str, event: dict[str, Any]) -> None:
            if name.startswith("FunctionsUpdateServiceStrategy") and event.get("direction") == "back":
                raise Boom(f"{name} fails")

        region.engine.functions.before.append(fail)
        outcome = observe(region)
    assert (outcome.last_state, broken(outcome)) == (catalogue.NEEDS_A_HUMAN.back, [])
    assert len(outcome.report["details"]["not_restored"]) > 100
    assert "more are not restored" in (outcome.cause or "")
    assert "more commands" in (outcome.cause or "")


@pytest.mark.parametrize(("service", "operation"), CALLS, ids=[operation for _service, operation in CALLS])
def test_what_is_denied_keeps_nothing_else_and_is_named(service: str, operation: str, cdk_out: Path) -> None:
    with InProcessSimulation(from_json(made("rolling"), "test"), 1, cdk_out) as region:
        stuck(region)
        deny(region, service, operation)
        outcome = observe(region)
        assert "AZRebalance" not in read_settings(region, "nodes").suspended  # restored, or by the command
    because = [each for each in outcome.report["details"]["not_restored"] if "AccessDenied" in each.get("because", "")]
    assert because, outcome.report["details"]["not_restored"]
    kept = [violation for violation in outcome.violations if violation.invariant == COMMANDS]
    assert kept == []


def test_the_cordon_is_lifted_from_what_is_to_stay(cdk_out: Path) -> None:
    document = cluster("rolling", {**ALARM_LATE, "state": catalogue.DRAIN.forward}, tasks=6)
    document["input"] = {**document["input"], "strategy": {"type": "rolling", "surge": 1, "cordon": "rollout.cordoned"}}

    def fail(name: str, event: dict[str, Any]) -> None:
        if name.startswith("FunctionsCordonInstances") and event.get("direction") == "back":
            raise Boom("the mark cannot be lifted")

    with InProcessSimulation(from_json(document, "test"), 1, cdk_out) as region:
        region.engine.functions.before.append(fail)
        outcome = observe(region)
        old = [instance for instance in region.cluster.instances.values() if instance.ec2_instance.image_id == OLD]
        assert old
        assert [instance for instance in old if "rollout.cordoned" in instance.custom_attributes] == []
    assert outcome.last_state == catalogue.NEEDS_A_HUMAN.back
    assert broken(outcome) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_printed_lines_work_with_the_aws_cli(strategy: str, cdk_out: Path) -> None:
    ended: dict[str, Any] = {}
    with Simulation(from_json(made(strategy), "test"), 1, cdk_out) as region:
        stuck(region)
        deny(region, "ecs", "UpdateCapacityProvider")
        region.bus.subscribe(StateEntered, lambda event: ended.update(event.report or {}))
        before = read_settings(region, "nodes")
        region.start_execution().wait()
        region.settle()
        region.dispatch.faults.clear()
        assert ended["status"] == "needs-a-human"
        lines = re.findall(r"aws (?:ecs|autoscaling|ec2|dynamodb) .*?(?=; aws |$)", ended["cause"])
        assert len(lines) == len(ended["details"]["commands"]) > 1
        with serve(region) as address:
            environment = {**os.environ, "AWS_ENDPOINT_URL": address, "AWS_PAGER": ""}
            for line in lines:
                command = [AWS, *shlex.split(line)[1:]]
                done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
                assert done.returncode == 0, f"{line}\n{done.stderr}"
        after = read_settings(region, "nodes")
        assert after.provider == before.provider
        assert (after.suspended, after.launch_template_version) == (before.suspended, before.launch_template_version)
        assert region.lock_keys() == []


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "AccessDeniedException"])
def test_where_not_even_the_record_can_be_read_what_to_look_for_is_said(code: str, cdk_out: Path) -> None:
    """Its error is the one that turned the rollout, in plain words, and the report says that nothing was read."""
    refused = {"service": "dynamodb", "operation": "GetItem", "code": code, "times": 1000}
    document = made("rolling")
    document["faults"] = [
        *document["faults"],
        {"kind": "fail_api", "state": catalogue.REPORT_REMAINING_WORK.back, "with": refused},
    ]
    with InProcessSimulation(from_json(document, "test"), 1, cdk_out) as region:
        stuck(region)
        outcome = observe(region)
    assert (outcome.last_state, broken(outcome)) == (catalogue.NEEDS_A_HUMAN.back, [])
    assert code in outcome.report["details"]["unread"]
    assert "suspended processes" in (outcome.cause or "")
    assert '"action": "recover"' in (outcome.cause or "")
    assert "errorMessage" not in (outcome.cause or "")


def test_where_services_cannot_be_read_what_was_changed_of_each_is_named(cdk_out: Path) -> None:
    """Zone rebalancing is restored service by service, and one read serves all of them."""
    refused = {"service": "ecs", "operation": "DescribeServices", "code": "AccessDeniedException", "times": 1000}
    fault = {"kind": "fail_api", "state": catalogue.WAIT_FOR_DRAIN.forward, "with": refused}
    with InProcessSimulation(from_json({**made("rolling"), "faults": [fault]}, "test"), 1, cdk_out) as region:
        outcome = observe(region)
    assert (outcome.last_state, broken(outcome)) == (catalogue.NEEDS_A_HUMAN.back, [])
    kept = {(each["what"], each["resource"]) for each in outcome.report["details"]["not_restored"]}
    assert ("zone rebalancing", "web") in kept


def test_a_version_that_a_group_stays_on_is_not_deleted(cdk_out: Path) -> None:
    """The second group's own version launches an AMI that is gone: it stays on the rollout's, on the way back too."""
    document = undisturbed("capacity-provider") | {"people": []}
    document["input"]["strategy"]["target"] = "green"
    (nodes,) = document["node_groups"]
    groups = [nodes, {**nodes, "name": "nodes-v2", "capacity_provider": "green", "size": 0, "min": 0}]
    late = {"state": catalogue.BAKE.forward}
    gone = {"kind": "deregister_ami", **late, "with": {"image_id": OLD}}
    alarm = {"kind": "set_alarm", **late, "with": {"name": "web-5xx", "state": "ALARM"}}
    document |= {"node_groups": groups, "faults": [gone, alarm], "expect": {}}
    with InProcessSimulation(from_json(document, "test"), 1, cdk_out) as region:
        outcome = observe(region)
        launches = read_settings(region, "nodes-v2").launches_ami
    assert broken(outcome) == []
    assert (outcome.error, launches) == ("AlarmFired", NEW)
