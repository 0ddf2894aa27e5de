"""Growth: while the rollout holds a node group that managed scaling sized, it makes room as managed scaling would.

Managed scaling is off because we turned it off. So tasks that fit nowhere make the group larger, within its own MaxSize
and with the surge on top; two readings in a row have to agree. A group that nobody scaled keeps its size. To make it
smaller again is not our business: managed scaling does that once it is restored.
"""

from collections.abc import Iterable

from handlers.domain.decision.replacement import desired_capacity, in_flight, is_deadlocked, next_to_drain
from handlers.domain.decision.room import free_room
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.resources import Resources
from handlers.payloads import Direction


def lacking(situation: Situation) -> int:
    """How many more instances would hold the tasks that have no room now; 0 while anything comes or goes."""
    most = may_grow(situation)
    if most <= 0 or in_flight(situation) or desired_capacity(situation) > situation.fleet.desired:
        return 0
    staying = [instance for instance in situation.fleet.incoming if instance.ready]
    displaced = [task.resources for instance in next_to_drain(situation)[:1] for task in instance.movable]
    short = _short(situation.observation)
    return max(
        _instances_for(situation, short, _places(situation)),
        _instances_for(situation, short + displaced, staying) if is_deadlocked(situation) else 0,
    )


def may_grow(situation: Situation) -> int:
    """By how many instances: up to the own MaxSize of every group that is to have the size, where managed scaling was.

    Forward it is left on where the input says so, and sees to it itself.
    """
    topology, forward = situation.plan.topology, situation.direction is Direction.FORWARD
    old, new = topology.old, topology.new
    if old.provider is None or not old.provider.scales or topology.is_scaled_by_provider(situation.direction):
        return 0
    room = [old.maximum - old.desired]
    if forward and not topology.in_place:
        room.append(new.maximum - situation.plan.sizes.size)
    return min(room)


def _short(observation: Observation) -> list[Resources]:
    """The needs of tasks that are to run and that are placed nowhere, though nothing of their service starts."""
    return [
        service.resources
        for service in observation.services
        if not service.daemon
        and not service.failed
        and not service.pending
        and service.name not in observation.progress.health.failing
        for _ in range(service.desired - _placed(observation, service))
    ]


def _placed(observation: Observation, service: Service) -> int:
    """Tasks that run; under a deployment of ours that has come to a stop, those of the new one only."""
    stopped = observation.stands_still and service.name in observation.progress.stage.deployments
    return service.on_new_deployment if stopped else service.running


def _places(situation: Situation) -> list[Instance]:
    """Where they may go: services that were moved, to what stays; else anywhere that is not cordoned."""
    ready = [
        instance
        for instance in situation.fleet.alive
        if instance.ready and situation.plan.cordon not in instance.attributes
    ]
    return (
        [instance for instance in ready if instance in situation.fleet.incoming]
        if situation.progress.stage.deployments
        else ready
    )


def _instances_for(situation: Situation, resources: list[Resources], places: Iterable[Instance]) -> int:
    """How many whole instances more hold them beside the room there is; what fits on no instance counts for nothing."""
    whole = whole_instance(situation)
    fitting = [need for need in resources if whole.holds(need)]
    room = free_room(situation.observation, places)
    for more in range(may_grow(situation) + 1):
        if room.with_more([whole] * more).take(fitting):
            return more
    return may_grow(situation)


def whole_instance(situation: Situation) -> Resources:
    """What an instance of the growing group has for tasks, less what its daemons take."""
    name = situation.plan.growing(situation.direction).name
    ours = [instance.whole for instance in situation.fleet.alive if instance.group in (name, "")]
    free = max(ours, key=lambda resources: resources.size, default=Resources())
    for service in situation.services:
        if service.daemon:
            free = free.less(service.resources)
    return free
