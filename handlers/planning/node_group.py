"""Which node group the input means: the Auto Scaling group, and its capacity provider where there is one."""

from dataclasses import dataclass
from typing import Any

from handlers.aws.autoscaling import Group
from handlers.domain.input.action_input import ActionInput
from handlers.domain.input.rollout_input import RolloutInput
from handlers.errors import PlanImpossible
from handlers.runtime.clients import AwsClients

LIFE_AND_DEATH = ("Launch", "Terminate")


@dataclass(frozen=True)
class NodeGroup:
    """The cluster's name, the group, and its capacity provider's name."""

    cluster: str
    group: Group
    provider: str | None


def find_node_group(clients: AwsClients, spec: RolloutInput | ActionInput) -> NodeGroup:
    """The one node group that the input names or, where it names none, the only one of the cluster.

    Raises PlanImpossible where there is no such cluster or group, where it is empty or several, and where the group
    cannot be rolled by launch template versions.
    """
    found = find_cluster(clients, spec.cluster)
    cluster = found["clusterName"]
    if not found.get("registeredContainerInstancesCount"):
        raise PlanImpossible(
            f"cluster: {cluster} has no container instances, so there is nothing to replace. "
            "Allowed is a cluster with at least one registered container instance."
        )
    groups = clients.providers.groups(found.get("capacityProviders", []))
    name, provider = _named(clients, spec, cluster, groups)
    key = "capacity_provider" if spec.capacity_provider else "auto_scaling_group"
    return NodeGroup(cluster, usable(clients, key, name), provider)


def named_node_group(clients: AwsClients, spec: RolloutInput | ActionInput) -> tuple[str, str]:
    """Cluster and name of the node group that the input means, whether or not it has instances now.

    Raises PlanImpossible where there is no such cluster or provider, or where none is named and there are several.
    """
    found = find_cluster(clients, spec.cluster)
    groups = clients.providers.groups(found.get("capacityProviders", []))
    name, _provider = _named(clients, spec, found["clusterName"], groups)
    return found["clusterName"], name


def find_cluster(clients: AwsClients, name: str) -> dict[str, Any]:
    """The cluster's description. Raises PlanImpossible where there is none of that name."""
    found = clients.ecs.cluster(name)
    if found is None:
        raise PlanImpossible(
            f"cluster: there is no ACTIVE ECS cluster {name!r} in this account and Region. "
            "Allowed is the name or ARN of one (aws ecs list-clusters)."
        )
    return found


def _named(
    clients: AwsClients, spec: RolloutInput | ActionInput, cluster: str, groups: dict[str, str]
) -> tuple[str, str | None]:
    providers = {group: provider for provider, group in groups.items()}
    if spec.capacity_provider is not None:
        if spec.capacity_provider not in groups:
            raise PlanImpossible(
                f"capacity_provider: {spec.capacity_provider!r} is no Auto Scaling group provider of {cluster}. "
                f"Allowed is one of: {', '.join(sorted(groups)) or 'none, the cluster has no such provider'}."
            )
        return groups[spec.capacity_provider], spec.capacity_provider
    if spec.auto_scaling_group is not None:
        return spec.auto_scaling_group, providers.get(spec.auto_scaling_group)
    candidates = set(groups.values()) or clients.autoscaling.groups_of(list(clients.ecs.container_instances(cluster)))
    if len(candidates) != 1:
        raise PlanImpossible(
            f"cluster: {cluster} has {len(candidates)} node groups ({', '.join(sorted(candidates)) or 'none'}), "
            "a rollout moves one. Name it with capacity_provider or auto_scaling_group."
        )
    (only,) = candidates
    return only, providers.get(only)


def usable(clients: AwsClients, key: str, name: str) -> Group:
    """The group, if it can be rolled; `key` is where the input names it. Raises PlanImpossible."""
    group = clients.autoscaling.group(name)
    if group is None:
        raise PlanImpossible(
            f"{key}: there is no Auto Scaling group {name!r}. Allowed is one of this account and Region."
        )
    if group.launch_configuration or group.template is None:
        raise PlanImpossible(
            f"{key}: {name} launches from the launch configuration {group.launch_configuration}. "
            "Allowed is a group with a launch template: move it to one first (launch configurations have no versions)."
        )
    overrides = (group.mixed or {}).get("LaunchTemplate", {}).get("Overrides", [])
    own = [each for each in overrides if "LaunchTemplateSpecification" in each or "ImageId" in each]
    if own:
        raise PlanImpossible(
            f"{key}: in the mixed instances policy of {name}, the override for {own[0].get('InstanceType')} has a "
            "launch template or image of its own. Allowed are overrides that share the group's launch template."
        )
    held = sorted(set(group.suspended) & set(LIFE_AND_DEATH))
    if held:
        raise PlanImpossible(
            f"{key}: the processes {', '.join(held)} of {name} are suspended, so no instance could be replaced. "
            f"Resume them first: aws autoscaling resume-processes --auto-scaling-group-name {name}"
        )
    return group
