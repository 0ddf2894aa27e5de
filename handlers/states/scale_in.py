"""Scale in: terminate, by id and with the capacity, exactly the instances that hold nothing any more."""

from typing import Any

from handlers.catalogue import SCALE_IN
from handlers.domain.model.step import Step
from handlers.payloads import StepKind
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(SCALE_IN)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Scale in, if the decision still says so."""
    return {"terminated": scale_in(open_turn(event, world))}


def _left(turn: Turn, step: Step) -> int:
    """The desired capacity that will be left."""
    return step.desired if step.desired is not None else turn.observe().fleet.desired - len(step.instances)


def scale_in(turn: Turn) -> int:
    """How many instances were terminated. On the way back, capacity that never came is no longer asked for."""
    step = turn.due(StepKind.SCALE_IN)
    if step is None:
        return 0
    if turn.plan.target_group is None:
        turn = turn.asking_for(_left(turn, step))
    if step.instances:
        for group in turn.plan.groups:
            chosen = [one.instance_id for one in step.instances if one.group == group]
            turn.world.autoscaling.terminate(group, chosen)
    elif step.desired is not None:
        turn.world.autoscaling.set_desired(turn.plan.group, step.desired)
    return len(step.instances)
