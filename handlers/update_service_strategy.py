"""Update service strategy: bring the services to how they must be while the fleet moves.

With rolling: Availability Zone rebalancing off, which starts no deployment. Otherwise ECS would move tasks between
zones each time an instance comes or goes. Finish rollout and the roll-back give it back.
"""

from typing import Any

from handlers.contract import UPDATE_SERVICE_STRATEGY, StepKind
from handlers.doorway import doorway
from handlers.turn import Turn, open_turn
from handlers.world import World


@doorway(UPDATE_SERVICE_STRATEGY)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Update the services that still need it."""
    return {"updated": update_service_strategy(open_turn(event, world))}


def update_service_strategy(turn: Turn) -> int:
    """How many services were updated."""
    step = turn.due(StepKind.UPDATE_SERVICE_STRATEGY)
    services = step.services if step else ()
    for name in services:
        turn.world.ecs.set_zone_rebalancing(turn.plan.cluster, name, enabled=False)
    return len(services)
