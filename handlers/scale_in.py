"""Scale in: terminate, by id and with the capacity, exactly the instances that hold nothing any more."""

from typing import Any

from handlers.contract import SCALE_IN, StepKind
from handlers.doorway import doorway
from handlers.turn import Turn, open_turn
from handlers.world import World


@doorway(SCALE_IN)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Scale in, if the decision still says so."""
    return {"terminated": scale_in(open_turn(event, world))}


def scale_in(turn: Turn) -> int:
    """How many instances were terminated. On the way back, capacity that never came is no longer asked for."""
    step = turn.due(StepKind.SCALE_IN)
    if step is None:
        return 0
    if step.instances:
        for group in turn.plan.groups:
            chosen = [one.instance_id for one in step.instances if one.group == group]
            turn.world.autoscaling.terminate(group, chosen)
    elif step.desired is not None:
        turn.world.autoscaling.set_desired(turn.plan.group, step.desired)
    return len(step.instances)
