"""Prepare node group: pin it to a launch template version, widen its bounds, keep others from scaling it.

On the way back the same is done with the version that was recorded: from then on whatever is launched is old again.
"""

from typing import Any

from handlers.borrowed.second_group import make_copy
from handlers.borrowed.settings import borrow, version_to_launch
from handlers.contract import PREPARE, Direction
from handlers.doorway import doorway
from handlers.turn import Turn, open_turn
from handlers.world import World


@doorway(PREPARE)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Borrow what the rollout needs; done twice equals done once."""
    turn = open_turn(event, world)
    prepare(turn)
    return {"version": version_to_launch(turn, turn.plan.growing(turn.progress.direction))}


def prepare(turn: Turn) -> None:
    """Make the second group, where the plan says so, then borrow."""
    if turn.plan.copy is not None and turn.progress.direction is Direction.FORWARD:
        make_copy(turn)
    borrow(turn)
