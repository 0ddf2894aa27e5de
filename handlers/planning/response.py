"""Which rollout an operator means: the one on the node group that is named, else the only one of the cluster."""

from handlers.domain.input.action_input import ABORT, ActionInput
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.model.approval import is_open
from handlers.domain.model.operator_command import STOP
from handlers.errors import NotAnswered, PlanImpossible
from handlers.payloads import RECOVER, Outcome, Rollout
from handlers.planning.node_group import find_cluster, named_node_group
from handlers.runtime.clients import AwsClients
from handlers.store.leases import Lease


def plan_answer(spec: ActionInput, execution: str, clients: AwsClients) -> Rollout:
    """The answer as a payload; whether the rollout asks that at all is the next state's matter.

    Raises NotAnswered where no rollout runs or waits, PlanImpossible where more than one does.
    """
    cluster, group = _meant(spec, clients)
    action = STOP if spec.action == ABORT and spec.keep else spec.action
    details = {"action": action, "by": spec.by or execution}
    summary = f"{details['by']} answers {action!r} to the rollout of {group}"
    return Rollout(execution, Outcome.ANSWER, cluster, group, "", summary, details)


def lease_meant(spec: ActionInput, clients: AwsClients) -> Lease | None:
    """The lease of the rollout that is meant."""
    return clients.leases.read(*_meant(spec, clients))


def _meant(spec: ActionInput, clients: AwsClients) -> tuple[str, str]:
    named = spec.capacity_provider or spec.auto_scaling_group
    return _named(spec, clients) if named else _only(spec, clients)


def group_named(spec: RolloutInput | ActionInput, clients: AwsClients) -> tuple[str, str]:
    """Cluster and name of the node group that is named; also by a provider that its rollout has taken out already.

    Raises PlanImpossible where there is none.
    """
    try:
        return named_node_group(clients, spec)
    except PlanImpossible:
        cluster, names = groups_of(spec.cluster, clients)
        owners = {owner for name in names if (owner := clients.leases.owner(cluster, name))}
        for saved in filter(None, map(clients.rollouts.load, sorted(owners))):
            provider = saved.plan.topology.old.provider
            if provider is not None and provider.name == spec.capacity_provider:
                return cluster, saved.plan.group
        raise


def _named(spec: ActionInput, clients: AwsClients) -> tuple[str, str]:
    cluster, name = group_named(spec, clients)
    owner = clients.leases.owner(cluster, name)
    saved = clients.rollouts.load(owner) if owner else None
    return cluster, saved.plan.group if saved else name


def groups_of(cluster: str, clients: AwsClients) -> tuple[str, set[str]]:
    """The cluster's name, and the names of all its node groups."""
    found = find_cluster(clients, cluster)
    names = set(clients.providers.groups(found.get("capacityProviders", [])).values())
    return found["clusterName"], names | clients.autoscaling.groups_of(
        list(clients.ecs.container_instances(found["clusterName"]))
    )


def _only(spec: ActionInput, clients: AwsClients) -> tuple[str, str]:
    cluster, names = groups_of(spec.cluster, clients)
    rollouts = {owner for name in names if (owner := clients.leases.owner(cluster, name))}
    groups = {saved.plan.group for each in rollouts if (saved := clients.rollouts.load(each))}
    gates = {name: approval for name in names if (approval := clients.approvals.read((cluster, name)))}
    groups |= {name for name, approval in gates.items() if is_open(approval, clients.now())}
    groups = groups or set(gates)  # what was asked there last, and is over
    if not groups and spec.action != RECOVER:
        raise NotAnswered(
            f"action: no rollout of {cluster} runs or waits, so nobody waits for {spec.action!r}. This changed "
            "nothing. Start a new rollout to be asked again."
        )
    if len(groups) != 1:
        raise PlanImpossible(
            f"action: {len(groups)} rollouts of {cluster} run or wait ({', '.join(sorted(groups)) or 'none'}). "
            "Name the node group of one with auto_scaling_group or capacity_provider."
        )
    return cluster, groups.pop()
