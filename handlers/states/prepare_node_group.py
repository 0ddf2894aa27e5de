"""Prepare node group: pin it to a launch template version, widen its bounds, keep others from scaling it.

On the way back the same is done with the version that was recorded: from then on whatever is launched is old again.
"""

from typing import Any

from handlers.catalogue import PREPARE
from handlers.domain.model.fleet import GOING
from handlers.overrides.apply import borrow, version_to_launch
from handlers.overrides.second_group import make_copy
from handlers.payloads import Direction
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(PREPARE)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Borrow what the rollout needs; done twice equals done once."""
    turn = open_turn(event, world)
    prepare(turn)
    return {"version": version_to_launch(turn, turn.plan.growing(turn.progress.direction))}


def prepare(turn: Turn) -> None:
    """Make the second group, where the plan says so, then borrow."""
    if turn.plan.copy is not None and turn.progress.direction is Direction.FORWARD:
        make_copy(turn)
    turn = borrow(turn)
    if turn.progress.direction is Direction.BACK and turn.plan.target_group is not None:
        ask_no_longer(turn, turn.plan.target_group)


def ask_no_longer(turn: Turn, name: str) -> None:
    """Capacity that never came to the second group is no longer asked for: it would come on the old version now."""
    group = turn.world.autoscaling.group(name)
    if group is None:
        return
    wanted = max(group.minimum, sum(one.lifecycle not in GOING for one in group.members))
    if wanted < group.desired:
        turn.world.autoscaling.set_desired(name, wanted)
