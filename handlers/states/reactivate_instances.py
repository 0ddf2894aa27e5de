"""Reactivate instances: set what this rollout drained, and what is to stay, back to ACTIVE.

On the way back that is every old instance. Forward it is an instance that is skipped for its standalone tasks.
"""

from dataclasses import replace
from typing import Any

from handlers.catalogue import REACTIVATE
from handlers.payloads import Direction, StepKind
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(REACTIVATE)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Reactivate what still drains."""
    return {"reactivated": reactivate(load_for_update(event, clients))}


def reactivate(context: RolloutContext) -> int:
    """How many instances were set to ACTIVE."""
    step = context.pending(StepKind.REACTIVATE)
    if step is None:
        return 0
    if context.progress.direction is Direction.FORWARD and context.progress.pause.stops_at is None:
        skipped = {*context.progress.drains.skipped, *(instance.instance_id for instance in step.instances)}
        context.save_progress(drains=replace(context.progress.drains, skipped=tuple(sorted(skipped))))
    context.clients.ecs.activate(context.plan.cluster, [instance.arn for instance in step.instances if instance.arn])
    return len(step.instances)
