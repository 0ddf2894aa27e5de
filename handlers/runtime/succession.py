"""Handing a rollout over: another execution is started, and gets the node groups.

The successor's name is in the table, and the rollout is found by it, before it is started. Then it is started, then
the leases go from hand to hand: at no moment has nobody the node groups. Whoever dies in between, a handler, the
execution or the successor, leaves a rollout that the recovery rule finds: by the execution that holds the leases.
"""

import hashlib
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from handlers.aws.executions import execution_arn, machine_of
from handlers.errors import AlreadyRunning, LeaseLost, NotHandedOver
from handlers.payloads import CONTINUE
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_rollout
from handlers.store.leases import Lease

NAME_LENGTH, DIGEST_LENGTH = 80, 8  # of an execution's name (StartExecution), and of what tells cut ones apart
NAMES_TRIED = 5


def hand_over(context: RolloutContext, execution_id: str, because: str) -> None:
    """Start the successor and pass everything on to it; done twice equals done once.

    `because` is HISTORY or VERSION. Raises LeaseLost where another execution acts for the rollout, ClientError where
    AWS starts none, NotHandedOver where no name is left to start one under.
    """
    if context.has_handed_over:
        return
    if not context.acts:
        raise LeaseLost(f"Another execution acts for rollout {context.plan.rollout_id} now, not {context.holder}.")
    if not _has_leases(context, context.progress.succession.successor):
        context.take_leases()
        context = _start(context, execution_id, because)
    _pass_on(context)


def successor_of(rollout_id: str, event: dict[str, Any], clients: AwsClients) -> str:
    """The ARN of the execution that goes on in place of the one of the event, as the table has it now."""
    return execution_arn(event["execution_id"], load_rollout(rollout_id, event, clients).follower)


def successor_name(rollout_id: str, number: int) -> str:
    """The name of a rollout's execution number so and so: a name that would be too long is cut, and told apart."""
    ending = f"-{number}"
    if len(rollout_id) + len(ending) > NAME_LENGTH:
        digest = hashlib.sha256(rollout_id.encode()).hexdigest()[:DIGEST_LENGTH]
        ending = f"-{digest}{ending}"
    return rollout_id[: NAME_LENGTH - len(ending)] + ending


def _has_leases(context: RolloutContext, successor: str) -> bool:
    """Whether an invocation before this one died while the leases went from hand to hand."""
    lease = context.clients.leases.read(context.plan.cluster, context.plan.group)
    return bool(successor) and lease is not None and lease.holder == successor


def _start(context: RolloutContext, execution_id: str, because: str) -> RolloutContext:
    """A successor runs, and the table has its name.

    A name that was used is passed over: this execution has the leases still, so that one has not taken the rollout.
    """
    clients, plan = context.clients, context.plan
    saved = clients.rollouts.load(plan.rollout_id)
    given = {
        "action": CONTINUE,
        "cluster": plan.cluster,
        "auto_scaling_group": plan.group,
        "execution": execution_id,
        "because": because,
        "input": saved.asked if saved is not None else {},
    }
    first = len(context.progress.succession.before) + 2
    names = [successor_name(plan.rollout_id, first + more) for more in range(NAMES_TRIED)]
    for name in names:
        context = context.save_progress(succession=replace(context.progress.succession, successor=name))
        clients.rollouts.announce(plan.rollout_id, name)
        if _runs(clients, execution_id, name, given):
            return context
    raise NotHandedOver(
        f"The names {names[0]} to {names[-1]} are those of other executions, so none could be started that goes on "
        "with the rollout. Start the machine with the rollout's input: it goes on from here."
    )


def _runs(clients: AwsClients, execution_id: str, name: str, given: dict[str, Any]) -> bool:
    """Whether it runs now; False where the name was used before. Raises ClientError where AWS did not start it.

    An answer may be lost when the call has taken effect.
    """
    try:
        return clients.executions.start(machine_of(execution_id), name, given)
    except ClientError:
        if clients.executions.running(execution_arn(execution_id, name)):
            return True
        raise


def _pass_on(context: RolloutContext) -> None:
    """The leases go to the successor, then the record: from now on this execution changes nothing."""
    clients, plan, successor = context.clients, context.plan, context.progress.succession.successor
    lease = clients.leases.read(plan.cluster, plan.group)
    before = Lease(plan.rollout_id, context.holder, lease.token if lease is not None else 0, 0.0)
    try:
        clients.leases.take_over(plan, before, successor, clients.now())
    except AlreadyRunning as error:
        raise LeaseLost(str(error)) from error
    clients.rollouts.pass_on(plan.rollout_id, context.holder, successor)
