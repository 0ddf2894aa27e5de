"""Recall: on the way back, a half-done deployment of the rollout's is taken back by ECS itself. Pure.

A new deployment over a half-done one replaces every task of the service once more, those that never left the old fleet
among them. Where that fleet is exactly full, it finds room for none. ECS's own roll-back (StopServiceDeployment, or a
circuit breaker's) makes the deployment before PRIMARY again: its tasks stay, and only what is missing is started.

A service revision holds no placement, so constraints are put back first, which starts no deployment. Whether they bind
then is what AWS's documentation leaves open; where they do not, a deployment follows.
"""

from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import Move
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import StageProgress
from handlers.payloads import Direction

ONGOING = "IN_PROGRESS"
RECALL_SECONDS = 60  # until ECS shows that it returns a service; then it is deployed
STANDSTILL_SECONDS = 60  # a service that was returned and is short for so long has constraints that do not bind


def left_half_done(plan: Plan, stage: StageProgress) -> dict[str, str]:
    """The deployments of that stage that ECS would take back to what was before the rollout, by service.

    Not those of a later one, or after a flip: ECS returns to the last completed deployment, and the rollout made it.
    """
    if stage.serving_old or stage.switch_handled_at:
        return {}
    earlier = [each.placement for each in plan.route.stages[: stage.index] if each.placement]
    moved = {
        move.service
        for move in plan.route.moves
        if any(label in move.placements and move.placements[label].deploys for label in earlier)
    }
    return {name: deployment for name, deployment in stage.deployments.items() if name not in moved}


def to_recall(situation: Situation) -> list[tuple[Move, Service]]:
    """The services whose half-done deployments ECS is to take back now."""
    if situation.direction is Direction.FORWARD:
        return []
    standing = {service.name: service for service in situation.services}
    moves = [move for move in situation.plan.route.moves if move.service in standing]
    return [
        (move, standing[move.service])
        for move in moves
        if _is_half_done(situation, standing[move.service]) and move.service not in situation.progress.stage.recalled
    ]


def is_being_recalled(situation: Situation, service: Service) -> bool:
    """Whether ECS was asked to take its deployment back, and may not show that yet."""
    asked_at = situation.progress.stage.recalled.get(service.name)
    return asked_at is not None and _is_half_done(situation, service) and situation.now - asked_at <= RECALL_SECONDS


def is_returned(situation: Situation, service: Service) -> bool:
    """Whether the deployment that it had before the rollout is its newest one again, and goes on by itself."""
    before = situation.plan.recorded.deployments.get(service.name)
    if situation.direction is Direction.FORWARD or not before or service.deployment_id != before:
        return False
    still = situation.now - situation.progress.stall.last_progress_at
    stands_still = service.running < service.desired and not service.pending and still >= STANDSTILL_SECONDS
    return not stands_still


def is_left(situation: Situation, service: Service) -> bool:
    """Whether its newest deployment is still the one that the way forward left behind."""
    return situation.progress.stage.left.get(service.name) == service.deployment_id


def _is_half_done(situation: Situation, service: Service) -> bool:
    return is_left(situation, service) and service.rollout_state == ONGOING and bool(service.service_deployment)
