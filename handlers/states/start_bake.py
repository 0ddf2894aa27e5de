"""Bake: everything is new and stable; let it run under real load for a while, with the alarms watched."""

from typing import Any

from handlers.catalogue import START_BAKE
from handlers.domain.decision.stages import stage_of
from handlers.runtime import notifications
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(START_BAKE)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Write down when the bake began, once. The assessments watch the alarms and the time."""
    turn = open_turn(event, world)
    began, stage = bake(turn), stage_of(turn.plan, turn.progress)
    turn = open_turn(event, world)
    text = f"{stage.name}: {stage.bake_seconds} s under load, with {len(turn.plan.alarms)} alarms watched."
    notifications.tell(turn, event, notifications.BAKING, text, of=str(turn.progress.stage))
    return {"began_at": began}


def bake(turn: Turn) -> float:
    """When the bake began, as epoch seconds."""
    began = turn.progress.bake_began_at
    if began is None:
        began = turn.world.now()
        turn.remember(bake_began_at=began)
    return began
