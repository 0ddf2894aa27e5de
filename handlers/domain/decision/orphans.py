"""Orphans: lost instances whose tasks ECS cannot replace while it counts them. Pure.

A task on an instance whose agent is gone keeps its place in its service's `maximumPercent`, and whatever else it is
counted by. Deregistered by force, the instance's tasks run on, and ECS starts others in their stead; targets behind a
load balancer are taken out (DeregisterContainerInstance, Amazon ECS API reference). Where those run, it is terminated.
"""

from collections import Counter
from collections.abc import Sequence

from handlers.domain.decision.lost_agents import is_lost
from handlers.domain.decision.overdue import is_late
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance


def to_orphan(situation: Situation, instances: Sequence[Instance]) -> list[Instance]:
    """Ghosts, at once; and those of the instances that are past their deadline, while nothing gets on.

    Their services cannot spare what is on them.
    """
    if situation.observation.ghosts:
        return list(situation.observation.ghosts)
    if not situation.observation.stands_still:
        return []
    spared = situation.progress.drains.spared_since
    return [
        instance
        for instance in instances
        if is_lost(situation.progress, instance, situation.now)
        and instance.draining
        and instance.left
        and not instance.standalone
        and instance.instance_id not in spared
        and is_late(situation, instance)
        and _serves_without(situation, instance)
    ]


def stand_at_their_floors(situation: Situation) -> bool:
    """Whether services run what they have to without the tasks that ECS counts no more."""
    return all(
        service.daemon or service.serving >= min(service.desired, max(1, service.min_running))
        for service in situation.services
    )


def _serves_without(situation: Situation, instance: Instance) -> bool:
    """Whether services behind load balancers stay at their floor with the targets there taken out."""
    held = Counter(task.service for task in instance.movable)
    return all(
        service.serving - held[service.name] >= service.min_running
        for service in situation.services
        if service.target_groups and held[service.name]
    )
