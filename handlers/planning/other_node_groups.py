"""What else is in the cluster: container instances that are not of the node groups that the rollout moves."""

from handlers.planning.node_group import NodeGroup
from handlers.planning.second_group import SecondGroup
from handlers.runtime.clients import AwsClients


def amis_of_other_node_groups(clients: AwsClients, node_group: NodeGroup, second: SecondGroup | None) -> frozenset[str]:
    """The AMIs of the cluster's ACTIVE container instances outside those groups."""
    groups = [node_group.group, *([second.group] if second and second.group else [])]
    ours = {member.instance_id for group in groups for member in group.members}
    found = clients.ecs.container_instances(node_group.cluster).values()
    return frozenset(
        instance.ami for instance in found if instance.status == "ACTIVE" and instance.instance_id not in ours
    )
