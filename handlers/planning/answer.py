"""Which rollout somebody answers: the one on the node group that is named, else the only one of the cluster."""

from handlers.contract import Outcome, PlanImpossible, Rollout
from handlers.domain.action_input import ActionInput
from handlers.planning.node_group import find_cluster, find_node_group
from handlers.world import World


def plan_answer(asked: ActionInput, execution: str, world: World) -> Rollout:
    """The answer as a payload; whether the rollout asks that at all is the next state's matter.

    Raises PlanImpossible where no rollout, or more than one, can be meant.
    """
    cluster, group = (
        _named(asked, world) if asked.capacity_provider or asked.auto_scaling_group else _only(asked, world)
    )
    details = {"action": asked.action, "by": asked.by or execution}
    summary = f"{details['by']} answers {asked.action!r} to the rollout of {group}"
    return Rollout(execution, Outcome.ANSWER, cluster, group, "", summary, details)


def _named(asked: ActionInput, world: World) -> tuple[str, str]:
    node_group = find_node_group(world, asked)
    owner = world.table.owner(node_group.cluster, node_group.group.name)
    loaded = world.table.load(owner) if owner else None
    return node_group.cluster, loaded[0].group if loaded else node_group.group.name


def _only(asked: ActionInput, world: World) -> tuple[str, str]:
    found = find_cluster(world, asked.cluster)
    cluster = found["clusterName"]
    names = set(world.providers.groups(found.get("capacityProviders", [])).values())
    names |= world.autoscaling.groups_of(list(world.ecs.container_instances(cluster)))
    rollouts = {owner for name in names if (owner := world.table.owner(cluster, name))}
    groups = {loaded[0].group for each in rollouts if (loaded := world.table.load(each))}
    groups |= {name for name in names if world.gates.read((cluster, name))}
    if len(groups) != 1:
        raise PlanImpossible(
            f"action: {len(groups)} rollouts of {cluster} run or wait ({', '.join(sorted(groups)) or 'none'}). "
            "Name the node group of one with auto_scaling_group or capacity_provider."
        )
    return cluster, groups.pop()
