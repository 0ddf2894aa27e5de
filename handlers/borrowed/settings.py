"""What a rollout borrows of its node groups and gives back: sizes, processes, managed scaling, template version."""

from dataclasses import replace

from handlers.contract import Direction
from handlers.domain.balance import uneven
from handlers.domain.plan import GroupRecord, Plan, ProviderSettings
from handlers.domain.stages import stopping
from handlers.gateways.autoscaling import Group
from handlers.observe import present
from handlers.turn import Turn
from handlers.world import World

# What would launch, terminate or scale on its own in mid-rollout. Never Launch and Terminate: the rollout needs them.
INTERFERING = ("AZRebalance", "AlarmNotification", "ScheduledActions", "InstanceRefresh")


def borrow(turn: Turn) -> Turn:
    """Make each group launch from the right version, with sizes that the plan needs, and keep others from scaling it.

    Managed scaling stays where capacity is to come from it; on the way back never. What bounds were set is written
    down before, so that somebody else's are known.
    """
    world, plan, direction = turn.world, turn.plan, turn.progress.direction
    managed = plan.managed and direction is Direction.FORWARD
    for record in plan.recorded.groups:
        stays = record.exists and plan.after != "delete"
        group = present(world, record.name) if stays else world.autoscaling.group(record.name)
        if group is None:
            continue
        version = version_to_launch(turn, record)
        if group.template is None or group.template.get("Version") != str(version):
            world.autoscaling.pin(group, record.template.template_id, str(version))
        bounds = room_to_move(plan, record, group)
        if bounds != (group.minimum, group.maximum):
            turn = turn.remember(bounds={**turn.progress.bounds, record.name: bounds})
            world.autoscaling.resize(record.name, *bounds)
        if not managed and not set(INTERFERING) <= set(group.suspended):
            world.autoscaling.suspend(record.name, INTERFERING)
        if not managed and record.provider is not None and record.provider.scales:
            set_provider(world, _switched_off(record.provider))
    return turn


def version_to_launch(turn: Turn, record: GroupRecord) -> int:
    """The number of the version that the group launches from in this direction; never `$Latest`."""
    grows = turn.plan.growing(Direction.FORWARD).name == record.name
    back = turn.progress.direction is Direction.BACK
    if not grows or (back and turn.plan.target_group is None):
        return record.template.return_version
    return turn.progress.created_version or record.template.number


def room_to_move(plan: Plan, record: GroupRecord, group: Group) -> tuple[int, int]:
    """The group's bounds while the rollout moves: wide enough for what is launched and for what goes."""
    if plan.target_group is None:
        return min(group.minimum, plan.size - plan.max_unavailable), max(group.maximum, plan.ceiling)
    if record.name == plan.group:
        return 0, group.maximum
    return min(group.minimum, record.minimum), max(group.maximum, plan.size)


def give_back(turn: Turn) -> None:
    """Restore everything that was borrowed; on the way back also the groups' own words for their template versions."""
    world, plan = turn.world, turn.plan
    back = turn.progress.direction is Direction.BACK
    if back:
        _delete_versions(world, plan)
    for record in plan.recorded.groups:
        group = world.autoscaling.group(record.name)
        if group is None:
            continue
        if back and record.exists and (group.template or {}).get("Version") != record.template.specified:
            world.autoscaling.pin(group, record.template.template_id, record.template.specified)
        bounds = bounds_after(turn, record, group, group.desired)
        if bounds != (group.minimum, group.maximum):
            world.autoscaling.resize(record.name, *bounds)
        ours = (set(INTERFERING) - set(record.suspended) - _held(turn, group)) & set(group.suspended)
        if ours:
            world.autoscaling.resume(record.name, ours)
        if record.provider is not None and record.provider.scales:
            set_provider(world, record.provider)
    calm = [one.name for one in world.services.of_cluster(plan.cluster) if not one.zone_rebalancing]
    for name in sorted(set(calm) & set(plan.recorded.rebalancing_services)):
        world.services.set_zone_rebalancing(plan.cluster, name, enabled=True)


def _held(turn: Turn, group: Group) -> set[str]:
    """What stays suspended: where a rollout stops on uneven zones, what would even them out past ECS's back."""
    standing = [one for one in group.members if one.lifecycle == "InService"]
    return {"AZRebalance"} if stopping(turn.progress) and uneven(standing, group.zones) else set()


def bounds_after(turn: Turn, record: GroupRecord, group: Group, size: int) -> tuple[int, int]:
    """The bounds that the group ends with: as recorded, but for those that somebody else has changed meanwhile.

    Never such that Auto Scaling would have to change the group's `size`. An old group that went empty leaves its
    minimum to its copy.
    """
    minimum, maximum = _wanted(turn, record, group)
    borrowed = turn.progress.bounds.get(record.name, (record.minimum, record.maximum))
    if record.exists and group.minimum not in (record.minimum, borrowed[0], 0):
        minimum = group.minimum
    if record.exists and group.maximum not in (record.maximum, borrowed[1]):
        maximum = group.maximum
    lowest = min(minimum, size) if record.exists else minimum
    return lowest, max(maximum, size)


def _wanted(turn: Turn, record: GroupRecord, group: Group) -> tuple[int, int]:
    plan = turn.plan
    if plan.target_group is None or turn.progress.direction is Direction.BACK or stopping(turn.progress):
        return record.minimum, record.maximum
    if record.name == plan.group:
        return min(record.minimum, group.desired), record.maximum
    return record.minimum if record.exists else plan.recorded.source.minimum, record.maximum


def _delete_versions(world: World, plan: Plan) -> None:
    """Delete the version that the rollout made, before `$Latest` could mean it again."""
    template = plan.growing(Direction.FORWARD).template
    for number in world.ec2.template_versions_described(template.template_id, description(plan), template.number):
        world.ec2.delete_template_version(template.template_id, number)


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


def set_provider(world: World, wanted: ProviderSettings) -> None:
    """Bring a capacity provider to those settings, where it has others."""
    if world.providers.settings(wanted.name) != wanted:
        world.providers.set(wanted)
