"""Take over rollout: act for a rollout whose execution ended before it did; that one changes nothing any more."""

from dataclasses import replace
from typing import Any

from handlers.catalogue import TAKE_OVER
from handlers.domain.model.observation import Progress
from handlers.errors import AlreadyRunning, RecoveredInVain, RolloutAbandoned
from handlers.payloads import Direction, Rollout, Way
from handlers.runtime.clients import World
from handlers.runtime.roll_back import past_return
from handlers.runtime.rollout_context import Turn, look_at
from handlers.runtime.task_handler import task_handler
from handlers.store.leases import Lease

TWICE = 2
RECOVERIES_AT_MOST = 3


@task_handler(TAKE_OVER, {AlreadyRunning: Way.TAKEN_OVER})
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Which way to go from here, and why, as a failure says it. Refused where somebody was quicker."""
    return take_over(event, world)


def take_over(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Take leases and table over; done twice equals done once.

    Raises RecoveredInVain where the way back ended as it had ended before, or after too many recoveries: then a human
    is told, who may recover it by hand, with the whole time for the way back again.
    """
    details, turn = Rollout.from_state(event["rollout"]).details, look_at(event, world)
    before = Lease(turn.plan.rollout_id, str(details["holder"]), int(details["token"]), float(details["expires_at"]))
    now = world.now()
    world.leases.take_over(turn.plan, before, turn.holder, now)
    world.table.hand_over(turn.plan.rollout_id, turn.holder)
    if not turn.acts:
        changes = {
            "taken_over": turn.progress.taken_over + 1,
            "idle_seconds": turn.progress.idle_seconds + max(0.0, now - before.extended_at),
            "since": now,
            "best": None,
            "hopeless_at": None,
        }
        turn = replace(turn, acts=True).remember(**(changes | _ways_back(turn.progress, details, now)))
    _check_met(turn)
    if not details.get("by_hand", True) and turn.progress.taken_over > RECOVERIES_AT_MOST:
        raise RecoveredInVain(
            f"Rollout {turn.plan.rollout_id} was taken over {turn.progress.taken_over} times, and no execution came to "
            f"its end ({RECOVERIES_AT_MOST} are tried). Look at their histories, mend what they show, then start the "
            'machine with "action": "recover".'
        )
    back = details["way"] == Direction.BACK.value or turn.progress.direction is Direction.BACK
    back = back and not past_return(turn)
    return {
        "outcome": Way.BACK if back else Way.FORWARD,
        "error": RolloutAbandoned.__name__,
        "cause": f"Execution {before.holder} ended before its rollout; {turn.holder} took it over.",
    }


def _ways_back(progress: Progress, details: dict[str, Any], now: float) -> dict[str, Any]:
    """What is kept of the ways back so far: how they ended; nothing where a person asks for another one."""
    if progress.direction is not Direction.BACK:
        return {}
    if details.get("by_hand", True):
        return {"ends": (), "began_at": now, "idle_seconds": 0.0}
    return {"ends": (*progress.ends, str(details["met"]))}


def _check_met(turn: Turn) -> None:
    ends = turn.progress.ends[-TWICE:]
    if len(ends) < TWICE or not ends[0] or ends[0] != ends[1]:
        return
    raise RecoveredInVain(
        f"The way back of rollout {turn.plan.rollout_id} ended with {ends[0]}, was recovered, and ended with it again "
        f"(taken over so far: {turn.progress.taken_over}): another one would not get further. Look at the history of "
        'the execution before, mend what it shows, then start the machine with "action": "recover".'
    )
