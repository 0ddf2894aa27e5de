"""Drain old instances: the oldest first, only as many as there is room for their tasks.

When each drain began, and what was on the instance then, is written down before it begins: a deadline can be kept, and
it can be told that everything has stopped. What ECS can replace only where it counts it no more is deregistered here,
which is written down, too. Standalone tasks that are past theirs are stopped here, where the input
says so.
"""

from dataclasses import replace
from typing import Any

from handlers.catalogue import DRAIN
from handlers.domain.model.step import Step
from handlers.payloads import StepKind
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(DRAIN)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Drain what may drain now."""
    return {"draining": drain(load_for_update(event, clients))}


def drain(context: RolloutContext) -> int:
    """How many instances were set to DRAINING."""
    step = context.pending(StepKind.DRAIN)
    if step is None:
        return 0
    if step.instances:
        _write_down(context, step)
        context.clients.ecs.drain(context.plan.cluster, [instance.arn for instance in step.instances if instance.arn])
    if step.orphaned:
        orphaned = dict.fromkeys((instance.instance_id for instance in step.orphaned), context.clients.now())
        drains = context.progress.drains
        context.save_progress(drains=replace(drains, orphaned=orphaned | drains.orphaned))
        context.clients.ecs.deregister(context.plan.cluster, [each.arn for each in step.orphaned if each.arn])
    for task in step.tasks:
        context.clients.ecs.stop_task(
            context.plan.cluster, task, f"rollout {context.plan.rollout_id}: its instance is replaced"
        )
    return len(step.instances)


def _write_down(context: RolloutContext, step: Step) -> None:
    now = context.clients.now()
    began = {instance.instance_id: now for instance in step.instances}
    held = {instance.instance_id: len(instance.left) for instance in step.instances}
    drains, figures = context.progress.drains, context.progress.figures
    fresh = sum(tasks for name, tasks in held.items() if name not in drains.started_at)
    context.save_progress(
        drains=replace(drains, started_at=began | drains.started_at, tasks_at_start=held | drains.tasks_at_start),
        figures=replace(figures, drained_tasks=figures.drained_tasks + fresh),
    )
