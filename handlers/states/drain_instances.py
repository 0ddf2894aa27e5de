"""Drain old instances: the oldest first, only as many as there is room for their tasks.

When each drain began, and what was on the instance then, is written down before it begins: a deadline can be kept, and
it can be told that everything has stopped. Standalone tasks that are past theirs are stopped here, where the input
says so.
"""

from typing import Any

from handlers.catalogue import DRAIN
from handlers.domain.model.step import Step
from handlers.payloads import StepKind
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(DRAIN)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Drain what may drain now."""
    return {"draining": drain(open_turn(event, world))}


def drain(turn: Turn) -> int:
    """How many instances were set to DRAINING."""
    step = turn.due(StepKind.DRAIN)
    if step is None:
        return 0
    if step.instances:
        _write_down(turn, step)
        turn.world.ecs.drain(turn.plan.cluster, [one.arn for one in step.instances if one.arn])
    for task in step.tasks:
        turn.world.ecs.stop_task(turn.plan.cluster, task, f"rollout {turn.plan.rollout_id}: its instance is replaced")
    return len(step.instances)


def _write_down(turn: Turn, step: Step) -> None:
    now = turn.world.now()
    began = {one.instance_id: now for one in step.instances}
    held = {one.instance_id: len(one.left) for one in step.instances}
    fresh = sum(tasks for name, tasks in held.items() if name not in turn.progress.drains)
    turn.remember(
        drains={**began, **turn.progress.drains},
        held={**held, **turn.progress.held},
        drained_tasks=turn.progress.drained_tasks + fresh,
    )
