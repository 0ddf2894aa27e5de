"""The second node group: made as a copy of the first before anything moves, deleted again when it is not to stay.

ECS and Auto Scaling answer before they have done what they were asked. So nothing is built on a change that is not
shown yet: ChangeInProgress ends the step, which is taken again and starts from what is shown then.
"""

from handlers.aws.autoscaling import Group
from handlers.domain.model.fleet import GOING
from handlers.domain.model.group_record import GroupRecord
from handlers.errors import ChangeInProgress
from handlers.payloads import Direction
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext


def make_copy(context: RolloutContext) -> None:
    """Make the Auto Scaling group, its capacity provider, and the provider's place in the cluster, as far as missing.

    All starts from zero instances. The cluster's other providers and its default strategy stay as they are. Raises
    ChangeInProgress until ECS shows the provider in the cluster.
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
    if clients.providers.changing(record.provider.name):
        raise ChangeInProgress(f"ECS is not done with the capacity provider {record.provider.name} yet.")
    _associate(clients, plan.cluster, record.provider.name, wanted=True)


def settle_groups(context: RolloutContext) -> None:
    """Delete the group that is not to stay: on the way back the copy; forward the old one, where the input says so.

    Raises ChangeInProgress until it and its capacity provider are shown no more.
    """
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
        _check_leaving(group)
        return
    if record.provider is not None and clients.providers.groups([record.provider.name]):
        _associate(clients, plan.cluster, record.provider.name, wanted=False)
        clients.providers.delete(record.provider.name)
        if clients.providers.groups([record.provider.name]):
            raise ChangeInProgress(
                f"ECS still shows the capacity provider {record.provider.name}, whose deletion was asked for."
            )
    if group is None:
        return
    clients.autoscaling.delete_group(record.name)
    if clients.autoscaling.group(record.name) is not None:
        raise ChangeInProgress(f"Auto Scaling still shows the group {record.name}, whose deletion was asked for.")


def _check_leaving(group: Group) -> None:
    """Raise ChangeInProgress where all that is left in the group is on its way out."""
    if all(member.lifecycle in GOING for member in group.members):
        raise ChangeInProgress(f"{len(group.members)} of the instances of {group.name} are not gone yet.")


def _associate(clients: AwsClients, cluster: str, provider: str, *, wanted: bool) -> None:
    """Have the provider among those of the cluster, or not. Raises ChangeInProgress until ECS shows that."""
    associated = clients.providers.of_cluster(cluster)
    if not associated.updating and (provider in associated.names) is not wanted:
        others = tuple(name for name in associated.names if name != provider)
        clients.providers.put(cluster, (*others, provider) if wanted else others, associated.default)
        associated = clients.providers.of_cluster(cluster)
    if associated.updating or (provider in associated.names) is not wanted:
        raise ChangeInProgress(f"ECS is still changing the capacity providers of {cluster}.")
