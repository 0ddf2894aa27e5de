"""Cordon old instances: mark them, so that services with the matching constraint place no task there.

The same handler takes the mark away from what is to stay: on the way back those are the old ones.
"""

from typing import Any

from handlers.catalogue import CORDON
from handlers.payloads import StepKind
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(CORDON)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Mark and unmark what still needs it."""
    return {"marked": cordon(load_for_update(event, clients))}


def cordon(context: RolloutContext) -> int:
    """How many instances got the mark."""
    step, plan = context.pending(StepKind.CORDON), context.plan
    if step is None or plan.cordon is None:
        return 0
    ecs = context.clients.ecs
    ecs.mark(plan.cluster, [instance.arn for instance in step.instances if instance.arn], plan.cordon, plan.rollout_id)
    ecs.unmark(plan.cluster, [instance.arn for instance in step.lifted if instance.arn], plan.cordon)
    return len(step.instances)
