"""Prepare node group: pin it to a launch template version, widen its bounds, keep others from scaling it.

On the way back the same is done with the version that was recorded: from then on whatever is launched is old again.
"""

from typing import Any

from handlers.catalogue import PREPARE
from handlers.domain.model.fleet import GOING
from handlers.overrides.apply import apply, version_to_launch
from handlers.overrides.second_group import make_copy
from handlers.payloads import Direction
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(PREPARE)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Override what the rollout needs; done twice equals done once."""
    context = load_for_update(event, clients)
    prepare(context)
    return {"version": version_to_launch(context, context.plan.growing(context.progress.direction))}


def prepare(context: RolloutContext) -> None:
    """Make the second group, where the plan says so, then apply the overrides."""
    if context.plan.topology.copy is not None and context.progress.direction is Direction.FORWARD:
        make_copy(context)
    context = apply(context)
    for record in context.plan.topology.records:
        if context.plan.topology.is_emptied(record.name, context.progress.direction):
            ask_no_longer(context, record.name)


def ask_no_longer(context: RolloutContext, name: str) -> None:
    """Capacity that never came to the second group is no longer asked for: it would come on the old version now."""
    group = context.clients.autoscaling.group(name)
    if group is None:
        return
    wanted = max(group.minimum, sum(member.lifecycle not in GOING for member in group.members))
    if wanted < group.desired:
        context.clients.autoscaling.set_desired(name, wanted)
