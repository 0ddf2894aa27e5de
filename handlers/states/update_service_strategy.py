"""Update service strategy: tell the services where their tasks run now, and keep them calm while the fleet moves.

What they are told is the placement of the current stage: a capacity provider strategy, a constraint, a revision. With
a plain rolling rollout it is only Availability Zone rebalancing that goes off, which starts no deployment.
"""

from dataclasses import replace
from typing import Any

from handlers.catalogue import UPDATE_SERVICE_STRATEGY
from handlers.domain.decision.decide import rebalancing_services
from handlers.domain.decision.recall import to_recall
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import default_to_set, next_wave
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import Move
from handlers.overrides.revisions import definition_for
from handlers.payloads import Direction
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler

NEVER = 0.0  # ECS was asked, and does not take it back: nothing is to be waited for
AT_A_TIME = 50  # UpdateService takes five a second after a burst of fifty; the next assessment asks for the rest


@task_handler(UPDATE_SERVICE_STRATEGY)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Update the services that still need it."""
    return {"updated": update_service_strategy(load_for_update(event, clients))}


def update_service_strategy(context: RolloutContext) -> int:
    """How many services were updated; each deployment that this began is remembered by its id."""
    plan, observation, services = context.plan, context.observe(), context.clients.services
    calm = rebalancing_services(Situation(plan, observation)) if observation.direction is Direction.FORWARD else ()
    for name in calm:
        services.set_zone_rebalancing(plan.cluster, name, enabled=False)
    recalls = to_recall(Situation(plan, observation))[:AT_A_TIME]
    for move, service in recalls:
        context = _recall(context, move, service)
    moves = next_wave(Situation(plan, observation))[: AT_A_TIME - len(recalls)]
    for move, service, wanted in moves:
        context, definition = definition_for(context, service, wanted)
        deployment = services.place(plan.cluster, service, move, wanted, definition)
        stage, stall = context.progress.stage, context.progress.stall
        if service.name not in observation.returned_again:
            stall = stall.begun_anew(context.clients.now())
        if wanted.deploys:
            stage = replace(stage, deployments={**stage.deployments, service.name: deployment})
        context = context.save_progress(stage=stage, stall=stall)
    default = default_to_set(Situation(plan, observation))
    if default is not None:
        providers = context.clients.providers
        providers.put(plan.cluster, providers.of_cluster(plan.cluster).names, default)
    return len(calm) + len(recalls) + len(moves)


def _recall(context: RolloutContext, move: Move, service: Service) -> RolloutContext:
    """Put the constraints back, which starts no deployment, and have ECS take ours back.

    Where it does not, it is left to a deployment.
    """
    services, cluster = context.clients.services, context.plan.cluster
    returned = move.returned
    if move.constraints(service.constraints, returned) != service.constraints:
        services.place(cluster, service, move, returned, None)
    stage, now = context.progress.stage, context.clients.now()
    asked_at = now if services.stop_deployment(service.service_deployment) else NEVER
    return context.save_progress(
        stage=replace(stage, recalled={**stage.recalled, service.name: asked_at}),
        stall=context.progress.stall.begun_anew(now),
    )
