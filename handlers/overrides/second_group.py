"""The second node group: made as a copy of the first before anything moves, deleted again when it is not to stay."""

from handlers.domain.model.group_record import GroupRecord
from handlers.payloads import Direction
from handlers.runtime.rollout_context import RolloutContext


def make_copy(context: RolloutContext) -> None:
    """Make the Auto Scaling group, its capacity provider, and the provider's place in the cluster, as far as missing.

    All starts from zero instances. The cluster's other providers and its default strategy stay as they are.
    """
    clients, plan = context.clients, context.plan
    record, copy = plan.topology.new, plan.topology.copy
    if copy is None:
        return
    version = str(context.progress.created.version or record.template.number)
    if clients.autoscaling.group(record.name) is None:
        clients.autoscaling.copy_group(
            plan.group, record.name, record.template.template_id, version, copy.instance_types, copy.maximum
        )
    if record.suspended:
        clients.autoscaling.suspend(record.name, record.suspended)
    if record.provider is None:
        return
    if not clients.providers.groups([record.provider.name]):
        arn = clients.autoscaling.arn(record.name)
        like = plan.topology.old.provider
        clients.providers.create(record.provider, arn, like.name if like else None)
    associated = clients.providers.of_cluster(plan.cluster)
    if record.provider.name not in associated.names:
        clients.providers.put(plan.cluster, (*associated.names, record.provider.name), associated.default)


def settle_groups(context: RolloutContext) -> None:
    """Delete the group that is not to stay: on the way back the copy; forward the old one, where the input says so."""
    topology, back = context.plan.topology, context.progress.direction is Direction.BACK
    if back and not topology.new.exists:
        _delete(context, topology.new)
    if not back and topology.retires_old:
        _delete(context, topology.old)


def _delete(context: RolloutContext, record: GroupRecord) -> None:
    """Take the provider out of the cluster, delete it, then the group; a group with instances is left as it is."""
    clients, plan = context.clients, context.plan
    group = clients.autoscaling.group(record.name)
    if group is not None and group.members:
        return
    if record.provider is not None and clients.providers.groups([record.provider.name]):
        associated = clients.providers.of_cluster(plan.cluster)
        if record.provider.name in associated.names:
            left = tuple(name for name in associated.names if name != record.provider.name)
            clients.providers.put(plan.cluster, left, associated.default)
        clients.providers.delete(record.provider.name)
    if group is not None:
        clients.autoscaling.delete_group(record.name)
