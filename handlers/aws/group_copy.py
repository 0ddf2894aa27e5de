"""A copy of an Auto Scaling group: which of its settings it gets, and which it cannot have.

A test holds every member of the service's model against these lists, so that a new one is decided on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CARRIED = (
    "VPCZoneIdentifier",
    "DefaultCooldown",
    "DefaultInstanceWarmup",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "PlacementGroup",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "CapacityRebalance",
    "CapacityReservationSpecification",
    "MaxInstanceLifetime",
    "DesiredCapacityType",
    "DeletionProtection",
    "InstanceLifecyclePolicy",
    "InstanceMaintenancePolicy",
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "ServiceLinkedRoleARN",
    "Context",
)
HOOK = (
    "LifecycleHookName",
    "LifecycleTransition",
    "NotificationMetadata",
    "HeartbeatTimeout",
    "DefaultResult",
    "NotificationTargetARN",
    "RoleARN",
)
LOST = {
    "TargetGroupARNs": "target groups of the group itself",
    "LoadBalancerNames": "Classic Load Balancers",
    "TrafficSources": "traffic sources",
    "WarmPoolConfiguration": "a warm pool",
    "EnabledMetrics": "group metrics",
    "Operator": "an operator that manages it",
}
"""Members of a group's description that a copy is made without, and what to call them."""

UNDELETABLE = "prevent-all-deletion"
NOTHING: tuple[Any, ...] = (None, "", [], {})


def settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """What CreateAutoScalingGroup is given of the description of a group; 0 and False are settings, too.

    A group without subnets has its zones. That zonal shift may be on in it was checked, or skipped, when it was made.
    """
    given = {key: model[key] for key in CARRIED if model.get(key) not in NOTHING}
    if "VPCZoneIdentifier" not in given:
        given["AvailabilityZones"] = model["AvailabilityZones"]
    if given.get("AvailabilityZoneImpairmentPolicy", {}).get("ZonalShiftEnabled"):
        given["SkipZonalShiftValidation"] = True
    return given


def hook(described: Mapping[str, Any]) -> dict[str, Any]:
    """A lifecycle hook as CreateAutoScalingGroup takes it."""
    return {key: value for key, value in described.items() if key in HOOK}


def tags(model: Mapping[str, Any], new: str) -> list[dict[str, Any]]:
    """Its tags, for the group of that name; AWS's own are not given by anybody."""
    return [{**each, "ResourceId": new} for each in model.get("Tags", []) if not each["Key"].startswith("aws:")]


def lost(model: Mapping[str, Any]) -> Iterator[str]:
    """What the group has and a copy of it would not, in words.

    A copy that nobody may delete could not be taken back.
    """
    yield from (words for key, words in LOST.items() if model.get(key) not in NOTHING)
    if model.get("DeletionProtection") == UNDELETABLE:
        yield "protection from any deletion"


def mixed(policy: dict[str, Any], specification: dict[str, str], instance_types: Sequence[str]) -> dict[str, Any]:
    """The policy on another template version and, where named, with other instance types."""
    template = {**policy["LaunchTemplate"], "LaunchTemplateSpecification": specification}
    if instance_types:
        template["Overrides"] = [{"InstanceType": each} for each in instance_types]
    return {**policy, "LaunchTemplate": template}
