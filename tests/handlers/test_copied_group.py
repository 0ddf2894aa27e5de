"""The copy of a node group is like the first, made once, and starts from zero."""

import boto3
import pytest

from handlers.errors import ChangeInProgress
from handlers.states.create_launch_template_version import handler as create_version
from handlers.states.prepare_node_group import handler as prepare
from simulator.scenario.model import Service
from tests.handlers.conftest import NEW, Open, Rehearsal

SAME = (
    "VPCZoneIdentifier",
    "AvailabilityZones",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
)
SHARE = ({"capacityProvider": "provider", "base": 0, "weight": 1},)
HOOK = {
    "LifecycleHookName": "drain-logs",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "HeartbeatTimeout": 120,
    "DefaultResult": "CONTINUE",
}


def prepared(rehearsal: Rehearsal) -> None:
    """Prepare the node group as the graph does: again when ECS has attached the copy's provider to the cluster."""
    with pytest.raises(ChangeInProgress):
        prepare(rehearsal.event(), None)
    rehearsal.stage.pass_time(60)
    prepare(rehearsal.event(), None)


def test_a_copy_has_the_subnets_tags_hooks_and_managed_settings_of_the_first_and_is_made_once(stage: Open) -> None:
    opened = stage(services=(Service("web", count=2, capacity_provider_strategy=SHARE),))
    scaling, ecs = boto3.client("autoscaling"), boto3.client("ecs")
    tag = {"ResourceId": "nodes", "ResourceType": "auto-scaling-group", "Key": "team", "Value": "web"}
    scaling.create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": True}])
    scaling.put_lifecycle_hook(AutoScalingGroupName="nodes", **HOOK)
    scaling.suspend_processes(AutoScalingGroupName="nodes", ScalingProcesses=["HealthCheck"])
    rehearsal = opened.locked(strategy={"type": "capacity-provider", "target": {"name": "green"}})

    create_version(rehearsal.event(), None)
    prepared(rehearsal)
    prepare(rehearsal.event(), None)

    first, copy = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["nodes", "green"])["AutoScalingGroups"]
    assert {key: copy[key] for key in SAME} == {key: first[key] for key in SAME}  # type: ignore[literal-required]
    assert (copy["MinSize"], copy["DesiredCapacity"], copy["MaxSize"], copy["Instances"]) == (0, 0, 3, [])
    assert [(each["Key"], each["Value"], each["PropagateAtLaunch"]) for each in copy["Tags"]] == [
        ("AmazonECSManaged", "", True),  # ECS's, on the group of each provider
        ("team", "web", True),
    ]
    assert "HealthCheck" in {process["ProcessName"] for process in copy["SuspendedProcesses"]}
    (hook,) = scaling.describe_lifecycle_hooks(AutoScalingGroupName="green")["LifecycleHooks"]
    assert {key: hook[key] for key in HOOK} == HOOK  # type: ignore[literal-required]
    version = opened.clients.ec2.template_version(copy["LaunchTemplate"]["LaunchTemplateId"], "2")
    assert version is not None
    assert (version.image_id, copy["LaunchTemplate"]["Version"]) == (NEW, "2")
    assert opened.clients.providers.of_cluster("prod").names == ("provider", "green")
    old, new = ecs.describe_capacity_providers(capacityProviders=["provider", "green"])["capacityProviders"]
    for key in ("managedScaling", "managedTerminationProtection", "managedDraining"):
        assert new["autoScalingGroupProvider"][key] == old["autoScalingGroupProvider"][key]  # type: ignore[literal-required]


def test_what_is_deleted_already_is_deleted_again(stage: Open) -> None:
    opened = stage(services=(Service("web", count=2, capacity_provider_strategy=SHARE),))
    rehearsal = opened.locked(strategy={"type": "capacity-provider", "target": {"name": "green"}})
    create_version(rehearsal.event(), None)
    prepared(rehearsal)
    clients = opened.clients
    clients.providers.put("prod", ("provider",), clients.providers.of_cluster("prod").default)

    for _ in range(2):  # a reading that is a moment old shows what is gone
        clients.providers.delete("green")
        clients.autoscaling.delete_group("green")

    opened.pass_time(30)  # ECS deletes it a moment later
    assert clients.providers.groups(["green"]) == {}
    assert clients.autoscaling.group("green") is None
