"""What a describe shows of what nobody said, and after a write, in both modes. Each test names its source."""

from typing import Any

import pytest

from simulator.aws.ecs.managed_draining import HOOK
from simulator.aws.messages import Published
from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, GROUP, PROVIDER, refused

WEIGHED = [{"capacityProvider": PROVIDER, "weight": 1}]


def group(region: SimulatedRollout, name: str = GROUP) -> Any:
    answer = region.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return answer["AutoScalingGroups"][0]


def another(region: SimulatedRollout, name: str = "others", **settings: Any) -> Any:
    like = group(region)
    source = {key: like["LaunchTemplate"][key] for key in ("LaunchTemplateId", "Version")}
    region.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=4,
        VPCZoneIdentifier=like["VPCZoneIdentifier"],
        LaunchTemplate=source,
        **settings,
    )
    return group(region, name)


def test_a_service_shows_its_defaults(region: SimulatedRollout) -> None:
    """botocore, `Service` and `DeploymentConfiguration`: the members' defaults."""
    shown = region.client("ecs").describe_services(cluster=CLUSTER, services=["web"])["services"][0]
    assert (shown["propagateTags"], shown["enableECSManagedTags"], shown["serviceRegistries"]) == ("NONE", False, [])
    assert shown["deploymentConfiguration"]["strategy"] == "ROLLING"
    assert shown["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": False, "rollback": False}


def test_a_providers_task_has_a_launch_type_and_its_service_has_none(region: SimulatedRollout) -> None:
    """botocore, `Service.launchType`: omitted with a strategy; `Task.launchType` knows no such exception."""
    ecs = region.client("ecs")
    ecs.update_service(cluster=CLUSTER, service="web", capacityProviderStrategy=WEIGHED, forceNewDeployment=True)
    region.pass_time(400)
    arns = ecs.list_tasks(cluster=CLUSTER, launchType="EC2")["taskArns"]
    assert len(arns) == 2
    for task in ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]:
        assert (task["launchType"], task["capacityProviderName"]) == ("EC2", PROVIDER)
    assert "launchType" not in ecs.describe_services(cluster=CLUSTER, services=["web"])["services"][0]


def test_a_container_definition_is_completed(region: SimulatedRollout) -> None:
    """botocore, `ContainerDefinition` and `PortMapping`; `TaskDefinition.compatibilities`."""
    ecs = region.client("ecs")
    container = {"name": "main", "image": "app:1", "memory": 64, "portMappings": [{"containerPort": 80}]}
    for mode, port, where in (("bridge", 0, {"EXTERNAL", "EC2"}), ("awsvpc", 80, {"EC2", "FARGATE"})):
        made = ecs.register_task_definition(
            family=mode, networkMode=mode, cpu="256", memory="512", containerDefinitions=[container]
        )["taskDefinition"]
        (shown,) = made["containerDefinitions"]
        assert (shown["cpu"], shown["essential"], shown["environment"], shown["mountPoints"]) == (0, True, [], [])
        assert shown["portMappings"] == [{"containerPort": 80, "hostPort": port, "protocol": "tcp"}]
        assert set(made["compatibilities"]) == where


def test_a_refused_change_of_providers_changes_nothing(region: SimulatedRollout) -> None:
    """botocore, `PutClusterCapacityProviders`: the strategy's providers are among the cluster's."""
    request = {"cluster": CLUSTER, "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": WEIGHED}
    assert refused(region, "ecs", "put_cluster_capacity_providers", request)[0] == "InvalidParameterException"
    shown = region.client("ecs").describe_clusters(clusters=[CLUSTER])["clusters"][0]
    assert shown["capacityProviders"] == [PROVIDER]


def test_rebalancing_stays_possible_or_the_change_is_refused(region: SimulatedRollout) -> None:
    """Developer guide, "service rebalancing": not with 100 percent at most; nothing of a refused change stays."""
    ecs = region.client("ecs")
    ecs.update_service(cluster=CLUSTER, service="web", availabilityZoneRebalancing="ENABLED")
    limits = {"maximumPercent": 100, "minimumHealthyPercent": 0}
    request = {"cluster": CLUSTER, "service": "web", "desiredCount": 1, "deploymentConfiguration": limits}
    assert refused(region, "ecs", "update_service", request)[0] == "InvalidParameterException"
    assert ecs.describe_services(cluster=CLUSTER, services=["web"])["services"][0]["desiredCount"] == 2


def test_an_auto_scaling_group_is_of_one_provider_only(region: SimulatedRollout) -> None:
    """containers-roadmap issue 632 quotes the error."""
    provider = {"autoScalingGroupArn": group(region)["AutoScalingGroupARN"]}
    request = {"name": "second", "autoScalingGroupProvider": provider}
    code, message = refused(region, "ecs", "create_capacity_provider", request)
    assert (code, "already being used by another" in message) == ("ClientException", True)


def test_a_provider_leaves_its_marks_on_the_group(region: SimulatedRollout) -> None:
    """Developer guide, "managed instance draining"; Terraform's `aws_ecs_capacity_provider` on `AmazonECSManaged`."""
    ecs = region.client("ecs")
    arn = another(region)["AutoScalingGroupARN"]
    ecs.create_capacity_provider(name="second", autoScalingGroupProvider={"autoScalingGroupArn": arn})
    ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=[PROVIDER, "second"], defaultCapacityProviderStrategy=[]
    )
    region.pass_time(60)
    assert "AmazonECSManaged" in {tag["Key"] for tag in group(region, "others")["Tags"]}
    (hook,) = region.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName="others")["LifecycleHooks"]
    assert (hook["LifecycleHookName"], hook["HeartbeatTimeout"], hook["DefaultResult"]) == (HOOK, 3600, "CONTINUE")
    ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=[PROVIDER], defaultCapacityProviderStrategy=[]
    )
    assert region.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName="others")["LifecycleHooks"] == []


