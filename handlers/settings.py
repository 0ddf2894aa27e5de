"""What a rollout borrows of its node group and gives back: sizes, processes, managed scaling, template version."""

from dataclasses import replace

from handlers.contract import Direction
from handlers.domain.plan import Plan, ProviderSettings, Recorded
from handlers.gateways.autoscaling import Group
from handlers.observe import present
from handlers.turn import Turn
from handlers.world import World

# What would launch, terminate or scale on its own in mid-rollout. Never Launch and Terminate: the rollout needs them.
INTERFERING = ("AZRebalance", "AlarmNotification", "ScheduledActions", "InstanceRefresh")


def borrow(turn: Turn, version: int) -> None:
    """Make the group launch from `version`, give it the sizes that the plan needs, and keep others from scaling it."""
    world, plan = turn.world, turn.plan
    group = present(world, plan)
    if group.template is None or group.template.get("Version") != str(version):
        world.autoscaling.pin(group, plan.recorded.template.template_id, str(version))
    minimum, maximum = room_to_move(plan, group)
    if (minimum, maximum) != (group.minimum, group.maximum):
        world.autoscaling.resize(plan.group, minimum, maximum)
    if not set(INTERFERING) <= set(group.suspended):
        world.autoscaling.suspend(plan.group, INTERFERING)
    provider = plan.recorded.provider
    if provider is not None and provider.scales:
        _set_provider(world, _switched_off(provider))


def room_to_move(plan: Plan, group: Group) -> tuple[int, int]:
    """The group's bounds while the rollout moves: wide enough for the surge and for what may be missing."""
    return min(group.minimum, plan.size - plan.max_unavailable), max(group.maximum, plan.ceiling)


def give_back(turn: Turn) -> None:
    """Restore everything that was borrowed; on the way back also the group's own word for its template version."""
    world, plan = turn.world, turn.plan
    recorded = plan.recorded
    group = present(world, plan)
    if turn.progress.direction is Direction.BACK:
        _return_template(world, plan, group)
    if (group.minimum, group.maximum) != (recorded.minimum, recorded.maximum):
        world.autoscaling.resize(plan.group, recorded.minimum, recorded.maximum)
    ours = set(INTERFERING) - set(recorded.suspended)
    if ours & set(group.suspended):
        world.autoscaling.resume(plan.group, ours & set(group.suspended))
    if recorded.provider is not None and recorded.provider.scales:
        _set_provider(world, recorded.provider)
    calm = [one.name for one in world.ecs.services(plan.cluster) if not one.zone_rebalancing]
    for name in sorted(set(calm) & set(recorded.rebalancing_services)):
        world.ecs.set_zone_rebalancing(plan.cluster, name, enabled=True)


def not_given_back(turn: Turn) -> list[str]:
    """Read everything back: a sentence for each setting that is not as recorded."""
    world, plan = turn.world, turn.plan
    group, recorded = present(world, plan), plan.recorded
    pairs = [
        ("desired capacity", group.desired, recorded.desired),
        ("min size", group.minimum, recorded.minimum),
        ("max size", group.maximum, recorded.maximum),
        ("suspended processes", sorted(group.suspended), sorted(recorded.suspended)),
        ("launch template version", (group.template or {}).get("Version"), _expected_version(turn)),
    ]
    if recorded.provider is not None:
        now = world.ecs.provider_settings(recorded.provider.name)
        pairs.append(("managed scaling", now.managed_scaling, recorded.provider.managed_scaling))
        protection = recorded.provider.managed_termination_protection
        pairs.append(("managed termination protection", now.managed_termination_protection, protection))
    restless = {one.name for one in world.ecs.services(plan.cluster) if one.zone_rebalancing}
    gone = set(recorded.rebalancing_services) - restless - _vanished(world, plan)
    pairs.append(("services without their zone rebalancing", sorted(gone), []))
    return [f"{name} is {seen!r}, recorded was {before!r}" for name, seen, before in pairs if seen != before]


def _expected_version(turn: Turn) -> str:
    template = turn.plan.recorded.template
    if turn.progress.direction is Direction.BACK:
        return template.specified
    return str(turn.progress.created_version or template.number)


def _vanished(world: World, plan: Plan) -> set[str]:
    return set(plan.recorded.rebalancing_services) - {one.name for one in world.ecs.services(plan.cluster)}


def _return_template(world: World, plan: Plan, group: Group) -> None:
    """Delete the version that the rollout made (before `$Latest` could mean it again), then say what the group said."""
    template = plan.recorded.template
    for number in world.ec2.template_versions_described(template.template_id, description(plan), template.number):
        world.ec2.delete_template_version(template.template_id, number)
    if (group.template or {}).get("Version") != template.specified:
        world.autoscaling.pin(group, template.template_id, template.specified)


def description(plan: Plan) -> str:
    """How the rollout marks the launch template version that it makes."""
    return f"ecs-ami-rollout {plan.rollout_id}"


def _switched_off(provider: ProviderSettings) -> ProviderSettings:
    """Managed scaling off, and with it the managed termination protection that requires it."""
    return replace(
        provider,
        managed_scaling={**provider.managed_scaling, "status": "DISABLED"},
        managed_termination_protection="DISABLED",
    )


def _set_provider(world: World, wanted: ProviderSettings) -> None:
    if world.ecs.provider_settings(wanted.name) != wanted:
        world.ecs.set_provider(wanted)


def recorded_words(recorded: Recorded) -> str:
    """The restored settings in a sentence for the report."""
    words = [
        f"launch template version {recorded.template.specified}",
        f"desired {recorded.desired}, min {recorded.minimum}, max {recorded.maximum}",
        f"suspended processes {', '.join(recorded.suspended) or 'none'}",
    ]
    if recorded.provider is not None:
        words.append(f"managed scaling {recorded.provider.managed_scaling.get('status', 'DISABLED')}")
    return "; ".join(words)
