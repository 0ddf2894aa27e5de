"""Reactivate instances: set what this rollout drained, and what is to stay, back to ACTIVE.

On the way back that is every old instance. Forward it is an instance that is skipped for its standalone tasks.
"""

from typing import Any

from handlers.catalogue import REACTIVATE
from handlers.payloads import Direction, StepKind
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(REACTIVATE)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Reactivate what still drains."""
    return {"reactivated": reactivate(open_turn(event, world))}


def reactivate(turn: Turn) -> int:
    """How many instances were set to ACTIVE."""
    step = turn.due(StepKind.REACTIVATE)
    if step is None:
        return 0
    if turn.progress.direction is Direction.FORWARD and turn.progress.stops_at is None:
        skipped = {*turn.progress.skipped, *(one.instance_id for one in step.instances)}
        turn.remember(skipped=tuple(sorted(skipped)))
    turn.world.ecs.activate(turn.plan.cluster, [one.arn for one in step.instances if one.arn])
    return len(step.instances)
