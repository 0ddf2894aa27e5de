"""Services that were in flux lately: stable is what stays so for `min_healthy_seconds`. Pure.

The time counts from the reading that saw all tasks RUNNING, beside any health check, and starts anew with each task
that fails on a new instance. Where that is more than noise, a task has to outlive the one before it by half, as well.
"""

import math

from handlers.domain.decision.exposure import is_new
from handlers.domain.decision.failing_tasks import stands_out
from handlers.domain.decision.situation import Situation
from handlers.domain.formatting import join_first
from handlers.domain.model.fleet import Service
from handlers.domain.model.plan import Plan
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind

OUTLIVES = 1.5
LONGEST_SECONDS = 1800.0


def in_flux(service: Service) -> bool:
    """Whether tasks of it are on their way."""
    deploying = service.deployments > 1 and not service.stuck
    return not service.daemon and (service.running < service.desired or service.pending > 0 or deploying)


def unsettled(situation: Situation) -> dict[str, float]:
    """Since when each service that has not been stable for long enough has been so, by name."""
    if not situation.plan.policies.min_healthy_seconds or situation.direction is Direction.BACK:
        return {}
    found = {}
    for service in situation.services:
        known = situation.progress.health.unsettled.get(service.name)
        if in_flux(service) and situation.is_waited_for(service):
            found[service.name] = situation.now
        elif known is not None:
            since = max(known, *(each for each, _lived in _failures(situation, service)), known)
            if situation.now - since < needed_seconds(situation, service):
                found[service.name] = since
    return found


def needed_seconds(situation: Situation, service: Service) -> float:
    """How long the service has to stay as it is."""
    longest = max((lived for _at, lived in _failures(situation, service)), default=0.0)
    if not longest or not stands_out(situation, service):
        longest = 0.0
    return max(float(situation.plan.policies.min_healthy_seconds), min(OUTLIVES * longest, LONGEST_SECONDS))


def longest_needed_seconds(situation: Situation) -> float:
    """How long the service that takes longest of those has to stay as it is; 0 where there is none."""
    waited_for = unsettled(situation)
    return max((needed_seconds(situation, each) for each in situation.services if each.name in waited_for), default=0.0)


def seconds_left(situation: Situation) -> dict[str, float]:
    """How much longer each service has to stay as it is, by name."""
    services = {service.name: service for service in situation.services}
    return {
        name: needed_seconds(situation, services[name]) - (situation.now - since)
        for name, since in unsettled(situation).items()
    }


def settling(plan: Plan, left: dict[str, float]) -> Step:
    """The wait until the last of those services has stayed as it is for long enough."""
    longest = max(left.values())
    because = (
        f"stable for {plan.policies.min_healthy_seconds} s at least, {longest:.0f} s left: {join_first(sorted(left))}"
    )
    seconds = max(1, min(plan.policies.poll_seconds, math.ceil(longest)))
    return Step(StepKind.WAIT_FOR_SERVICES, because, seconds=seconds)


def _failures(situation: Situation, service: Service) -> list[tuple[float, float]]:
    """When tasks of the service failed on new instances since the rollout began, and how long each had lived."""
    new = {instance.arn for instance in situation.fleet.alive if is_new(situation.plan, instance)}
    return [
        (failure.at, failure.lifetime)
        for failure in situation.observation.task_failures
        if failure.service == service.name and failure.instance_arn in new and failure.at >= situation.plan.started_at
    ]
