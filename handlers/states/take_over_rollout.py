"""Take over rollout: act for a rollout whose execution ended before it did, or handed it over to this one.

That one changes nothing any more.
"""

from dataclasses import replace
from typing import Any

from handlers.catalogue import TAKE_OVER
from handlers.domain.model.progress import Pause, Progress
from handlers.errors import AlreadyRunning, HandedOver, RecoveredInVain, RolloutAbandoned
from handlers.payloads import Direction, Rollout, Way
from handlers.runtime import notifications
from handlers.runtime.clients import AwsClients
from handlers.runtime.roll_back import past_return
from handlers.runtime.rollout_context import RolloutContext, load
from handlers.runtime.task_handler import task_handler
from handlers.store.leases import Lease

TWICE = 2
RECOVERIES_AT_MOST = 3


@task_handler(TAKE_OVER, {AlreadyRunning: Way.TAKEN_OVER})
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Which way to go from here, and why, as a failure says it. Refused where an operator was quicker."""
    return take_over(event, clients)


def take_over(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Take leases and table over; done twice equals done once.

    Raises RecoveredInVain where the way back ended as it had ended before, or after too many recoveries: then a human
    is told, who may recover it by hand, with the whole time for the way back again.
    """
    details, context = Rollout.from_state(event["rollout"]).details, load(event, clients)
    before = Lease(context.plan.rollout_id, str(details["holder"]), int(details["token"]), float(details["expires_at"]))
    now = clients.now()
    clients.leases.take_over(context.plan, before, context.holder, now)
    clients.rollouts.take_over(context.plan.rollout_id, context.holder)
    if details.get("handed_over", False):
        return _go_on(replace(context, acts=True), event, before, for_version=bool(details["for_version"]))
    if not context.acts:
        progress = _taken_over(context.progress, details, now, max(0.0, now - before.extended_at))
        context = replace(context, acts=True).save_progress(**vars(progress))
    _check_met(context)
    if not details.get("by_hand", True) and context.progress.recovery.taken_over > RECOVERIES_AT_MOST:
        raise RecoveredInVain(
            f"Rollout {context.plan.rollout_id} was taken over {context.progress.recovery.taken_over} times, and no "
            f"execution came to its end ({RECOVERIES_AT_MOST} are tried). Look at their histories, mend what they "
            'show, then start the machine with "action": "recover".'
        )
    back = details["way"] == Direction.BACK.value or context.progress.direction is Direction.BACK
    back = back and not past_return(context)
    return {
        "outcome": Way.BACK if back else Way.FORWARD,
        "error": RolloutAbandoned.__name__,
        "cause": f"Execution {before.holder} ended before its rollout; {context.holder} took it over.",
        "wait_seconds": details["wait_seconds"],
    }


def _go_on(context: RolloutContext, event: dict[str, Any], before: Lease, *, for_version: bool) -> dict[str, Any]:
    """Nothing begins anew, and nobody waits: nothing of the execution before runs but what handed over.

    The time between the two counts as no time without progress.
    """
    progress = context.progress
    if progress.succession.successor == context.holder:
        idle = max(0.0, context.clients.now() - before.extended_at)
        pause = progress.pause if progress.pause.paused_at is not None else _longer(progress.pause, idle)
        stall = replace(progress.stall, last_progress_at=progress.stall.last_progress_at + idle)
        succession = progress.succession.passed_on(before.holder, for_version=for_version)
        recovery = replace(progress.recovery, needs_human=False)
        context = context.save_progress(pause=pause, stall=stall, succession=succession, recovery=recovery)
    text = f"{context.holder} goes on with rollout {context.plan.rollout_id}, which {before.holder} handed over"
    notifications.notify(context, event, notifications.HANDED_OVER, text, of=context.holder)
    back = progress.direction is Direction.BACK and not past_return(context)
    way, wait = Way.BACK if back else Way.FORWARD, Rollout.from_state(event["rollout"]).details["wait_seconds"]
    return {"outcome": way, "error": HandedOver.__name__, "cause": f"{text}.", "wait_seconds": wait}


def _longer(pause: Pause, idle: float) -> Pause:
    return replace(pause, idle_seconds=pause.idle_seconds + idle)


def _taken_over(progress: Progress, details: dict[str, Any], now: float, idle: float) -> Progress:
    """Counted once more. How the ways back so far ended is kept, but where a person asks for another one."""
    recovery = replace(progress.recovery, taken_over=progress.recovery.taken_over + 1)
    pause = _longer(progress.pause, idle)
    began_at = progress.began_at
    if progress.direction is Direction.BACK and details.get("by_hand", True):
        recovery, pause, began_at = replace(recovery, ends=()), replace(pause, idle_seconds=0.0), now
    elif progress.direction is Direction.BACK:
        recovery = replace(recovery, ends=(*recovery.ends, str(details["met"])))
    return replace(
        progress,
        began_at=began_at,
        capacity=replace(progress.capacity, hopeless_at=None),
        recovery=recovery,
        succession=progress.succession.taken_over(str(details["holder"])),
        pause=pause,
        stall=progress.stall.begun_anew(now),
    )


def _check_met(context: RolloutContext) -> None:
    ends = context.progress.recovery.ends[-TWICE:]
    if len(ends) < TWICE or not ends[0] or ends[0] != ends[1]:
        return
    raise RecoveredInVain(
        f"The way back of rollout {context.plan.rollout_id} ended with {ends[0]}, was recovered, and ended with it "
        "again "
        f"(taken over so far: {context.progress.recovery.taken_over}): another one would not get further. Look at the "
        'history of the execution before, mend what it shows, then start the machine with "action": "recover".'
    )
