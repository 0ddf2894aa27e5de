"""Bake: everything is new and stable; let it run under real load for a while, with the alarms watched."""

from typing import Any

from handlers.contract import BAKE
from handlers.doorway import doorway
from handlers.turn import Turn, open_turn
from handlers.world import World


@doorway(BAKE)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Write down when the bake began, once. The assessments watch the alarms and the time."""
    return {"began_at": bake(open_turn(event, world))}


def bake(turn: Turn) -> float:
    """When the bake began, as epoch seconds."""
    began = turn.progress.bake_began_at
    if began is None:
        began = turn.world.now()
        turn.remember(bake_began_at=began)
    return began
