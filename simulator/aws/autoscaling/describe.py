"""How groups, instances, activities and hooks look in the API."""

from typing import Any

from simulator.aws.autoscaling.hook_state import Hook
from simulator.aws.autoscaling.reconcile import healthy
from simulator.aws.autoscaling.state import Activity, Group, Member

Shown = dict[str, Any]


def group(found: Group, *, instances: bool = True) -> Shown:
    """A group as DescribeAutoScalingGroups shows it."""
    shown: Shown = {
        "AutoScalingGroupName": found.name,
        "AutoScalingGroupARN": found.arn,
        "MinSize": found.min_size,
        "MaxSize": found.max_size,
        "DesiredCapacity": found.desired,
        "AvailabilityZones": list(found.subnets),
        "VPCZoneIdentifier": ",".join(subnet for subnet in found.subnets.values() if subnet),
        "CreatedTime": found.created,
        "SuspendedProcesses": [
            {"ProcessName": process, "SuspensionReason": reason} for process, reason in sorted(found.suspended.items())
        ],
        "EnabledMetrics": found.enabled_metrics,
        "Tags": tags(found),
        "TerminationPolicies": found.policies,
        "NewInstancesProtectedFromScaleIn": found.protect_new,
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "TrafficSources": [],
    }
    shown |= found.settings | _source(found)
    if instances:
        shown["Instances"] = [instance(found, member) for member in found.members.values()]
    if found.warm_pool:
        shown |= {"WarmPoolConfiguration": found.warm_pool, "WarmPoolSize": 0}
    if found.deleting:
        shown["Status"] = "Delete in progress"
    return shown


def instance(of: Group, member: Member) -> Shown:
    """A member as DescribeAutoScalingGroups shows it: with the template version that *it* was launched from."""
    shown: Shown = {
        "InstanceId": member.instance.instance_id,
        "InstanceType": member.instance.instance_type,
        "AvailabilityZone": member.instance.availability_zone,
        "LifecycleState": member.lifecycle.value,
        "HealthStatus": "Healthy" if healthy(of, member) else "Unhealthy",
        "ProtectedFromScaleIn": member.protected,
    }
    if member.template:
        shown["LaunchTemplate"] = member.template
    if member.launch_configuration:
        shown["LaunchConfigurationName"] = member.launch_configuration
    if member.image_override:
        shown["ImageId"] = member.image_override
    if member.weighted:
        shown["WeightedCapacity"] = str(member.weight)
    return shown


def instance_details(of: Group, member: Member) -> Shown:
    """A member as DescribeAutoScalingInstances shows it; its health is written in capitals there."""
    shown = instance(of, member)
    return {**shown, "AutoScalingGroupName": of.name, "HealthStatus": shown["HealthStatus"].upper()}


def activity(found: Activity, of: Group) -> Shown:
    """A scaling activity."""
    shown: Shown = {
        "ActivityId": found.activity_id,
        "AutoScalingGroupName": found.group,
        "AutoScalingGroupARN": of.arn,
        "Description": found.description,
        "Cause": found.cause,
        "StartTime": found.started,
        "StatusCode": found.status,
        "Progress": found.progress,
        "Details": found.details,
    }
    if found.message:
        shown["StatusMessage"] = found.message
    if found.ended is not None:
        shown["EndTime"] = found.ended
    return shown


def hook(of: Group, found: Hook) -> Shown:
    """A lifecycle hook."""
    shown: Shown = {
        "LifecycleHookName": found.name,
        "AutoScalingGroupName": of.name,
        "LifecycleTransition": found.transition,
        "HeartbeatTimeout": found.heartbeat,
        "GlobalTimeout": found.longest,
        "DefaultResult": found.default_result,
    }
    optional = {"NotificationTargetARN": found.target, "RoleARN": found.role, "NotificationMetadata": found.metadata}
    return shown | {key: value for key, value in optional.items() if value}


def tags(of: Group) -> list[Shown]:
    """The group's tags."""
    return [
        {
            "ResourceId": of.name,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": tag.value,
            "PropagateAtLaunch": tag.propagate,
        }
        for key, tag in sorted(of.tags.items())
    ]


def _source(found: Group) -> Shown:
    if found.template:
        return {"LaunchTemplate": found.template}
    if found.mixed:
        return {"MixedInstancesPolicy": found.mixed}
    return {"LaunchConfigurationName": found.launch_configuration}
