"""Begin roll-back: write down why, turn around. From here on the old AMI is where the fleet goes."""

from dataclasses import replace
from typing import Any

from handlers.catalogue import BEGIN_ROLL_BACK
from handlers.domain.decision.external_capacity_change import at_the_turn
from handlers.domain.decision.recall import left_half_done
from handlers.errors import LeaseLost, NothingToReturnTo
from handlers.payloads import Direction
from handlers.runtime import notifications
from handlers.runtime.clients import AwsClients
from handlers.runtime.roll_back import past_return, read_failure
from handlers.runtime.rollout_context import RolloutContext, check_not_handed_over, load
from handlers.runtime.task_handler import task_handler


@task_handler(BEGIN_ROLL_BACK)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Turn the rollout around; done twice equals done once."""
    context = load(event, clients)
    check_holder(context)
    check_return(context, read_failure(event["state"], context.progress))
    context.take_leases()
    failure = begin_roll_back(context, event["state"])
    notifications.notify(
        load(event, clients), event, notifications.ROLLING_BACK, f"{failure['error']}: {failure['cause']}"
    )
    return {"because": failure["error"]}


def begin_roll_back(context: RolloutContext, state: dict[str, Any]) -> dict[str, str]:
    """The failure as it is kept: error, cause, and the step that was being taken."""
    context.clients.approvals.turn_back(
        context.approval_key, context.plan.rollout_id
    )  # first: done again where this dies before the rest
    if context.progress.direction is Direction.BACK and context.progress.failure:
        return context.progress.failure
    progress, now = context.progress, context.clients.now()
    failure = read_failure(state, progress)
    context.save_progress(
        direction=Direction.BACK,
        began_at=now,
        stage=progress.stage.entered(
            index=0, serving_old=False, left=left_half_done(context.plan, progress.stage), recalled={}
        ),
        capacity=replace(at_the_turn(context.plan, progress.capacity, now), balance_began_at=None, hopeless_at=None),
        health=replace(progress.health, unsettled={}),
        pause=replace(progress.pause, paused_at=None, idle_seconds=0.0),
        stall=progress.stall.begun_anew(now),
        failure=failure,
        report=None,
    )
    return failure


def check_holder(context: RolloutContext) -> None:
    """Raise LeaseLost where another execution acts for the rollout now, or has returned it already.

    HandedOver where it acts by this one's will.
    """
    check_not_handed_over(context)
    ended = context.progress.report is not None and context.progress.direction is Direction.BACK
    if not context.acts or ended:
        raise LeaseLost(
            f"Rollout {context.plan.rollout_id} has ended, or another execution than {context.holder} acts for it "
            "now: there "
            "is nothing to turn around here. A redrive cannot revive it; start a new execution with the same input."
        )


def check_return(context: RolloutContext, failure: dict[str, str]) -> None:
    """Raise NothingToReturnTo where the rollout was finished and the deletion of its old group has begun, as asked."""
    plan = context.plan
    if past_return(context):
        raise NothingToReturnTo(
            f"The rollout was at its end: everything runs {plan.target_ami} on {plan.topology.new.name}, and "
            f"the deletion of {plan.group} has begun, as asked. Then {failure['error']}: {failure['cause']} "
            "There is nothing to return to."
        )
