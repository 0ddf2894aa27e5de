"""Lock cluster: take the node group for this rollout, before anything is changed."""

from typing import Any

from handlers import news
from handlers.contract import LOCK, AlreadyRunning, Way
from handlers.task_handler import task_handler
from handlers.turn import look_at
from handlers.world import World


@task_handler(LOCK, {AlreadyRunning: Way.ALREADY_RUNNING})
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Take the lock, or take it again. Refused where another rollout holds it; nothing was changed."""
    turn = look_at(event, world)
    world.leases.take(turn.plan, turn.holder, world.now())
    news.tell(turn, event, news.STARTED, str(event["rollout"]["summary"]))
    return {"outcome": Way.FORWARD, "error": "", "cause": ""}
