"""Update service strategy: tell the services where their tasks run now, and keep them calm while the fleet moves.

What they are told is the placement of the current stage: a capacity provider strategy, a constraint, a revision. With
a plain rolling rollout it is only Availability Zone rebalancing that goes off, which starts no deployment.
"""

from typing import Any

from handlers.catalogue import UPDATE_SERVICE_STRATEGY
from handlers.domain.decision.decide import restless
from handlers.domain.decision.stages import default_to_set, next_wave
from handlers.overrides.revisions import definition_for
from handlers.payloads import Direction
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler

AT_A_TIME = 50  # UpdateService takes five a second after a burst of fifty; the next assessment asks for the rest


@task_handler(UPDATE_SERVICE_STRATEGY)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Update the services that still need it."""
    return {"updated": update_service_strategy(open_turn(event, world))}


def update_service_strategy(turn: Turn) -> int:
    """How many services were updated; each deployment that this began is remembered by its id."""
    plan, seen, services = turn.plan, turn.observe(), turn.world.services
    calm = restless(plan, seen) if seen.direction is Direction.FORWARD else ()
    for name in calm:
        services.set_zone_rebalancing(plan.cluster, name, enabled=False)
    moves = next_wave(plan, seen)[:AT_A_TIME]
    for move, service, wanted in moves:
        turn, definition = definition_for(turn, service, wanted)
        deployment = services.place(plan.cluster, service, move, wanted, definition)
        began = {**turn.progress.deployments, service.name: deployment} if wanted.deploys else turn.progress.deployments
        turn = turn.remember(deployments=began, best=None, since=turn.world.now())
    default = default_to_set(plan, seen)
    if default is not None:
        providers = turn.world.providers
        providers.put(plan.cluster, providers.of_cluster(plan.cluster).names, default)
    return len(calm) + len(moves)
