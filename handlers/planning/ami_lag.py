"""Which node groups a subscription means, and how far they are behind the AMI that they follow."""

from collections.abc import Iterator
from dataclasses import dataclass

from handlers.aws.ec2 import Image
from handlers.domain.input.subscription import DAY_SECONDS, Subscription
from handlers.planning.response import groups_of
from handlers.runtime.clients import AwsClients


@dataclass(frozen=True)
class AmiLag:
    """A node group of which so many container instances run another AMI, one that is `days` old."""

    cluster: str
    group: str
    image_id: str
    instances: int
    of: int
    days: float


def meant(subscription: Subscription, clients: AwsClients) -> Iterator[tuple[str, str]]:
    """Clusters and node groups of a subscription, as they are now. Raises PlanImpossible where a cluster is gone."""
    for cluster in (
        [subscription.cluster] if subscription.cluster else clients.ecs.clusters_with(subscription.cluster_tags)
    ):
        name, groups = groups_of(cluster, clients)
        if subscription.auto_scaling_group:
            groups = {subscription.auto_scaling_group}
        elif subscription.capacity_provider:
            groups = set(clients.providers.groups([subscription.capacity_provider]).values())
        yield from ((name, group) for group in sorted(groups))


def ami_lags(subscription: Subscription, image: Image, clients: AwsClients) -> Iterator[AmiLag]:
    """Each group of the subscription, up to date or not."""
    days = (clients.now() - image.made_at) / DAY_SECONDS
    for cluster, name in meant(subscription, clients):
        registered = clients.ecs.container_instances(cluster)
        group = clients.autoscaling.group(name)
        members = (
            [registered[each.instance_id] for each in group.members if each.instance_id in registered] if group else []
        )
        old = sum(each.ami != image.image_id for each in members)
        yield AmiLag(cluster, name, image.image_id, old, len(members), round(days, 2) if old else 0.0)
