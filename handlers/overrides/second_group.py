"""The second node group: made as a copy of the first before anything moves, deleted again when it is not to stay."""

from handlers.domain.model.plan import GroupRecord
from handlers.payloads import Direction
from handlers.runtime.rollout_context import Turn


def make_copy(turn: Turn) -> None:
    """Make the Auto Scaling group, its capacity provider, and the provider's place in the cluster, as far as missing.

    All starts from zero instances. The cluster's other providers and its default strategy stay as they are.
    """
    world, plan = turn.world, turn.plan
    record, copy = plan.recorded.target, plan.copy
    if record is None or copy is None:
        return
    version = str(turn.progress.created_version or record.template.number)
    if world.autoscaling.group(record.name) is None:
        world.autoscaling.copy_group(
            plan.group, record.name, record.template.template_id, version, copy.instance_types, copy.maximum
        )
    if record.suspended:
        world.autoscaling.suspend(record.name, record.suspended)
    if record.provider is None:
        return
    if not world.providers.groups([record.provider.name]):
        arn = world.autoscaling.arn(record.name)
        like = plan.recorded.source.provider
        world.providers.create(record.provider, arn, like.name if like else None)
    associated = world.providers.of_cluster(plan.cluster)
    if record.provider.name not in associated.names:
        world.providers.put(plan.cluster, (*associated.names, record.provider.name), associated.default)


def settle_groups(turn: Turn) -> None:
    """Delete the group that is not to stay: on the way back the copy; forward the old one, where the input says so."""
    plan = turn.plan
    back = turn.progress.direction is Direction.BACK
    target, source = plan.recorded.target, plan.recorded.source
    if target is not None and back and not target.exists:
        _delete(turn, target)
    if target is not None and not back and plan.after == "delete":
        _delete(turn, source)


def _delete(turn: Turn, record: GroupRecord) -> None:
    """Take the provider out of the cluster, delete it, then the group; a group with instances is left as it is."""
    world, plan = turn.world, turn.plan
    group = world.autoscaling.group(record.name)
    if group is not None and group.members:
        return
    if record.provider is not None and world.providers.groups([record.provider.name]):
        associated = world.providers.of_cluster(plan.cluster)
        if record.provider.name in associated.names:
            left = tuple(name for name in associated.names if name != record.provider.name)
            world.providers.put(plan.cluster, left, associated.default)
        world.providers.delete(record.provider.name)
    if group is not None:
        world.autoscaling.delete_group(record.name)
