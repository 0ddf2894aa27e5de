"""Amazon EC2 Auto Scaling."""

from collections.abc import Iterator

from simulator.api.prose.rule import Refused, Request, Rules

INVALID = "ValidationError"

ONE_OF_BOTH = "Valid requests must contain either launchTemplateId or LaunchTemplateName"
"""Auto Scaling's words for both and for none (terraform-provider-aws, internal/service/autoscaling/group.go)."""

HEALTH_CHECKS = ("EC2", "EBS", "ELB", "VPC_LATTICE")
UNITS = ("units", "vcpu", "memory-mib")
WIDEST = 100
CLEARED = -1


def _made(request: Request) -> Refused | None:
    """Botocore, `CreateAutoScalingGroup.AutoScalingGroupName` and `.DesiredCapacityType`."""
    if ":" in request["AutoScalingGroupName"]:
        return INVALID, "The name of an Auto Scaling group cannot contain a colon."
    by_attributes = any("InstanceRequirements" in each for each in _overrides(request))
    if request.get("DesiredCapacityType", "units") != "units" and not by_attributes:
        return INVALID, "DesiredCapacityType is supported for attribute-based instance type selection only."
    return _changed(request)


def _changed(request: Request) -> Refused | None:
    return _templates(request) or _health_checks(request) or _units(request) or _maintenance(request)


def _templates(request: Request) -> Refused | None:
    """Botocore, `LaunchTemplateSpecification`: id or name, "but not both"."""
    for each in _specifications(request):
        if bool(each.get("LaunchTemplateId")) == bool(each.get("LaunchTemplateName")):
            return INVALID, ONE_OF_BOTH
    return None


def _specifications(request: Request) -> Iterator[Request]:
    policy = (request.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    places = (request, policy, *_overrides(request))
    members = ("LaunchTemplate", *["LaunchTemplateSpecification"] * (len(places) - 1))
    for place, member in zip(places, members, strict=True):
        if place.get(member) is not None:
            yield place[member]


def _overrides(request: Request) -> list[Request]:
    policy = (request.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    return list(policy.get("Overrides") or ())


def _health_checks(request: Request) -> Refused | None:
    """Botocore, `HealthCheckType`: "a comma-separated value string"."""
    asked = [each.strip() for each in (request.get("HealthCheckType") or "EC2").split(",")]
    wrong = [each for each in asked if each not in HEALTH_CHECKS]
    return (INVALID, f"Invalid health check type: {', '.join(wrong)}") if wrong else None


def _units(request: Request) -> Refused | None:
    """Botocore, `DesiredCapacityType`: "Valid values"."""
    unit = request.get("DesiredCapacityType") or "units"
    return None if unit in UNITS else (INVALID, f"Invalid desired capacity type: {unit}")


def _maintenance(request: Request) -> Refused | None:
    """Botocore, `InstanceMaintenancePolicy`: both or none, 0 to 100 and 100 to 200, 100 apart at most; -1 clears."""
    policy = request.get("InstanceMaintenancePolicy")
    if not policy:
        return None
    low, high = policy.get("MinHealthyPercentage"), policy.get("MaxHealthyPercentage")
    if low is None or high is None or (low == CLEARED) != (high == CLEARED):
        return INVALID, "Both MinHealthyPercentage and MaxHealthyPercentage must be specified."
    if low == high == CLEARED:
        return None
    if high < WIDEST or high - low > WIDEST:
        words = "MaxHealthyPercentage must be between 100 and 200, and at most 100 above MinHealthyPercentage."
        return INVALID, words
    return None


RULES: Rules = {
    ("autoscaling", "CreateAutoScalingGroup"): _made,
    ("autoscaling", "UpdateAutoScalingGroup"): _changed,
}
