"""Prepare node group: pin it to a launch template version, widen its bounds, keep others from scaling it.

On the way back the same is done with the version that was recorded: from then on whatever is launched is old again.
"""

from typing import Any

from handlers.contract import PREPARE, Direction
from handlers.doorway import doorway
from handlers.settings import borrow
from handlers.turn import Turn, open_turn
from handlers.world import World


@doorway(PREPARE)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Borrow what the rollout needs; done twice equals done once."""
    turn = open_turn(event, world)
    version = version_to_launch(turn)
    borrow(turn, version)
    return {"version": version}


def version_to_launch(turn: Turn) -> int:
    """The number of the version that instances are launched from in this direction; never `$Latest`."""
    recorded = turn.plan.recorded
    if turn.progress.direction is Direction.BACK:
        return recorded.return_version
    return turn.progress.created_version or recorded.template.number
