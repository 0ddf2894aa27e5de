"""Follow drift: the rollout's size goes along with what somebody else made of the desired capacity."""

from dataclasses import replace

from handlers.domain.drift import drifted, grown, settled
from handlers.domain.observation import Observation
from handlers.turn import Turn


def follow_drift(turn: Turn) -> tuple[Turn, Observation]:
    """The turn with the size as it is now, remembered, and the reading that this size was seen in."""
    seen = turn.observe()
    change = drifted(turn.plan, seen)
    if settled(seen):
        turn = turn.remember(asked=(seen.fleet.desired,))
    if not change:
        return turn, seen
    desired = seen.fleet.desired
    turn = turn.remember(drift=turn.progress.drift + change, asked=(desired,), asked_at=seen.now)
    turn = replace(turn, plan=grown(turn.plan, change))
    return turn, turn.observe()
