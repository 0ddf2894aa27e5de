"""Lock cluster: take the node group for this rollout, before anything is changed."""

from typing import Any

from handlers.catalogue import LOCK
from handlers.errors import AlreadyRunning
from handlers.payloads import Way
from handlers.runtime import notifications
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import look_at
from handlers.runtime.task_handler import task_handler


@task_handler(LOCK, {AlreadyRunning: Way.ALREADY_RUNNING})
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Take the lock, or take it again. Refused where another rollout holds it; nothing was changed."""
    turn = look_at(event, world)
    world.leases.take(turn.plan, turn.holder, world.now())
    notifications.tell(turn, event, notifications.STARTED, str(event["rollout"]["summary"]))
    return {"outcome": Way.FORWARD, "error": "", "cause": ""}
