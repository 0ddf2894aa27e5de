"""Amazon EC2 Auto Scaling: its groups, and the launches that it tries as the caller.

"Actions, resources, and condition keys for Amazon EC2 Auto Scaling"; "Control Amazon EC2 launch template usage in Auto
Scaling groups" (who creates or updates a group with a launch template needs ec2:RunInstances and iam:PassRole).
"""

from collections.abc import Iterator

from simulator.iam.needs.ec2 import launching
from simulator.iam.needs.need import EVERYTHING, Need, Needs, Place, Request, nowhere

SERVICE = "autoscaling.amazonaws.com"
LAUNCHES_BY = ("LaunchTemplate", "MixedInstancesPolicy")


def _on_group(operation: str) -> Needs:
    def needs(request: Request, place: Place) -> Iterator[Need]:
        yield Need(f"autoscaling:{operation}", [place.known.group_arn(request["AutoScalingGroupName"])])

    return needs


def _terminate(request: Request, place: Place) -> Iterator[Need]:
    """On the group that is named, else on that of the instance."""
    name = request.get("AutoScalingGroupName") or place.known.group_of(request["InstanceId"])
    resources = [place.known.group_arn(name) if name else EVERYTHING]
    yield Need("autoscaling:TerminateInstanceInAutoScalingGroup", resources)


def _create(request: Request, place: Place) -> Iterator[Need]:
    group = place.known.group_arn(request["AutoScalingGroupName"])
    yield Need("autoscaling:CreateAutoScalingGroup", [group])
    if request.get("Tags"):
        yield Need("autoscaling:CreateOrUpdateTags", [group])
    for hook in request.get("LifecycleHookSpecificationList", ()):
        yield from _passing(hook)
    yield from launching(place.known.launch(request), place)


def _update(request: Request, place: Place) -> Iterator[Need]:
    yield Need("autoscaling:UpdateAutoScalingGroup", [place.known.group_arn(request["AutoScalingGroupName"])])
    if any(request.get(key) for key in LAUNCHES_BY):
        yield from launching(place.known.launch(request), place)


def _put_hook(request: Request, place: Place) -> Iterator[Need]:
    yield Need("autoscaling:PutLifecycleHook", [place.known.group_arn(request["AutoScalingGroupName"])])
    yield from _passing(request)


def _passing(hook: Request) -> Iterator[Need]:
    """Whoever sets a hook passes its role ("Configure a notification target", Auto Scaling user guide)."""
    if hook.get("RoleARN"):
        yield Need("iam:PassRole", [hook["RoleARN"]], {"iam:PassedToService": SERVICE})


NEEDS: dict[str, Needs] = {
    "CreateAutoScalingGroup": _create,
    "DeleteAutoScalingGroup": _on_group("DeleteAutoScalingGroup"),
    "DescribeAutoScalingGroups": nowhere("autoscaling:DescribeAutoScalingGroups"),
    "DescribeAutoScalingInstances": nowhere("autoscaling:DescribeAutoScalingInstances"),
    "DescribeLifecycleHooks": nowhere("autoscaling:DescribeLifecycleHooks"),
    "DescribeNotificationConfigurations": nowhere("autoscaling:DescribeNotificationConfigurations"),
    "DescribePolicies": nowhere("autoscaling:DescribePolicies"),
    "DescribeScheduledActions": nowhere("autoscaling:DescribeScheduledActions"),
    "DescribeScalingActivities": nowhere("autoscaling:DescribeScalingActivities"),
    "PutLifecycleHook": _put_hook,
    "ResumeProcesses": _on_group("ResumeProcesses"),
    "SetDesiredCapacity": _on_group("SetDesiredCapacity"),
    "SuspendProcesses": _on_group("SuspendProcesses"),
    "TerminateInstanceInAutoScalingGroup": _terminate,
    "UpdateAutoScalingGroup": _update,
}
