"""Which instance a scale-in takes: availability zone first, then the group's termination policies.

Source: Auto Scaling guide, "Control which Auto Scaling instances terminate during scale in" and aws-facts.md, trap 13:
"SetDesiredCapacity downwards picks victims by AZ balance before any termination policy".
"""

from collections.abc import Callable

from simulator.aws.autoscaling.state import Group, LifecycleState, Member

POLICIES = (
    "Default",
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
)
"""botocore (UpdateAutoScalingGroup, TerminationPolicies), without Lambda functions as policies."""

Narrowing = Callable[[Group, list[Member], float], list[Member]]


def eligible(group: Group) -> list[Member]:
    """The instances that scale-in may take: in service and not protected."""
    return [
        member
        for member in group.members.values()
        if member.lifecycle is LifecycleState.IN_SERVICE and not member.protected
    ]


def victim(group: Group, now: float) -> Member | None:
    """The instance that the next scale-in takes; None when each is protected or none is in service.

    The guide: the zone "with the most instances and at least one instance that is not protected from scale in".
    Equals end by age and then by id, where AWS would take one at random.
    """
    candidates = eligible(group)
    if not candidates:
        return None
    counts = group.by_zone()
    fullest = max(counts[member.instance.availability_zone] for member in candidates)
    left = [member for member in candidates if counts[member.instance.availability_zone] == fullest]
    for policy in group.policies:
        left = _NARROW[policy](group, left, now)
    return min(left, key=lambda member: (member.instance.launched_at, member.instance.instance_id))


def _default(group: Group, members: list[Member], now: float) -> list[Member]:
    """The default policy: oldest launch configuration or template, then the next billing hour."""
    return _next_hour(group, _oldest_template(group, _oldest_configuration(group, members, now), now), now)


def _all(_group: Group, members: list[Member], _now: float) -> list[Member]:
    """AllocationStrategy: no prices here, so every instance is as well placed as the others."""
    return members


def _oldest(_group: Group, members: list[Member], _now: float) -> list[Member]:
    first = min(member.instance.launched_at for member in members)
    return [member for member in members if member.instance.launched_at == first]


def _newest(_group: Group, members: list[Member], _now: float) -> list[Member]:
    last = max(member.instance.launched_at for member in members)
    return [member for member in members if member.instance.launched_at == last]


def _next_hour(_group: Group, members: list[Member], now: float) -> list[Member]:
    def to_next_hour(member: Member) -> float:
        return 3600.0 - (now - member.instance.launched_at) % 3600.0

    soonest = min(to_next_hour(member) for member in members)
    return [member for member in members if to_next_hour(member) == soonest]


def _oldest_configuration(_group: Group, members: list[Member], _now: float) -> list[Member]:
    """Instances of a launch configuration before those of a template."""
    return [member for member in members if member.launch_configuration] or members


def _oldest_template(group: Group, members: list[Member], _now: float) -> list[Member]:
    """Those of another launch template, else those of the oldest version.

    The guide: instances that "use the noncurrent launch template are terminated first, followed by instances that use
    the oldest version of the current launch template".
    """
    versioned = [member for member in members if member.template]
    if not versioned:
        return members
    current = (group.template or _mixed_spec(group)).get("LaunchTemplateId")
    foreign = [member for member in versioned if member.instance.template_id != current]
    if foreign:
        return foreign
    oldest = min(member.instance.template_version for member in versioned)
    return [member for member in versioned if member.instance.template_version == oldest]


def _mixed_spec(group: Group) -> dict[str, str]:
    spec: dict[str, str] = (group.mixed or {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification", {})
    return spec


_NARROW: dict[str, Narrowing] = {
    "Default": _default,
    "AllocationStrategy": _all,
    "ClosestToNextInstanceHour": _next_hour,
    "NewestInstance": _newest,
    "OldestInstance": _oldest,
    "OldestLaunchConfiguration": _oldest_configuration,
    "OldestLaunchTemplate": _oldest_template,
}