def test_a_group_shows_its_defaults(region: SimulatedRollout) -> None:
    """botocore, `CreateAutoScalingGroup`: the members' defaults."""
    shown = group(region)
    assert shown["ServiceLinkedRoleARN"].endswith("/AWSServiceRoleForAutoScaling")
    assert shown["AvailabilityZoneDistribution"] == {"CapacityDistributionStrategy": "balanced-best-effort"}
    assert shown["CapacityReservationSpecification"] == {"CapacityReservationPreference": "default"}
    assert (shown["DeletionProtection"], shown["AvailabilityZoneImpairmentPolicy"]["ZonalShiftEnabled"]) == (
        "none",
        False,
    )


def test_a_mixed_policy_shows_its_defaults_and_a_warmup_goes(region: SimulatedRollout) -> None:
    """botocore, `InstancesDistribution`; `UpdateAutoScalingGroup.DefaultInstanceWarmup`: -1 removes it."""
    scaling = region.client("autoscaling")
    source = {key: group(region)["LaunchTemplate"][key] for key in ("LaunchTemplateId", "Version")}
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": source, "Overrides": [{"InstanceType": "m6i.large"}]}}
    scaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, MixedInstancesPolicy=policy, DefaultInstanceWarmup=60)
    assert group(region)["DefaultInstanceWarmup"] == 60
    assert group(region)["MixedInstancesPolicy"]["InstancesDistribution"] == {
        "OnDemandAllocationStrategy": "prioritized",
        "OnDemandBaseCapacity": 0,
        "OnDemandPercentageAboveBaseCapacity": 100,
        "SpotAllocationStrategy": "lowest-price",
        "SpotInstancePools": 2,
    }
    scaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, DefaultInstanceWarmup=-1)
    assert "DefaultInstanceWarmup" not in group(region)


@pytest.mark.parametrize(
    ("protection", "force", "held"),
    [
        ("prevent-all-deletion", False, True),
        ("prevent-all-deletion", True, True),
        ("prevent-force-deletion", True, True),
        ("prevent-force-deletion", False, False),
    ],
)
def test_deletion_protection_holds(region: SimulatedRollout, protection: str, force: bool, held: bool) -> None:
    """Auto Scaling user guide, "Configure deletion protection"."""
    another(region, DeletionProtection=protection)
    request = {"AutoScalingGroupName": "others", "ForceDelete": force}
    assert bool(refused(region, "autoscaling", "delete_auto_scaling_group", request)[0]) is held


def test_a_forced_deletion_waits_for_no_hook(region: SimulatedRollout) -> None:
    """botocore, `DeleteAutoScalingGroup.ForceDelete`: "also deletes any outstanding lifecycle actions"."""
    scaling = region.client("autoscaling")
    scaling.put_lifecycle_hook(
        AutoScalingGroupName=GROUP, LifecycleHookName="x", LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING"
    )
    instance = group(region)["Instances"][0]["InstanceId"]
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=instance, ShouldDecrementDesiredCapacity=True)
    request = {"AutoScalingGroupName": GROUP, "ForceDelete": True}
    assert refused(region, "autoscaling", "delete_auto_scaling_group", request) == ("", "")
    assert group(region)["Status"] == "Delete in progress"
    region.pass_time(300)
    found = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
    assert found == []


def test_a_hooks_target_gets_a_test_message(region: SimulatedRollout) -> None:
    """botocore, `PutLifecycleHook.NotificationTargetARN`."""
    told: list[Published] = []
    region.bus.subscribe(Published, told.append)
    topic = region.deployment.topics[0]
    arn = f"arn:aws:sns:eu-west-1:123456789012:{topic}"
    region.client("autoscaling").put_lifecycle_hook(
        AutoScalingGroupName=GROUP,
        LifecycleHookName="x",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        NotificationTargetARN=arn,
        RoleARN="arn:aws:iam::123456789012:role/hooks",
    )
    assert "autoscaling:TEST_NOTIFICATION" in told[0].message


def test_names_and_state_of_alarms_both_hold(region: SimulatedRollout) -> None:
    """botocore, `DescribeAlarms.StateValue`."""
    answer = region.client("cloudwatch").describe_alarms(AlarmNames=["none"], StateValue="ALARM")
    assert answer["MetricAlarms"] == []


def test_a_provider_is_deleted_a_moment_later(region: SimulatedRollout) -> None:
    """botocore, `CapacityProvider.updateStatus`; its name and its group are free again then."""
    ecs = region.client("ecs")
    provider = {"autoScalingGroupArn": another(region)["AutoScalingGroupARN"]}
    ecs.create_capacity_provider(name="second", autoScalingGroupProvider=provider)
    answer = ecs.delete_capacity_provider(capacityProvider="second")["capacityProvider"]
    assert answer["updateStatus"] == "DELETE_IN_PROGRESS"
    region.pass_time(30)
    (shown,) = ecs.describe_capacity_providers(capacityProviders=["second"])["capacityProviders"]
    assert (shown["status"], shown["updateStatus"]) == ("INACTIVE", "DELETE_COMPLETE")
    made = ecs.create_capacity_provider(name="second", autoScalingGroupProvider=provider)["capacityProvider"]
    assert made["status"] == "ACTIVE"
