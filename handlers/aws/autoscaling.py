"""Amazon EC2 Auto Scaling: the node group's sizes, template, processes and instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.aws import group_copy
from handlers.aws.batches import batches
from handlers.domain.model.fleet import GOING
from handlers.domain.model.observation import FailedLaunch
from handlers.errors import NotShownYet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import (
        AutoScalingGroupTypeDef,
        LaunchTemplateSpecificationTypeDef,
        LifecycleHookTypeDef,
    )

TERMINATE = 100
HEALTHY = "HEALTHY"  # DescribeAutoScalingGroups writes it in mixed case, DescribeAutoScalingInstances in capitals
REFUSED, EXISTS = "ValidationError", "AlreadyExists"
DESCRIBE_INSTANCES = 50
FAILED = ("Failed", "Cancelled")
MANAGED_DRAINING = "ecs-managed-draining-termination-hook"  # ECS puts its own into each group of a provider
MANAGED_SCALING = "ECSManagedAutoScalingPolicy-"  # and a policy of its own


@dataclass(frozen=True)
class Member:
    """An instance as its group lists it. `template_version` is the number that it was launched from.

    `healthy` is its `HealthStatus`: the group replaces one that is not.
    """

    instance_id: str
    lifecycle: str
    availability_zone: str
    protected: bool
    template_version: str
    healthy: bool = True


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group. `mixed` is its mixed instances policy as the API gives it, where it has one."""

    name: str
    desired: int
    minimum: int
    maximum: int
    suspended: tuple[str, ...]
    members: tuple[Member, ...]
    template: dict[str, Any] | None
    mixed: dict[str, Any] | None
    launch_configuration: str | None
    zones: tuple[str, ...]
    subnets: tuple[str, ...] = ()

    @property
    def instance_types(self) -> tuple[str, ...]:
        """The instance types that its mixed instances policy names."""
        overrides = (self.mixed or {}).get("LaunchTemplate", {}).get("Overrides", [])
        return tuple(each["InstanceType"] for each in overrides if "InstanceType" in each)


