"""Follow capacity changes: the rollout's size goes along with what others make, or would make, of desired capacity."""

from dataclasses import replace
from typing import Any

from handlers.domain.decision.external_capacity_change import (
    external_capacity_change,
    is_confirmed,
    with_capacity_change,
)
from handlers.domain.decision.growth import lacking
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stranded import stranded
from handlers.domain.decision.temporary_capacity import missing_room, returning
from handlers.domain.model.observation import Observation
from handlers.payloads import Direction
from handlers.runtime.rollout_context import RolloutContext


def follow_external_changes(context: RolloutContext, *, settled: bool = False) -> tuple[RolloutContext, Observation]:
    """The context with the size as it is now, saved, and the reading that this size was seen in.

    `settled`: no call of ours can be under way any more, so what was not asked for last is another actor's.
    """
    observation = context.observe()
    change = external_capacity_change(Situation(context.plan, observation), settled=settled)
    if is_confirmed(observation):
        context = _saved(context, requested=(observation.fleet.desired,))
    if not change:
        return context, observation
    desired = observation.fleet.desired
    context = _saved(
        context,
        external_change=context.progress.capacity.external_change + change,
        requested=(desired,),
        requested_at=observation.now,
    )
    context = replace(context, plan=with_capacity_change(context.plan, change))
    return context, context.observe()


def follow_demand(context: RolloutContext, observation: Observation) -> tuple[RolloutContext, Observation]:
    """Grow by what two readings in a row found wanting; the context with that size, and the reading that shows it."""
    lacks = lacking(Situation(context.plan, observation))
    more = min(lacks, context.progress.capacity.lacks)
    if more:
        before = context.progress.capacity
        context = _saved(
            context,
            external_change=before.external_change + more,
            grown_for_demand=before.grown_for_demand + more,
            lacks=0,
        )
        context = replace(context, plan=with_capacity_change(context.plan, more))
        return context, context.observe()
    without_place = dict(stranded(Situation(context.plan, observation)))
    if (lacks, without_place) != (context.progress.capacity.lacks, context.progress.capacity.stranded):
        context = _saved(context, lacks=lacks, stranded=without_place)
    return context, observation


def follow_missing_room(context: RolloutContext, observation: Observation) -> tuple[RolloutContext, Observation]:
    """On the way back, note the temporary capacity that two readings in a row found wanting, until services stand."""
    if observation.direction is Direction.FORWARD:
        return context, observation
    situation, before = Situation(context.plan, observation), context.progress.capacity
    lacks = missing_room(situation)
    more = min(lacks, before.lacks_room)
    temporary = before.temporary + more if returning(situation) else 0
    if (temporary, lacks) == (before.temporary, before.lacks_room):
        return context, observation
    context = _saved(context, temporary=temporary, lacks_room=0 if more else lacks)
    return context, context.observe()


def _saved(context: RolloutContext, **changes: Any) -> RolloutContext:
    return context.save_progress(capacity=replace(context.progress.capacity, **changes))
