"""Stranded tasks: those that have no place, though what is to stand stands and nothing will come.

On the way back an operator scaled a service beyond what the old fleet holds, and nobody would have scaled the group
without us either. On the way forward another actor drains old instances before their turn. Such tasks are not waited
for: without the rollout they would not run. One that runs, on a new instance, is never stopped for that: its instance
stays, and is a human's.
"""

from collections import Counter

from handlers.domain.decision.growth import may_grow
from handlers.domain.decision.replacement import in_flight
from handlers.domain.decision.room import free_room
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance
from handlers.payloads import Direction


def stranded(situation: Situation) -> Counter[str]:
    """By service, how many of its tasks have no place; on the way back none if only what is to stay stood."""
    return _on_the_way_back(situation) if situation.direction is Direction.BACK else _beside_others_drains(situation)


def _beside_others_drains(situation: Situation) -> Counter[str]:
    """What ECS has placed nowhere for a while, for whichever of its reasons, while nothing comes or goes."""
    early = [instance for instance in situation.fleet.draining if instance not in situation.draining]
    if not early or not situation.observation.stands_still or in_flight(situation):
        return Counter()
    return Counter(
        {
            service.name: service.desired - service.on_newest
            for service in situation.services
            if not service.daemon and not service.pending and not service.failed and service.on_newest < service.desired
        }
    )


def _on_the_way_back(situation: Situation) -> Counter[str]:
    staying = [instance for instance in situation.fleet.incoming if instance.ready]
    size = situation.plan.topology.standing_size(Direction.BACK, situation.plan.sizes)
    if len(staying) < size or may_grow(situation) > 0:
        return Counter()
    elsewhere = Counter(task.service for instance in situation.to_replace for task in instance.movable)
    return _without_place(situation, staying, elsewhere)


def _without_place(situation: Situation, places: list[Instance], elsewhere: Counter[str]) -> Counter[str]:
    """Those that are missing, or run `elsewhere`, and find no room on these instances, largest first."""
    needs = [
        (service.resources, service.name)
        for service in situation.services
        if not service.daemon and not service.pending and not service.failed
        for _ in range(service.desired - service.running + elsewhere[service.name])
    ]
    room = free_room(situation.observation, places)
    largest_first = sorted(needs, key=lambda each: each[0].size, reverse=True)
    return Counter(name for need, name in largest_first if not room.take([need]))
