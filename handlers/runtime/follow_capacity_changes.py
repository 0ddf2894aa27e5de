"""Follow drift: the rollout's size goes along with what others made of desired capacity, or would have made of it."""

from dataclasses import replace

from handlers.domain.decision.external_capacity_change import drifted, grown, settled
from handlers.domain.decision.growth import lacking
from handlers.domain.decision.stranded import stranded
from handlers.domain.model.observation import Observation
from handlers.runtime.rollout_context import Turn


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


def follow_demand(turn: Turn, seen: Observation) -> tuple[Turn, Observation]:
    """Grow by what two readings in a row found wanting; the turn with that size, and the reading that it is seen in."""
    lacks = lacking(turn.plan, seen)
    more = min(lacks, turn.progress.lacks)
    if more:
        turn = turn.remember(drift=turn.progress.drift + more, grew=turn.progress.grew + more, lacks=0)
        turn = replace(turn, plan=grown(turn.plan, more))
        return turn, turn.observe()
    astray = dict(stranded(turn.plan, seen))
    if (lacks, astray) != (turn.progress.lacks, turn.progress.stranded):
        turn = turn.remember(lacks=lacks, stranded=astray)
    return turn, seen
