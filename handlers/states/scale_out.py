"""Scale out: ask the group for as many instances as the surge allows now."""

from typing import Any

from handlers.catalogue import SCALE_OUT
from handlers.overrides.apply import borrow
from handlers.payloads import StepKind
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(SCALE_OUT)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Scale out, if the decision still says so."""
    return {"desired": scale_out(open_turn(event, world))}


def scale_out(turn: Turn) -> int | None:
    """Raise desired capacity to what the decision says; None when there is nothing to raise any more."""
    step = turn.due(StepKind.SCALE_OUT)
    if step is None or step.desired is None:
        return None
    group = turn.plan.growing(turn.progress.direction).name
    turn = turn.asking_for(step.desired)
    if turn.plan.target_group is None:
        turn = borrow(turn)  # somebody may have made the group larger than its bounds were widened for
    turn.world.autoscaling.set_desired(group, step.desired)
    return step.desired
