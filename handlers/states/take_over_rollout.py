"""Take over rollout: act for a rollout whose execution ended before it did; that one changes nothing any more."""

from dataclasses import replace
from typing import Any

from handlers.catalogue import TAKE_OVER
from handlers.domain.model.observation import Progress
from handlers.errors import AlreadyRunning, RecoveredInVain, RolloutAbandoned
from handlers.payloads import Direction, Rollout, Way
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
    clients.rollouts.hand_over(context.plan.rollout_id, context.holder)
    if not context.acts:
        changes = {
            "taken_over": context.progress.taken_over + 1,
            "idle_seconds": context.progress.idle_seconds + max(0.0, now - before.extended_at),
            "last_progress_at": now,
            "best_score": None,
            "hopeless_at": None,
        }
        context = replace(context, acts=True).save_progress(**(changes | _ways_back(context.progress, details, now)))
    _check_met(context)
    if not details.get("by_hand", True) and context.progress.taken_over > RECOVERIES_AT_MOST:
        raise RecoveredInVain(
            f"Rollout {context.plan.rollout_id} was taken over {context.progress.taken_over} times, and no execution "
            "came to "
            f"its end ({RECOVERIES_AT_MOST} are tried). Look at their histories, mend what they show, then start the "
            'machine with "action": "recover".'
        )
    back = details["way"] == Direction.BACK.value or context.progress.direction is Direction.BACK
    back = back and not past_return(context)
    return {
        "outcome": Way.BACK if back else Way.FORWARD,
        "error": RolloutAbandoned.__name__,
        "cause": f"Execution {before.holder} ended before its rollout; {context.holder} took it over.",
    }


def _ways_back(progress: Progress, details: dict[str, Any], now: float) -> dict[str, Any]:
    """What is kept of the ways back so far: how they ended; nothing where a person asks for another one."""
    if progress.direction is not Direction.BACK:
        return {}
    if details.get("by_hand", True):
        return {"ends": (), "began_at": now, "idle_seconds": 0.0}
    return {"ends": (*progress.ends, str(details["met"]))}


def _check_met(context: RolloutContext) -> None:
    ends = context.progress.ends[-TWICE:]
    if len(ends) < TWICE or not ends[0] or ends[0] != ends[1]:
        return
    raise RecoveredInVain(
        f"The way back of rollout {context.plan.rollout_id} ended with {ends[0]}, was recovered, and ended with it "
        "again "
        f"(taken over so far: {context.progress.taken_over}): another one would not get further. Look at the history "
        "of "
        'the execution before, mend what it shows, then start the machine with "action": "recover".'
    )
