"""How long the history of the execution is: read where it may have come to the length at which it is handed over."""

from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from handlers.domain.decision.succession import look_is_due
from handlers.runtime.rollout_context import RolloutContext
from handlers.runtime.task_handler import logger


def with_history(context: RolloutContext, execution_id: str) -> RolloutContext:
    """The context that knows it; the same one where it need not be looked at, or cannot be.

    A rollout is not turned back because of what may not be read: the next look comes with the next pass.
    """
    clients, succession, now = context.clients, context.progress.succession, context.clients.now()
    if not look_is_due(succession, context.plan.policies, now):
        return context
    try:
        events = clients.executions.events(execution_id)
    except (ClientError, BotoCoreError):
        logger.exception("the length of the history could not be read")
        return context
    looked = replace(succession, events=events, seen_at=now, looks=succession.looks + 1)
    return context.save_progress(succession=looked)