class AutoScaling:
    """What a rollout reads from Auto Scaling and asks of it."""

    def __init__(self, client: AutoScalingClient) -> None:
        self._client = client

    def group(self, name: str) -> Group | None:
        """The group, or None where there is none of that name."""
        found = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return _group(found[0]) if found else None

    def groups_of(self, instance_ids: Sequence[str]) -> set[str]:
        """The names of the groups that those instances belong to."""
        names: set[str] = set()
        for some in batches(instance_ids, DESCRIBE_INSTANCES):
            found = self._client.describe_auto_scaling_instances(InstanceIds=some)["AutoScalingInstances"]
            names.update(each["AutoScalingGroupName"] for each in found)
        return names

    def failed_launches(self, name: str, since: float) -> tuple[FailedLaunch, ...]:
        """Launches that failed since that moment and after the last one that worked (newest first, as answered).

        Of what kind an activity is, Auto Scaling says in its `Description` only (API reference, `Activity`).
        """
        failed: list[FailedLaunch] = []
        pages = self._client.get_paginator("describe_scaling_activities").paginate(AutoScalingGroupName=name)
        for each in (activity for page in pages for activity in page["Activities"]):
            at = each["StartTime"].timestamp()
            if at < since:
                break
            if not each["Description"].startswith("Launching"):
                continue
            if each["StatusCode"] == "Successful":
                break
            if each["StatusCode"] in FAILED:
                failed.append(FailedLaunch(at, each.get("StatusMessage", each["StatusCode"])))
        return tuple(failed)

    def set_desired(self, name: str, desired: int) -> None:
        """Ask for so many instances, now."""
        self._client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=desired, HonorCooldown=False)

    def resize(self, name: str, minimum: int, maximum: int) -> None:
        """Set the bounds of desired capacity."""
        self._client.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=minimum, MaxSize=maximum)

    def pin(self, group: Group, template_id: str, version: str) -> None:
        """Make the group launch from that version; a mixed instances policy keeps everything else."""
        specification: LaunchTemplateSpecificationTypeDef = {"LaunchTemplateId": template_id, "Version": version}
        if group.mixed is None:
            self._client.update_auto_scaling_group(
                AutoScalingGroupName=group.name,
                LaunchTemplate=specification,
            )
            return
        template = {**group.mixed["LaunchTemplate"], "LaunchTemplateSpecification": specification}
        self._client.update_auto_scaling_group(
            AutoScalingGroupName=group.name,
            MixedInstancesPolicy={**group.mixed, "LaunchTemplate": template},  # type: ignore[arg-type]
        )

    def arn(self, name: str) -> str:
        """The ARN of a group that exists. Raises NotShownYet."""
        found = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        if not found:
            raise NotShownYet(f"Auto Scaling does not show the group {name} yet, which was just made.")
        return found[0]["AutoScalingGroupARN"]

    def hook_roles(self, name: str) -> tuple[str, ...]:
        """The roles of the lifecycle hooks that a copy of the group gets, by ARN."""
        return tuple(hook["RoleARN"] for hook in self._hooks(name) if hook.get("RoleARN"))

    def _hooks(self, name: str) -> list[LifecycleHookTypeDef]:
        """Its lifecycle hooks, but for the one of ECS's."""
        hooks = self._client.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
        return [hook for hook in hooks if hook["LifecycleHookName"] != MANAGED_DRAINING]

    def copy_group(
        self, name: str, new: str, template_id: str, version: str, instance_types: Sequence[str], maximum: int
    ) -> None:
        """An empty group like `name`, as far as `group_copy` says, from that launch template version."""
        model = self._described(name)
        request = group_copy.settings(model)
        specification = {"LaunchTemplateId": template_id, "Version": version}
        if model.get("MixedInstancesPolicy"):
            policy = model["MixedInstancesPolicy"]
            request["MixedInstancesPolicy"] = group_copy.mixed(policy, specification, instance_types)
        elif len(instance_types) > 1:
            request["MixedInstancesPolicy"] = group_copy.mixed({"LaunchTemplate": {}}, specification, instance_types)
        else:
            request["LaunchTemplate"] = specification
        try:
            self._client.create_auto_scaling_group(
                **request,
                AutoScalingGroupName=new,
                MinSize=0,
                MaxSize=maximum,
                DesiredCapacity=0,
                Tags=group_copy.tags(model, new),  # type: ignore[arg-type]
                LifecycleHookSpecificationList=[group_copy.hook(each) for each in self._hooks(name)],  # type: ignore[misc]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != EXISTS:  # else a reading a moment old did not show it
                raise

    def lost_in_a_copy(self, name: str) -> tuple[str, ...]:
        """What the group has and `copy_group` would not carry, in words; what ECS makes for itself is not counted."""
        policies = self._client.get_paginator("describe_policies").paginate(AutoScalingGroupName=name)
        own = [
            each["PolicyName"]
            for page in policies
            for each in page["ScalingPolicies"]
            if not each["PolicyName"].startswith(MANAGED_SCALING)
        ]
        actions = self._client.describe_scheduled_actions(AutoScalingGroupName=name)["ScheduledUpdateGroupActions"]
        told = self._client.describe_notification_configurations(AutoScalingGroupNames=[name])
        beside = {
            f"scaling policies ({', '.join(sorted(own))})": own,
            "scheduled actions": actions,
            "notifications": told["NotificationConfigurations"],
        }
        return (*group_copy.lost(self._described(name)), *(words for words, found in beside.items() if found))

    def _described(self, name: str) -> dict[str, Any]:
        return dict(self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0])

    def delete_group(self, name: str) -> None:
        """Delete an empty group. One that is gone already is refused as any other: read back whether it is gone."""
        try:
            self._client.delete_auto_scaling_group(AutoScalingGroupName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != REFUSED:
                raise

    def suspend(self, name: str, processes: Iterable[str]) -> None:
        """Suspend those processes; ones that are suspended stay so."""
        self._client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=sorted(processes))

    def resume(self, name: str, processes: Iterable[str]) -> None:
        """Resume those processes."""
        self._client.resume_processes(AutoScalingGroupName=name, ScalingProcesses=sorted(processes))

    def terminate(self, name: str, instance_ids: Sequence[str]) -> None:
        """Terminate exactly these instances, and have none replaced: desired capacity falls with them.

        As far as the group has more instances than it asks for, it stays: an operator lowered it already.
        """
        group = self.group(name) if instance_ids else None
        alive = [member for member in group.members if member.lifecycle not in GOING] if group else []
        extra = max(0, len(alive) - group.desired) if group else 0
        for some, decrement in ((instance_ids[:extra], False), (instance_ids[extra:], True)):
            for few in batches(some, TERMINATE):
                self._client.terminate_instance_in_auto_scaling_group(
                    AutoScalingGroupName=name, InstanceIds=few, ShouldDecrementDesiredCapacity=decrement
                )


def _group(auto_scaling_group: AutoScalingGroupTypeDef) -> Group:
    mixed = auto_scaling_group.get("MixedInstancesPolicy")
    template: Any = auto_scaling_group.get("LaunchTemplate")
    if mixed:
        template = mixed["LaunchTemplate"]["LaunchTemplateSpecification"]
    return Group(
        name=auto_scaling_group["AutoScalingGroupName"],
        desired=auto_scaling_group["DesiredCapacity"],
        minimum=auto_scaling_group["MinSize"],
        maximum=auto_scaling_group["MaxSize"],
        suspended=tuple(sorted(each["ProcessName"] for each in auto_scaling_group.get("SuspendedProcesses", []))),
        members=tuple(
            Member(
                instance_id=each["InstanceId"],
                lifecycle=each["LifecycleState"],
                availability_zone=each["AvailabilityZone"],
                protected=each["ProtectedFromScaleIn"],
                template_version=each.get("LaunchTemplate", {}).get("Version", ""),
                healthy=each.get("HealthStatus", HEALTHY).upper() == HEALTHY,
            )
            for each in auto_scaling_group["Instances"]
        ),
        template=dict(template) if template else None,
        mixed=dict(mixed) if mixed else None,
        launch_configuration=auto_scaling_group.get("LaunchConfigurationName") or None,
        zones=tuple(sorted(auto_scaling_group["AvailabilityZones"])),
        subnets=tuple(
            each.strip() for each in auto_scaling_group.get("VPCZoneIdentifier", "").split(",") if each.strip()
        ),
    )
