"""The copy of a node group is like the first, made once, and starts from zero."""

from typing import Any

import boto3
import pytest
from botocore.session import get_session

from handlers.aws.group_copy import CARRIED, HOOK, LOST, lost, settings
from handlers.errors import ChangeInProgress, PlanImpossible
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
A_HOOK = {
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
    scaling.put_lifecycle_hook(AutoScalingGroupName="nodes", **A_HOOK)
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
    assert {key: hook[key] for key in A_HOOK} == A_HOOK  # type: ignore[literal-required]
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


MODEL = get_session().get_service_model("autoscaling")
OURS = {
    "AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity", "LaunchTemplate", "MixedInstancesPolicy", "Tags",
    "LifecycleHookSpecificationList",
}  # fmt: skip
"""Members of the request that the copy has by other ways: its own sizes and template, the first's tags and hooks."""

BY_ANOTHER = {
    "AvailabilityZones": "the subnets say it, and a group without subnets is given its zones",
    "AvailabilityZoneIds": "the subnets say it, or the zones by their names",
    "SkipZonalShiftValidation": "given where zonal shift is on",
    "LaunchConfigurationName": "a group with one is refused",
    "InstanceId": "nothing that a group has: its settings are taken from an instance when it is made",
    "SuspendedProcesses": "suspended in the copy by a call of its own",
}
OF_THE_FIRST = {"AutoScalingGroupARN", "CreatedTime", "Instances", "PredictedCapacity", "Status", "WarmPoolSize"}
"""Members of a description that are no settings."""

BESIDE = {
    "DescribeAutoScalingGroups": "read",
    "DescribeLifecycleHooks": "carried, but for ECS's own",
    "DescribePolicies": "refused, but for ECS's own; predictive ones are policies, too",
    "DescribeScheduledActions": "refused",
    "DescribeNotificationConfigurations": "refused",
    "DescribeWarmPool": "refused: WarmPoolConfiguration shows it",
    "DescribeTrafficSources": "refused: TrafficSources shows them",
    "DescribeLoadBalancers": "refused: LoadBalancerNames shows them",
    "DescribeLoadBalancerTargetGroups": "refused: TargetGroupARNs shows them",
    "DescribeInstanceRefreshes": "what went on in the first, with the preferences of each",
    "DescribeScalingActivities": "what went on in the first",
    "GetPredictiveScalingForecast": "what a policy makes of the past",
}
"""What else a group has, by the call that shows it."""


def test_each_member_of_a_group_is_carried_or_refused_or_the_copys_own() -> None:
    """botocore: a member that is new there has to be decided on."""
    asked = set(MODEL.operation_model("CreateAutoScalingGroup").input_shape.members)
    shown = set(MODEL.shape_for("AutoScalingGroup").members)
    decided = [set(CARRIED), OURS, set(LOST), set(BY_ANOTHER), OF_THE_FIRST]
    assert asked | shown == set.union(*decided)
    assert len(asked | shown) == sum(map(len, decided)), "decided on twice"
    assert set(CARRIED) <= asked & shown
    assert set(HOOK) == set(MODEL.shape_for("LifecycleHookSpecification").members)


def test_each_call_that_shows_what_a_group_has_is_decided_on() -> None:
    reads = ("Describe", "Get")
    shapes = {name: MODEL.operation_model(name).input_shape for name in MODEL.operation_names if name.startswith(reads)}
    of_groups = {
        name
        for name, shape in shapes.items()
        if shape is not None and {"AutoScalingGroupName", "AutoScalingGroupNames"} & shape.members.keys()
    }
    assert of_groups == set(BESIDE)


def test_nothing_is_a_setting_too() -> None:
    """botocore, `CreateAutoScalingGroup`: without them the cooldown is 300 s, and there is no warmup."""
    given = settings({"VPCZoneIdentifier": "subnet-1", "DefaultCooldown": 0, "DefaultInstanceWarmup": 0, "Context": ""})
    assert given == {"VPCZoneIdentifier": "subnet-1", "DefaultCooldown": 0, "DefaultInstanceWarmup": 0}
    assert settings({"VPCZoneIdentifier": "", "AvailabilityZones": ["eu-west-1a"]}) == {
        "AvailabilityZones": ["eu-west-1a"]
    }


@pytest.mark.parametrize(
    ("setting", "value", "more"),
    [
        ("DefaultCooldown", 0, {}),
        ("DefaultInstanceWarmup", 0, {}),
        ("CapacityReservationSpecification", {"CapacityReservationPreference": "none"}, {}),
        ("InstanceLifecyclePolicy", {"RetentionTriggers": {"TerminateHookAbandon": "retain"}}, {}),
        ("DeletionProtection", "prevent-force-deletion", {}),
        (
            "AvailabilityZoneImpairmentPolicy",
            {"ZonalShiftEnabled": True, "ImpairedZoneHealthCheckBehavior": "IgnoreUnhealthy"},
            {"SkipZonalShiftValidation": True},
        ),
        ("InstanceMaintenancePolicy", {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120}, {}),
        ("CapacityRebalance", True, {}),
    ],
)
def test_a_copy_has_that_setting_of_the_first(stage: Open, setting: str, value: Any, more: dict[str, Any]) -> None:
    opened = stage(services=(Service("web", count=2, capacity_provider_strategy=SHARE),))
    scaling = boto3.client("autoscaling")
    scaling.update_auto_scaling_group(AutoScalingGroupName="nodes", **{setting: value})
    rehearsal = opened.locked(strategy={"type": "capacity-provider", "target": {"name": "green"}})
    create_version(rehearsal.event(), None)
    prepared(rehearsal)
    (copy,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["green"])["AutoScalingGroups"]
    assert copy[setting] == value  # type: ignore[literal-required]
    (first,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["nodes"])["AutoScalingGroups"]
    assert more.items() <= settings(first).items()


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("warm_pool", {"MinSize": 1}, "a warm pool"),
        ("enabled_metrics", [{"Metric": "GroupMinSize", "Granularity": "1Minute"}], "group metrics"),
        ("scaling_policies", {"cpu": {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}}, "policies (cpu)"),
        ("scheduled_actions", [{"ScheduledActionName": "night", "AutoScalingGroupName": "nodes"}], "scheduled actions"),
        ("notifications", [{"AutoScalingGroupName": "nodes", "TopicARN": "arn:x"}], "notifications"),
    ],
)
def test_what_a_copy_would_lack_is_refused_by_name_and_may_be_accepted(
    stage: Open, attribute: str, value: Any, words: str
) -> None:
    opened = stage(services=(Service("web", count=2, capacity_provider_strategy=SHARE),))
    setattr(opened.region.scaling.group("nodes"), attribute, value)
    strategy = {"type": "capacity-provider", "target": {"name": "green"}}
    with pytest.raises(PlanImpossible, match="COPY_LACKS_SETTINGS") as refused:
        opened.plan(strategy=strategy)
    assert words in str(refused.value)
    assert opened.plan(strategy=strategy, accept=["COPY_LACKS_SETTINGS"])


def test_what_a_group_has_of_its_own_is_named() -> None:
    model = {"TargetGroupARNs": ["arn:x"], "LoadBalancerNames": [], "DeletionProtection": "prevent-all-deletion"}
    assert list(lost(model)) == ["target groups of the group itself", "protection from any deletion"]
