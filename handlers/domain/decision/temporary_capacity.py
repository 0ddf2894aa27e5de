"""Temporary capacity: on the way back, instances of the old AMI above the size, where services find no room. Pure.

A deployment onto an exactly full fleet, over tasks that stand there, may neither stop a task first nor start one. A few
instances more let it go round by round, and go again when the services stand. Never more than `roll_back.surge`, and
none while ECS can still stop or start a task, or while capacity comes.
"""

from handlers.domain.decision.growth import whole_instance
from handlers.domain.decision.room import free_room
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Service
from handlers.domain.model.resources import Resources
from handlers.payloads import Direction


def missing_room(situation: Situation) -> int:
    """How many more instances would hold what the services that return cannot place; 0 while anything comes."""
    fleet, progress = situation.fleet, situation.progress
    most = situation.plan.sizes.temporary - progress.capacity.temporary
    standing = situation.plan.topology.standing_size(Direction.BACK, situation.plan.sizes)
    staying = [instance for instance in fleet.incoming if instance.ready]
    comes = len(staying) < standing + progress.capacity.temporary
    if situation.direction is Direction.FORWARD or most <= 0 or comes:
        return 0
    needs = [need for service in returning(situation) for need in _unplaced(service)]
    whole = whole_instance(situation)
    fitting = [need for need in needs if whole.holds(need)]
    room = free_room(situation.observation, staying)
    if not fitting or any(room.take([need]) for need in fitting):
        return 0
    return next((more for more in range(1, most) if room.with_more([whole] * more).take(fitting)), most)


def returning(situation: Situation) -> tuple[Service, ...]:
    """The services that this way back has moved, or has had returned, and that are not stable yet."""
    stage = situation.progress.stage
    moved = stage.deployments.keys() | stage.recalled.keys()
    return tuple(service for service in situation.unstable if service.name in moved)


def _unplaced(service: Service) -> list[Resources]:
    """The needs of the tasks that ECS may start now and has placed nowhere; none while it may stop one instead."""
    if service.daemon or service.running > service.min_running or service.pending:
        return []
    missing = service.desired - service.on_new_deployment
    allowed = service.max_running - service.running
    return [service.resources] * max(0, min(missing, allowed))
