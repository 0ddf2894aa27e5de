"""On the way back: services whose tasks fail on the instances that stay, too, and that no way back can mend. Pure.

They would keep it waiting until a human is called for what is nobody's fleet. Where it has held for a while they are
not waited for any more: all instances and settings are returned, and the report names them.
"""

from handlers.domain.decision.failing_tasks import REMEMBERED_SECONDS
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import to_move
from handlers.domain.model.fleet import Service
from handlers.payloads import Direction


def failing_anyway(situation: Situation) -> dict[str, float]:
    """Since when each of them was seen so, by name: unstable where it was returned to, and failing there."""
    if situation.direction is Direction.FORWARD:
        return {}
    known, now = situation.progress.health.anyway, situation.now
    away = {service.name for _move, service, _wanted in to_move(situation)}
    return {
        service.name: known.get(service.name, now)
        for service in situation.services
        if not service.stable and service.name not in away and _explained(situation, service)
    }


def _explained(situation: Situation, service: Service) -> bool:
    """Whether failures on instances that stay explain what is missing; ECS tries less and less often."""
    staying = {instance.arn for instance in situation.fleet.incoming}
    since = max(situation.progress.began_at, situation.now - REMEMBERED_SECONDS)
    failures = sum(
        failure.service == service.name and failure.instance_arn in staying and failure.at >= since
        for failure in situation.observation.task_failures
    )
    missing = service.desired - service.serving
    return missing > 0 and 2 * failures >= missing
