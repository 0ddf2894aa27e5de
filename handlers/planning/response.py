"""Which rollout somebody means: the one on the node group that is named, else the only one of the cluster."""

from handlers.domain.decision.stage_end import is_open
from handlers.domain.input.action_input import ABORT, ActionInput
from handlers.domain.model.operator_command import STOP
from handlers.errors import NotAnswered, PlanImpossible
from handlers.payloads import RECOVER, Outcome, Rollout
from handlers.planning.node_group import find_cluster, find_node_group
from handlers.runtime.clients import World
from handlers.store.leases import Lease


def plan_answer(asked: ActionInput, execution: str, world: World) -> Rollout:
    """The answer as a payload; whether the rollout asks that at all is the next state's matter.

    Raises NotAnswered where no rollout runs or waits, PlanImpossible where more than one does.
    """
    cluster, group = _meant(asked, world)
    action = STOP if asked.action == ABORT and asked.keep else asked.action
    details = {"action": action, "by": asked.by or execution}
    summary = f"{details['by']} answers {action!r} to the rollout of {group}"
    return Rollout(execution, Outcome.ANSWER, cluster, group, "", summary, details)


def lease_meant(asked: ActionInput, world: World) -> Lease | None:
    """The lease of the rollout that is meant."""
    return world.leases.read(*_meant(asked, world))


def _meant(asked: ActionInput, world: World) -> tuple[str, str]:
    named = asked.capacity_provider or asked.auto_scaling_group
    return _named(asked, world) if named else _only(asked, world)


def _named(asked: ActionInput, world: World) -> tuple[str, str]:
    node_group = find_node_group(world, asked)
    owner = world.leases.owner(node_group.cluster, node_group.group.name)
    saved = world.table.load(owner) if owner else None
    return node_group.cluster, saved.plan.group if saved else node_group.group.name


def groups_of(cluster: str, world: World) -> tuple[str, set[str]]:
    """The cluster's name, and the names of all its node groups."""
    found = find_cluster(world, cluster)
    names = set(world.providers.groups(found.get("capacityProviders", [])).values())
    return found["clusterName"], names | world.autoscaling.groups_of(
        list(world.ecs.container_instances(found["clusterName"]))
    )


def _only(asked: ActionInput, world: World) -> tuple[str, str]:
    cluster, names = groups_of(asked.cluster, world)
    rollouts = {owner for name in names if (owner := world.leases.owner(cluster, name))}
    groups = {saved.plan.group for each in rollouts if (saved := world.table.load(each))}
    gates = {name: gate for name in names if (gate := world.gates.read((cluster, name)))}
    groups |= {name for name, gate in gates.items() if is_open(gate, world.now())}
    groups = groups or set(gates)  # what was asked there last, and is over
    if not groups and asked.action != RECOVER:
        raise NotAnswered(
            f"action: no rollout of {cluster} runs or waits, so nobody waits for {asked.action!r}. This changed "
            "nothing. Start a new rollout to be asked again."
        )
    if len(groups) != 1:
        raise PlanImpossible(
            f"action: {len(groups)} rollouts of {cluster} run or wait ({', '.join(sorted(groups)) or 'none'}). "
            "Name the node group of one with auto_scaling_group or capacity_provider."
        )
    return cluster, groups.pop()
