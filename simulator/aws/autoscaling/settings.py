"""A group's settings out of CreateAutoScalingGroup and UpdateAutoScalingGroup: what is checked, kept and merged."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from simulator.aws.autoscaling.errors import invalid
from simulator.aws.autoscaling.hook_state import LAUNCHING, TERMINATING, Hook
from simulator.aws.autoscaling.state import Group, Tag
from simulator.aws.autoscaling.termination_policy import POLICIES
from simulator.aws.ec2.network import ACCOUNT, Network

LOWEST_PRICE = "lowest-price"

SOURCES = ("LaunchTemplate", "MixedInstancesPolicy", "LaunchConfigurationName")
"""A group has exactly one of these; giving one takes the place of the others (botocore, UpdateAutoScalingGroup)."""

KEPT = (
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityRebalance",
    "CapacityReservationSpecification",
    "Context",
    "DefaultCooldown",
    "DefaultInstanceWarmup",
    "DeletionProtection",
    "DesiredCapacityType",
    "HealthCheckGracePeriod",
    "HealthCheckType",
    "InstanceLifecyclePolicy",
    "InstanceMaintenancePolicy",
    "LoadBalancerNames",
    "MaxInstanceLifetime",
    "PlacementGroup",
    "ServiceLinkedRoleARN",
    "TargetGroupARNs",
    "TrafficSources",
)
"""Members that are kept and shown, and that nothing in this region acts on (DefaultCooldown but for HonorCooldown)."""

DEFAULTS: dict[str, Any] = {
    "DefaultCooldown": 300,
    "HealthCheckType": "EC2",
    "HealthCheckGracePeriod": 0,
    "ServiceLinkedRoleARN": (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    ),
    "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
    "AvailabilityZoneImpairmentPolicy": {"ZonalShiftEnabled": False},
    "CapacityReservationSpecification": {"CapacityReservationPreference": "default"},
    "DeletionProtection": "none",
}
"""What a group shows of what it was not told (botocore, the members of CreateAutoScalingGroup)."""

DISTRIBUTION: dict[str, Any] = {
    "OnDemandAllocationStrategy": "prioritized",
    "OnDemandBaseCapacity": 0,
    "OnDemandPercentageAboveBaseCapacity": 100,
    "SpotAllocationStrategy": LOWEST_PRICE,
}
"""The same of a mixed instances policy (botocore, `InstancesDistribution`)."""

SPOT_POOLS = 2
DAY_SECONDS = 86_400

FindTemplate = Callable[[dict[str, Any]], dict[str, str]]
"""Completes a LaunchTemplateSpecification: id and name both; raises ValidationError when there is no such template."""


def apply_settings(group: Group, request: dict[str, Any], network: Network, find_template: FindTemplate) -> None:
    """Put what the request carries on the group; "any properties that you don't specify are not changed" (botocore)."""
    _apply_source(group, request, find_template)
    _apply_places(group, request, network)
    if "TerminationPolicies" in request:
        group.policies = _policies(request["TerminationPolicies"])
    if "NewInstancesProtectedFromScaleIn" in request:
        group.protect_new = bool(request["NewInstancesProtectedFromScaleIn"])
    lifetime = request.get("MaxInstanceLifetime") or 0
    if 0 < lifetime < DAY_SECONDS:  # botocore: "either 0 or a number equal to or greater than 86,400 seconds"
        raise invalid(f"Max instance lifetime, {lifetime}, must be 0, or {DAY_SECONDS} at least.")
    group.settings.update({name: deepcopy(request[name]) for name in KEPT if name in request})
    if group.settings.get("DefaultInstanceWarmup") == -1:  # botocore: "to remove a value ... specify -1"
        del group.settings["DefaultInstanceWarmup"]


def sizes(group: Group, request: dict[str, Any]) -> tuple[int, int, int]:
    """Minimum, maximum and desired capacity after the request.

    botocore (UpdateAutoScalingGroup): without a desired capacity, a minimum above it raises it and a maximum below it
    lowers it; a given one must lie between the two. Raises ValidationError.
    """
    low = int(request.get("MinSize", group.min_size))
    high = int(request.get("MaxSize", group.max_size))
    if low > high:
        raise invalid(f"Max bound, {high}, must be greater than or equal to min bound, {low}")
    if low < 0:
        raise invalid(f"Min bound, {low}, must be greater than or equal to 0")
    if (wanted := request.get("DesiredCapacity")) is None:
        return low, high, min(max(group.desired, low), high)
    if not low <= int(wanted) <= high:
        raise invalid(f"Desired capacity:{wanted} must be between the specified min size:{low} and max size:{high}")
    return low, high, int(wanted)


def tags(request: dict[str, Any]) -> dict[str, Tag]:
    """The request's tags by key. Raises ValidationError for one of AWS's own."""
    if reserved := [tag["Key"] for tag in request.get("Tags", []) if tag["Key"].lower().startswith("aws:")]:
        raise invalid(f"Tag keys that begin with aws: are reserved for AWS: {', '.join(reserved)}")
    return {
        tag["Key"]: Tag(tag.get("Value", ""), bool(tag.get("PropagateAtLaunch", True)))
        for tag in request.get("Tags", [])
    }


def hook(request: dict[str, Any], before: Hook | None = None) -> Hook:
    """The lifecycle hook that the request makes, or makes of `before`. Raises ValidationError."""
    transition = request.get("LifecycleTransition") or (before.transition if before else None)
    if transition not in (LAUNCHING, TERMINATING):
        raise invalid("You must specify a lifecycle transition when you create a lifecycle hook.")
    heartbeat = int(request.get("HeartbeatTimeout") or (before.heartbeat if before else 3600))
    if not 30 <= heartbeat <= 7200:
        raise invalid("The heartbeat timeout must be between 30 and 7200 seconds.")
    result = request.get("DefaultResult") or (before.default_result if before else "ABANDON")
    if result not in ("CONTINUE", "ABANDON"):
        raise invalid(f"Invalid default result: {result}. It must be CONTINUE or ABANDON.")
    return Hook(
        name=request["LifecycleHookName"],
        transition=transition,
        heartbeat=heartbeat,
        default_result=result,
        target=request.get("NotificationTargetARN", before.target if before else None),
        role=request.get("RoleARN", before.role if before else None),
        metadata=request.get("NotificationMetadata", before.metadata if before else None),
    )


def _apply_source(group: Group, request: dict[str, Any], find_template: FindTemplate) -> None:
    given = [name for name in SOURCES if request.get(name)]
    if not given:
        return
    if len(given) > 1:
        raise invalid(f"Valid requests must contain only one of {' or '.join(given)}")
    mixed = group.mixed
    group.template = group.mixed = group.launch_configuration = None
    if given == ["LaunchTemplate"]:
        group.template = find_template(request["LaunchTemplate"])
    elif given == ["LaunchConfigurationName"]:
        group.launch_configuration = str(request["LaunchConfigurationName"])
    else:
        group.mixed = _mixed(mixed or {}, request["MixedInstancesPolicy"], find_template)


def _mixed(before: dict[str, Any], given: dict[str, Any], find_template: FindTemplate) -> dict[str, Any]:
    """The policy after the request: the members it leaves out stay, those it gives replace.

    So an update that names a template version only keeps overrides and distribution, and overrides that carry their
    own template or image keep launching those (aws-facts.md, Auto Scaling, mixed instances).
    """
    old, new = before.get("LaunchTemplate", {}), deepcopy(given.get("LaunchTemplate", {}))
    template = {**old, **new}
    if "LaunchTemplateSpecification" not in template:
        raise invalid("A mixed instances policy needs a launch template specification.")
    template["LaunchTemplateSpecification"] = find_template(template["LaunchTemplateSpecification"])
    for override in template.get("Overrides", []):
        if own := override.get("LaunchTemplateSpecification"):
            override["LaunchTemplateSpecification"] = find_template(own)
    by_attributes = any("InstanceRequirements" in each for each in template.get("Overrides", []))
    cheapest = {"OnDemandAllocationStrategy": LOWEST_PRICE} if by_attributes else {}
    asked = {**before.get("InstancesDistribution", {}), **given.get("InstancesDistribution", {})}
    distribution = {**DISTRIBUTION, **cheapest, **asked}
    if distribution["SpotAllocationStrategy"] == LOWEST_PRICE:
        distribution.setdefault("SpotInstancePools", SPOT_POOLS)
    return {"LaunchTemplate": template, "InstancesDistribution": distribution}


def _apply_places(group: Group, request: dict[str, Any], network: Network) -> None:
    if request.get("VPCZoneIdentifier"):
        group.subnets = {}
        for subnet in str(request["VPCZoneIdentifier"]).split(","):
            zone = network.zone_of(subnet.strip())
            if zone is None:
                raise invalid(f"The subnet ID '{subnet.strip()}' does not exist")
            group.subnets.setdefault(zone, subnet.strip())
        named = request.get("AvailabilityZones")
        if named and {*named} != {*group.subnets}:
            raise invalid("The availability zones of the specified subnets and the Auto Scaling group do not match")
        group.settings["VPCZoneIdentifier"] = ",".join(each.strip() for each in request["VPCZoneIdentifier"].split(","))
    elif request.get("AvailabilityZones"):
        if unknown := [zone for zone in request["AvailabilityZones"] if zone not in network.zones]:
            raise invalid(f"Invalid availability zones: [{', '.join(unknown)}]")
        group.subnets = dict.fromkeys(request["AvailabilityZones"], "")
        group.settings.pop("VPCZoneIdentifier", None)


def _policies(given: list[str]) -> list[str]:
    if unknown := [policy for policy in given if policy not in POLICIES]:
        raise invalid(f"Invalid termination policies: {', '.join(unknown)}")
    return list(given) or ["Default"]


_SETTINGS = ("template", "mixed", "launch_configuration", "subnets", "policies", "protect_new", "settings")


def copy_of_settings(group: Group) -> Group:
    """A group of the same settings, to try a request on."""
    trial = Group(group.name, group.arn, group.created, group.min_size, group.max_size, group.desired, {})
    take_settings(trial, group)
    trial.settings = dict(group.settings)
    return trial


def take_settings(group: Group, other: Group) -> None:
    """The settings that `apply_settings` changed on the other group."""
    for name in _SETTINGS:
        setattr(group, name, getattr(other, name))
