"""Scale out: ask the group for as many instances as the surge allows now."""

from typing import Any

from handlers.catalogue import SCALE_OUT
from handlers.overrides.apply import apply
from handlers.payloads import Direction, StepKind
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(SCALE_OUT)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Scale out, if the decision still says so."""
    return {"desired": scale_out(load_for_update(event, clients))}


def scale_out(context: RolloutContext) -> int | None:
    """Raise desired capacity to what the decision says; None when there is nothing to raise any more."""
    step = context.pending(StepKind.SCALE_OUT)
    if step is None or step.desired is None:
        return None
    group = context.plan.growing(context.progress.direction).name
    context = context.with_requested_capacity(step.desired)
    back = context.progress.direction is Direction.BACK
    if context.plan.topology.in_place or back:
        # An operator may have made the group larger than its bounds were widened for; back they are widened only now.
        context = apply(context, step.desired if back else 0)
    context.clients.autoscaling.set_desired(group, step.desired)
    return step.desired
