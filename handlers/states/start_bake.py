"""Bake: everything is new and stable; let it run under real load for a while, with the alarms watched."""

from dataclasses import replace
from typing import Any

from handlers.catalogue import START_BAKE
from handlers.domain.decision.current_stage import stage_of
from handlers.runtime import notifications
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(START_BAKE)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Write down when the bake began, once. The assessments watch the alarms and the time."""
    context = load_for_update(event, clients)
    began, stage = bake(context), stage_of(context.plan, context.progress)
    context = load_for_update(event, clients)
    text = f"{stage.name}: {stage.bake_seconds} s under load, with {len(context.plan.policies.alarms)} alarms watched."
    notifications.notify(context, event, notifications.BAKING, text, of=str(context.progress.stage.index))
    return {"began_at": began}


def bake(context: RolloutContext) -> float:
    """When the bake began, as epoch seconds."""
    began = context.progress.stage.bake_began_at
    if began is None:
        began = context.clients.now()
        context.save_progress(stage=replace(context.progress.stage, bake_began_at=began))
    return began
