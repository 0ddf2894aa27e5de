"""Lock cluster: take the node group for this rollout, before anything is changed."""

from typing import Any

from handlers.catalogue import LOCK
from handlers.errors import AlreadyRunning
from handlers.payloads import Way
from handlers.runtime import notifications
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import load
from handlers.runtime.task_handler import task_handler


@task_handler(LOCK, {AlreadyRunning: Way.ALREADY_RUNNING})
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Take the lock, or take it again. Refused where another rollout holds it; nothing was changed."""
    context = load(event, clients)
    clients.leases.take(context.plan, context.holder, clients.now())
    notifications.notify(context, event, notifications.STARTED, str(event["rollout"]["summary"]))
    return {"outcome": Way.FORWARD, "error": "", "cause": ""}
