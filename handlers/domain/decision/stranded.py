"""Stranded tasks: on the way back, those that the old fleet has no place for, though it stands and nothing will come.

An operator scaled a service beyond what the group holds, and nobody would have scaled the group without us either. Such
tasks are not waited for: without the rollout they would not run. One that runs, on a new instance, is never stopped
for that: its instance stays, and is a human's.
"""

from collections import Counter

from handlers.domain.decision.growth import may_grow
from handlers.domain.decision.room import free_room
from handlers.domain.decision.situation import Situation
from handlers.payloads import Direction


def stranded(situation: Situation) -> Counter[str]:
    """By service, how many of its tasks would have no place if only what is to stay stood, and it stands."""
    staying = [instance for instance in situation.fleet.incoming if instance.ready]
    size = situation.plan.topology.standing_size(Direction.BACK, situation.plan.sizes)
    if situation.direction is Direction.FORWARD or len(staying) < size or may_grow(situation) > 0:
        return Counter()
    going = situation.to_replace
    elsewhere = Counter(task.service for instance in going for task in instance.movable)
    needs = [
        (service.resources, service.name)
        for service in situation.services
        if not service.daemon and not service.pending and not service.failed
        for _ in range(service.desired - service.running + elsewhere[service.name])
    ]
    room = free_room(situation.observation, staying)
    largest_first = sorted(needs, key=lambda each: each[0].size, reverse=True)
    return Counter(name for need, name in largest_first if not room.take([need]))
