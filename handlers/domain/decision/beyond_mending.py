"""On the way back: services that no way back can mend. Pure.

Their tasks fail on the instances that stay, too; or nothing has to go any more, and what does not get on is another
actor's deployment. They would keep it waiting until a human is called for what is nobody's fleet. Where it has held
for a while they are not waited for any more: all instances and settings are returned, and the report names them.
"""

from handlers.domain.decision.failing_tasks import REMEMBERED_SECONDS
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import to_move
from handlers.domain.model.fleet import Service
from handlers.payloads import Direction


def beyond_mending(situation: Situation) -> dict[str, float]:
    """Since when each of them was seen so, by name: unstable where it was returned to, for what is not ours."""
    if situation.direction is Direction.FORWARD:
        return {}
    known, now = situation.progress.health.anyway, situation.now
    away = {service.name for _move, service, _wanted in to_move(situation)}
    return {
        service.name: known.get(service.name, now)
        for service in situation.services
        if not service.stable
        and service.name not in away
        and (_explained(situation, service) or _is_theirs(situation, service))
    }


def _is_theirs(situation: Situation, service: Service) -> bool:
    """Whether nothing has to go any more, and its newest deployment is neither ours nor the one of before."""
    progress, name = situation.progress, service.name
    known = {progress.stage.deployments.get(name), progress.stage.left.get(name)}
    known.add(situation.plan.recorded.deployments.get(name))
    return not situation.fleet.outgoing and service.deployments > 1 and service.deployment_id not in known


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
