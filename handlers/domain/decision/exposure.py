"""How long new and old instances, and the tasks on them, were there to fail: what events are held against. Pure.

Which task of a service runs where is read of no service (a call for each): its tasks are taken to be spread as all
tasks are.
"""

from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.plan import Plan

HOUR = 3600.0


def is_new(plan: Plan, instance: Instance) -> bool:
    """Whether it is an instance that the rollout moves tasks to, whichever way it goes now."""
    return plan.topology.is_new(instance, plan.target_ami)


def instance_hours(situation: Situation, window: float) -> tuple[float, float]:
    """Of new and of old instances, within the window and since the rollout began."""
    since = max(situation.now - window, situation.plan.started_at)
    hours = [
        (is_new(situation.plan, instance), max(0.0, situation.now - max(since, instance.joined_at)) / HOUR)
        for instance in situation.fleet.alive
        if instance.registered
    ]
    return sum(each for new, each in hours if new), sum(each for new, each in hours if not new)


def task_hours(situation: Situation, service: Service, window: float) -> tuple[float, float]:
    """Of the service's tasks on new and on old instances that are there, within the window.

    Its tasks were on old instances when they were not on new ones, and on all that were there at first.
    """
    plan, now = situation.plan, situation.now
    new = sum(
        share * max(0.0, min(window, now - instance.joined_at, now - plan.started_at))
        for instance, share in _shares(situation)
        if is_new(plan, instance)
    )
    old = max(0.0, window - new) * _old_left(situation)
    return service.desired * new / HOUR, service.desired * old / HOUR


def _old_left(situation: Situation) -> float:
    """How much of the old fleet is still there."""
    left = sum(instance.registered and not is_new(situation.plan, instance) for instance in situation.fleet.alive)
    return min(1.0, left / situation.plan.at_start.old) if situation.plan.at_start.old else float(left > 0)


def share_on_new(situation: Situation) -> float:
    """How many of the tasks are on new instances."""
    return sum(share for instance, share in _shares(situation) if is_new(situation.plan, instance))


def _shares(situation: Situation) -> list[tuple[Instance, float]]:
    """How many of all tasks each instance holds; where none holds any, each may."""
    instances = [instance for instance in situation.fleet.alive if instance.registered]
    total = sum(instance.task_count for instance in instances)
    return [(instance, instance.task_count / total if total else 1 / len(instances)) for instance in instances]
