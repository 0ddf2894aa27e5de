"""A rollout whose execution ended before it did: who finds it takes it over, and resumes it or returns it.

It is found in two ways: by the rule that hears of every execution that ended badly, or by a start on the same node
group. The first returns what was left behind. The second resumes it when it asks for the same, else returns it too.

A rollout that is handed over was left behind by nobody: its successor goes on the way that the rollout goes.
"""

from typing import Any

from handlers.aws.executions import execution_arn
from handlers.domain.input.action_input import ActionInput
from handlers.domain.input.rollout_input import RolloutInput
from handlers.errors import PlanImpossible
from handlers.payloads import FUNCTION_SECONDS, VERSION, Direction, Outcome, Rollout, execution_name
from handlers.planning.response import group_named, groups_of, lease_meant
from handlers.runtime.clients import AwsClients
from handlers.store.leases import Lease
from handlers.store.rollouts import Saved

OWN_SECONDS = 3600  # a plan that is older is not of this execution
JUST_STARTED_SECONDS = 120  # DescribeExecution is eventually consistent (Step Functions API reference)
ONLY_THIS_TIME = ("dry_run",)


def check_name(execution: str, clients: AwsClients) -> None:
    """Raise PlanImpossible where an earlier execution of that name had a rollout, whose plan the table keeps.

    An execution is planned, at the latest, minutes before its plan is written: an older one is not its own. A name is
    free again 90 days after the execution's end (StartExecution, Step Functions API reference).
    """
    saved = clients.rollouts.load(execution)
    if saved is None or (saved.plan.started_at > clients.now() - OWN_SECONDS and saved.progress.report is None):
        return
    raise PlanImpossible(
        f"The name of this execution, {execution}, was that of an earlier one, whose rollout of {saved.plan.group} the "
        "table still has. Nothing was changed. Start it under another name, or under none."
    )


def find_orphaned(spec: RolloutInput, execution_id: str, clients: AwsClients) -> Rollout | None:
    """Taking over what an earlier rollout left behind on the node group that is meant; None where nothing is.

    A rollout that ended and could not release its lease any more is released here: nothing else is left of it.
    """
    lease = _lease_on(spec, clients)
    if lease is None or lease.owner == execution_name(execution_id):
        return None
    saved = clients.rollouts.load(lease.owner)
    if saved is None or not _execution_ended(clients, execution_id, lease):
        return None
    if _rollout_ended(clients, saved, lease):
        return None
    forward = saved.progress.direction is Direction.FORWARD and _same(saved.asked, spec.raw_input)
    return _taking_over(saved, lease, Direction.FORWARD if forward else Direction.BACK)


def _lease_on(spec: RolloutInput, clients: AwsClients) -> Lease | None:
    """The lease on the node group that is named; where none is, the only one in the cluster.

    The group may have no instance just now: a rollout that was left in that state is the one that is needed.
    A rollout may have made a second group meanwhile, so that the cluster's only one is not its only one any more.
    """
    if spec.auto_scaling_group or spec.capacity_provider:
        return clients.leases.read(*group_named(spec, clients))
    cluster, names = groups_of(spec.cluster, clients)
    leases = {lease.owner: lease for name in sorted(names) if (lease := clients.leases.read(cluster, name))}
    return next(iter(leases.values())) if len(leases) == 1 else None


def plan_recovery(spec: ActionInput, execution_id: str, clients: AwsClients) -> Rollout:
    """Returning what an execution left behind, or saying that it left nothing.

    Raises PlanImpossible where the rollout's execution lives.
    """
    lease = _lease_of(spec.execution, clients) if spec.execution else lease_meant(spec, clients)
    saved = clients.rollouts.load(lease.owner) if lease else None
    if lease is None or saved is None or _rollout_ended(clients, saved, lease):
        return _nothing(execution_id, spec)
    if not _execution_ended(clients, execution_id, lease):
        raise PlanImpossible(
            f"action: execution {lease.holder} of rollout {lease.owner} is running. Allowed is recover for one that "
            'ended; to turn a running rollout around, say "action": "abort".'
        )
    if spec.execution and saved.progress.recovery.needs_human:
        return _nothing(execution_id, spec, f"rollout {lease.owner} waits for a human, who may recover it by hand")
    met = clients.executions.ending(execution_arn(execution_id, lease.holder)) if spec.execution else ""
    return _taking_over(saved, lease, Direction.BACK, by_hand=not spec.execution, met=met)


