"""Plan rollout: what it refuses, with which words, and that it changes nothing."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.domain.input.rollout_input import read_input
from handlers.errors import PlanImpossible
from handlers.payloads import Outcome
from handlers.states.plan_rollout import plan_rollout
from simulator.scenario.model import Alarm, NodeGroup, Service
from tests.handlers.conftest import ARM, CLUSTER, GONE, NEW, OLD, Open

nodes = CLUSTER.node_groups[0]
two_groups = (nodes, NodeGroup("others", OLD, 1, capacity_provider="other-provider"))
alone = Service("web", count=3, minimum_healthy_percent=100, maximum_percent=125)
pinned = ({"type": "memberOf", "expression": f"attribute:ecs.ami-id == {OLD}"},)


@pytest.mark.parametrize(
    ("changes", "asked", "words"),
    [
        ({}, {"cluster": "nowhere"}, ["cluster: ", "no ACTIVE ECS cluster 'nowhere'"]),
        ({}, {"capacity_provider": "nothing"}, ["capacity_provider: ", "Allowed is one of: provider"]),
        ({}, {"auto_scaling_group": "nothing"}, ["auto_scaling_group: ", "no Auto Scaling group 'nothing'"]),
        ({"node_groups": two_groups}, {}, ["2 node groups", "Name it with capacity_provider"]),
        (
            {"node_groups": (replace(nodes, launch_configuration=True, capacity_provider=None),)},
            {},
            ["launch configuration", "Allowed is a group with a launch template"],
        ),
        ({"node_groups": (replace(nodes, protected=1),)}, {}, ["protected_instances: 1 old", '"replace"']),
        ({}, {"ami": ARM}, ["ami: ", "arm64", "x86_64"]),
        ({}, {"ami": GONE}, ["ami: ", "deregistered"]),
        ({}, {"ami": "ami-12345678"}, ["ami: ami-12345678 does not exist"]),
        ({}, {"ami": "/no/such/parameter"}, ["ami: there is no SSM parameter '/no/such/parameter'"]),
        ({"parameters": {"/junk": "no image"}}, {"ami": "/junk"}, ["ami: ", "holds 'no image'"]),
        ({}, {"alarms": ["ghost"]}, ["alarms: there is no CloudWatch alarm 'ghost'"]),
        ({"alarms": (Alarm("red", "ALARM"),)}, {"alarms": ["red"]}, ["alarms: red is in ALARM"]),
        ({"services": (alone,)}, {}, ["service web can never drain", "maximumPercent 125, rounded down"]),
        ({"services": (Service("web", placement_constraints=pinned),)}, {}, ["web", "ecs.ami-id"]),
        ({}, {"strategy": {"surge": 0, "max_unavailable": "10%"}}, ["comes to no instance of 3"]),
        ({}, {"strategy": {"max_unavailable": 3}}, ["strategy.max_unavailable", "at most 2"]),
    ],
)
def test_what_cannot_work_is_refused_by_name(
    stage: Open, changes: dict[str, Any], asked: dict[str, Any], words: list[str]
) -> None:
    opened = stage(**changes)
    with pytest.raises(PlanImpossible) as refused:
        opened.plan(**asked)
    for word in words:
        assert word in str(refused.value)
    assert opened.changes() == []


def test_a_group_that_may_not_launch_is_refused(stage: Open) -> None:
    opened = stage()
    opened.region.client("autoscaling").suspend_processes(AutoScalingGroupName="nodes", ScalingProcesses=["Launch"])
    with pytest.raises(PlanImpossible, match="processes Launch of nodes are suspended"):
        opened.plan()


def test_a_service_in_mid_deployment_is_refused(stage: Open) -> None:
    opened = stage()
    opened.region.ecs.update_service(cluster="prod", service="web", forceNewDeployment=True)
    with pytest.raises(PlanImpossible, match="service web is not stable"):
        opened.plan()


def test_without_a_surge_tasks_that_fit_nowhere_are_refused(stage: Open) -> None:
    full = Service("web", count=3, cpu=2048, memory=4096)
    opened = stage(services=(full,))
    with pytest.raises(PlanImpossible, match=r"strategy\.surge: it is 0"):
        opened.plan(strategy={"surge": 0, "max_unavailable": 1})


def test_the_only_node_group_needs_no_name(stage: Open) -> None:
    rollout = stage().plan()
    assert (rollout.outcome, rollout.auto_scaling_group, rollout.target_ami) == (Outcome.PROCEED, "nodes", NEW)
    assert rollout.details["expected_history_events"] < 25_000


def test_a_group_without_a_provider_is_found_by_its_instances(stage: Open) -> None:
    opened = stage(node_groups=(replace(nodes, capacity_provider=None),))
    assert opened.plan().auto_scaling_group == "nodes"


def test_an_ami_may_be_named_by_a_parameter(stage: Open) -> None:
    assert stage(parameters={"/ami/ecs/latest": NEW}).plan(ami="/ami/ecs/latest").target_ami == NEW


def test_by_default_the_ami_is_the_public_successor_of_the_running_one(stage: Open) -> None:
    public = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    opened = stage(parameters={public: NEW})
    asked = read_input({"cluster": "prod"})
    assert plan_rollout(asked, "arn:run", opened.clients).target_ami == NEW


def test_a_fleet_that_is_there_already_is_left_alone(stage: Open) -> None:
    opened = stage()
    assert opened.plan(ami=OLD).outcome is Outcome.UP_TO_DATE
    assert opened.changes() == []


def test_a_dry_run_writes_nothing_at_all(stage: Open) -> None:
    opened = stage()
    rollout = opened.plan(dry_run=True)
    assert rollout.outcome is Outcome.DRY_RUN
    assert "3 of 3 instances of nodes move" in rollout.summary
    assert opened.changes() == []
    assert opened.clients.rollouts.load(rollout.rollout_id) is None


def test_planning_twice_equals_once(stage: Open) -> None:
    opened = stage()
    first = opened.plan()
    opened.pass_time(30)
    kept = opened.clients.rollouts.load(first.rollout_id)
    opened.plan()
    assert opened.clients.rollouts.load(first.rollout_id) == kept


def test_an_alarm_that_fires_already_is_ignored_by_name_only_and_not_watched_then(stage: Open) -> None:
    opened = stage(alarms=(Alarm("noisy", "ALARM"), Alarm("quiet")))
    with pytest.raises(PlanImpossible, match="noisy is in ALARM"):
        opened.plan(alarms=["noisy", "quiet"], alarms_at_start={"quiet": "ignore"})
    rehearsal = opened.locked(alarms=["noisy", "quiet"], alarms_at_start={"noisy": "ignore"})
    assert rehearsal.plan.policies.alarms == ("quiet",)
