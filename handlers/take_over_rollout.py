"""Take over rollout: act for a rollout whose execution ended before it did; that one changes nothing any more."""

from dataclasses import replace
from typing import Any

from handlers.begin_roll_back import past_return
from handlers.contract import TAKE_OVER, Direction, Rollout, RolloutAbandoned
from handlers.doorway import doorway
from handlers.gateways.leases import Lease
from handlers.turn import look_at
from handlers.world import World


@doorway(TAKE_OVER)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Which way to go from here, and why, as a failure says it. Raises AlreadyRunning when somebody was quicker."""
    return take_over(event, world)


def take_over(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Take leases and table over; done twice equals done once."""
    details, turn = Rollout.from_state(event["rollout"]).details, look_at(event, world)
    before = Lease(turn.plan.rollout_id, str(details["holder"]), int(details["token"]), float(details["expires_at"]))
    now = world.now()
    world.leases.take_over(turn.plan, before, turn.holder, now)
    world.table.hand_over(turn.plan.rollout_id, turn.holder)
    if not turn.acts:
        turn = replace(turn, acts=True).remember(
            taken_over=turn.progress.taken_over + 1,
            idle_seconds=turn.progress.idle_seconds + max(0.0, now - before.extended_at),
            since=now,
            best=None,
        )
    back = details["way"] == Direction.BACK.value or turn.progress.direction is Direction.BACK
    back = back and not past_return(turn)
    return {
        "way": Direction.BACK.value if back else Direction.FORWARD.value,
        "Error": RolloutAbandoned.__name__,
        "Cause": f"Execution {before.holder} ended before its rollout; {turn.holder} took it over.",
    }