def plan_succession(spec: ActionInput, execution_id: str, clients: AwsClients) -> Rollout:
    """Going on with the rollout that an execution hands over to this one; or saying that it hands over none.

    The table says whom it meant. Whether that one has ended by now makes no difference: whoever else found the rollout
    since then has it.
    """
    name, before = execution_name(execution_id), execution_name(spec.execution)
    saved = clients.rollouts.load(clients.rollouts.rollout_of(name))
    if saved is None or saved.progress.succession.successor != name or saved.progress.report is not None:
        return _nothing(execution_id, spec, f"execution {before} hands nothing over to this one")
    plan = saved.plan
    leases = [clients.leases.read(plan.cluster, group) for group in plan.groups]
    if any(lease is None or lease.owner != plan.rollout_id or lease.holder not in (name, before) for lease in leases):
        return _nothing(execution_id, spec, f"another execution goes on with rollout {plan.rollout_id}")
    lease = next(lease for lease in leases if lease is not None)
    way = saved.progress.direction
    summary = f"rollout {plan.rollout_id} of {plan.group}, handed over by execution {before}: this one goes on"
    details = {
        "way": way.value,
        "holder": before,
        "token": lease.token,
        "expires_at": lease.expires_at,
        "handed_over": True,
        "for_version": spec.because == VERSION,
        "wait_seconds": 0,
    }
    return Rollout(plan.rollout_id, Outcome.TAKE_OVER, plan.cluster, plan.group, plan.target_ami, summary, details)


def _rollout_ended(clients: AwsClients, saved: Saved, lease: Lease) -> bool:
    """Whether the rollout itself has ended; then only its lease can be left, and is released here."""
    if saved.progress.report is None:
        return False
    clients.leases.release(saved.plan, lease.holder)
    return True


def _lease_of(execution: str, clients: AwsClients) -> Lease | None:
    """A lease that an execution left behind: of two it may have released one."""
    name = execution_name(execution)
    saved = clients.rollouts.load(clients.rollouts.rollout_of(name))
    leases = [clients.leases.read(saved.plan.cluster, group) for group in saved.plan.groups] if saved else []
    return next((lease for lease in leases if lease is not None and lease.holder == name), None)


def _execution_ended(clients: AwsClients, execution_id: str, lease: Lease) -> bool:
    """Whether its execution has ended, or was not heard of for as long as a lease lasts.

    One that got the lease just now may not be shown yet: a successor has it from its first moment on.
    """
    new = clients.now() - lease.extended_at < JUST_STARTED_SECONDS
    holder = execution_arn(execution_id, lease.holder)
    return lease.expires_at < clients.now() or not clients.executions.running(holder, unknown=new)


def _same(before: dict[str, Any], spec: dict[str, Any]) -> bool:
    return _lasting(before) == _lasting(spec)


def _lasting(spec: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in ONLY_THIS_TIME}


def _taking_over(saved: Saved, lease: Lease, way: Direction, *, by_hand: bool = True, met: str = "") -> Rollout:
    """`by_hand`: a person asks for it, and not the rule; `met` is how the execution before ended, if it is known."""
    plan = saved.plan
    to_do = "resumes it" if way is Direction.FORWARD else "returns what it moved"
    summary = f"rollout {plan.rollout_id} of {plan.group} was left behind by execution {lease.holder}: this one {to_do}"
    details = {
        "way": way.value,
        "holder": lease.holder,
        "token": lease.token,
        "expires_at": lease.expires_at,
        "by_hand": by_hand,
        "met": met,
        "wait_seconds": FUNCTION_SECONDS,
    }
    return Rollout(plan.rollout_id, Outcome.TAKE_OVER, plan.cluster, plan.group, plan.target_ami, summary, details)


def _nothing(execution_id: str, spec: ActionInput, why: str = "no rollout was left behind there") -> Rollout:
    name = execution_name(execution_id)
    group = spec.auto_scaling_group or spec.capacity_provider or ""
    return Rollout(name, Outcome.UP_TO_DATE, spec.cluster, group, "", f"{why}: nothing to do")
