"""Growth: while the rollout holds a node group that managed scaling sized, it makes room as managed scaling would.

Managed scaling is off because we turned it off. So tasks that fit nowhere make the group larger, within its own MaxSize
and with the surge on top; two readings in a row have to agree. A group that nobody scaled keeps its size. To make it
smaller again is not our business: managed scaling does that once it is given back.
"""

from collections.abc import Iterable

from handlers.domain.decision.replacement import desired_capacity, in_flight, is_deadlocked, next_to_drain
from handlers.domain.decision.room import free_room
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.resources import Resources
from handlers.payloads import Direction

STANDSTILL_SECONDS = 120  # a deployment of ours that got no further for so long lacks room


def lacking(plan: Plan, observation: Observation) -> int:
    """How many more instances would hold the tasks that have no room now; 0 while anything comes or goes."""
    most = may_grow(plan, observation)
    if most <= 0 or in_flight(observation) or desired_capacity(plan, observation) > observation.fleet.desired:
        return 0
    excluded_ids = [one for one in observation.fleet.incoming if one.ready]
    displaced = [task.resources for one in next_to_drain(plan, observation)[:1] for task in one.movable]
    short = _short(observation)
    return max(
        _instances_for(plan, observation, short, _places(plan, observation)),
        _instances_for(plan, observation, short + displaced, excluded_ids) if is_deadlocked(plan, observation) else 0,
    )


def may_grow(plan: Plan, observation: Observation) -> int:
    """By how many instances: up to the own MaxSize of every group that is to have the size, where managed scaling was.

    Forward it is left on where the input says so, and sees to it itself.
    """
    provider, forward = plan.recorded.source.provider, observation.direction is Direction.FORWARD
    if provider is None or not provider.scales or (plan.managed and forward):
        return 0
    source, target = plan.recorded.source, plan.recorded.target
    room = [source.maximum - source.desired]
    if target is not None and forward:
        room.append(target.maximum - plan.size)
    return min(room)


def _short(observation: Observation) -> list[Resources]:
    """The needs of tasks that are to run and that are placed nowhere, though nothing of their service starts."""
    return [
        service.resources
        for service in observation.services
        if not service.daemon
        and not service.failed
        and not service.pending
        and service.name not in observation.progress.failing
        for _ in range(service.desired - _placed(observation, service))
    ]


def _placed(observation: Observation, service: Service) -> int:
    """Tasks that run; under a deployment of ours that has come to a stop, those of the new one only."""
    stopped = observation.now - observation.progress.last_progress_at >= STANDSTILL_SECONDS
    return (
        service.on_new_deployment if stopped and service.name in observation.progress.deployments else service.running
    )


def _places(plan: Plan, observation: Observation) -> list[Instance]:
    """Where they may go: services that were moved, to what stays; else anywhere that is not cordoned."""
    ready = [one for one in observation.fleet.alive if one.ready and plan.cordon not in one.attributes]
    return [one for one in ready if one in observation.fleet.incoming] if observation.progress.deployments else ready


def _instances_for(plan: Plan, observation: Observation, resources: list[Resources], places: Iterable[Instance]) -> int:
    """How many whole instances more hold them beside the room there is; what fits on no instance counts for nothing."""
    whole = _whole(plan, observation)
    fitting = [need for need in resources if whole.holds(need)]
    room = free_room(observation, places)
    for more in range(may_grow(plan, observation) + 1):
        if room.with_more([whole] * more).take(fitting):
            return more
    return may_grow(plan, observation)


def _whole(plan: Plan, observation: Observation) -> Resources:
    """What an instance of the growing group has for tasks, less what its daemons take."""
    name = plan.growing(observation.direction).name
    ours = [one.whole for one in observation.fleet.alive if one.group in (name, "")]
    free = max(ours, key=lambda one: one.size, default=Resources())
    for service in observation.services:
        if service.daemon:
            free = free.less(service.resources)
    return free
