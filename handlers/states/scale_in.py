"""Scale in: terminate, by id and with the capacity, exactly the instances that hold nothing any more."""

from typing import Any

from handlers.catalogue import SCALE_IN
from handlers.domain.decision.external_capacity_change import is_followed
from handlers.domain.decision.lost_agents import is_lost
from handlers.domain.model.step import Step
from handlers.payloads import StepKind
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(SCALE_IN)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Scale in, if the decision still says so."""
    return {"terminated": scale_in(load_for_update(event, clients))}


def _left(context: RolloutContext, step: Step) -> int:
    """The desired capacity that will be left of the growing group."""
    if step.desired is not None:
        return step.desired
    taken = context.plan.topology.of_the_growing(step.instances, context.progress.direction)
    return context.observe().fleet.desired - len(taken)


def _without_agents(context: RolloutContext, step: Step) -> list[str]:
    """Container instances that ECS keeps, with their tasks, when their machines go: nobody is there to say so."""
    now = context.clients.now()
    return [each.arn for each in step.instances if each.arn and is_lost(context.progress, each, now)]


def scale_in(context: RolloutContext) -> int:
    """How many instances were terminated. On the way back, capacity that never came is no longer asked for."""
    step = context.pending(StepKind.SCALE_IN)
    if step is None:
        return 0
    if is_followed(context.plan, context.progress.direction):
        context = context.with_requested_capacity(_left(context, step))
    if step.instances:
        for group in context.plan.groups:
            chosen = [instance.instance_id for instance in step.instances if instance.group == group]
            context.clients.autoscaling.terminate(group, chosen)
        context.clients.ecs.deregister(context.plan.cluster, _without_agents(context, step))
    elif step.desired is not None:
        context.clients.autoscaling.set_desired(context.plan.group, step.desired)
    return len(step.instances)
