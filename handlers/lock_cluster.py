"""Lock cluster: take the node group for this rollout, before anything is changed."""

from typing import Any

from handlers import news
from handlers.contract import LOCK
from handlers.doorway import doorway
from handlers.turn import look_at
from handlers.world import World


@doorway(LOCK)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Take the lock, or take it again. Raises AlreadyRunning when another rollout holds it; nothing was changed."""
    turn = look_at(event, world)
    world.leases.take(turn.plan, turn.holder, world.now())
    news.tell(turn, event, news.STARTED, str(event["rollout"]["summary"]))
    return {"locked": turn.plan.group}
