"""Where in its stages a rollout is: the current stage, what services are told there, when its gate is passed."""

from dataclasses import replace

from handlers.domain.decision.current_stage import is_last, placement_label
from handlers.domain.decision.exposure import is_new
from handlers.domain.decision.failing_tasks import rescued
from handlers.domain.decision.recall import is_being_recalled, is_left, is_returned, to_recall
from handlers.domain.decision.replacement import desired_capacity
from handlers.domain.decision.room import free_room
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.placement import BEFORE, RESCUED, Move, Placement, Share
from handlers.domain.model.progress import Progress
from handlers.payloads import Direction


def to_move(situation: Situation) -> list[tuple[Move, Service, Placement]]:
    """The services that are not told yet what this stage tells them, with what they are to be told.

    On the way back a service that is as it was before the rollout is left alone, and one that ECS returns is told no
    more than its constraints.
    """
    label = placement_label(situation.plan, situation.progress)
    if situation.is_stopping:
        return []
    found = _to_rescue(situation)
    if label is None:
        return found
    standing = {each.name: each for each in situation.services}
    recalled = {move.service for move, _service in to_recall(situation)}
    for move in situation.plan.route.moves:
        service, wanted = standing.get(move.service), move.placements.get(label)
        if service is None or wanted is None or move.service in recalled or is_being_recalled(situation, service):
            continue
        if is_returned(situation, service):
            wanted = replace(wanted, strategy=None, derived=None, deploys=False)
        if not _is_there(situation, move, service, wanted):
            found.append((move, service, wanted))
    return found


def _is_there(situation: Situation, move: Move, service: Service, wanted: Placement) -> bool:
    """Whether the service has that placement; on the way back the one before the rollout does as well."""
    if wanted.deploys and is_left(situation, service):
        return False  # its constraints may be home already, its tasks are not
    if has_placement(move, service, wanted, situation.progress):
        return True
    home = has_placement(move, service, move.placements[BEFORE], situation.progress)
    return situation.direction is Direction.BACK and home and not _is_bound(situation, service, wanted)


def _is_bound(situation: Situation, service: Service, wanted: Placement) -> bool:
    """Whether its newest deployment may still bind it to where it was moved, though its constraints are home.

    Constraints bind from a deployment on (docs/aws-facts.md): taking them away changes nothing for the one that runs.
    """
    before = situation.plan.recorded.deployments.get(service.name, service.deployment_id)
    return wanted.deploys and wanted.strategy is None and service.deployment_id != before


def reverted(situation: Situation) -> list[Service]:
    """On the way forward, services that were moved in this stage and do not read so.

    A circuit breaker or another actor took them back; or the reading is older than the move.
    """
    ours = situation.progress.stage.deployments
    if situation.direction is Direction.BACK:
        return []
    return [service for _move, service, _wanted in to_move(situation) if service.name in ours]


def _to_rescue(situation: Situation) -> list[tuple[Move, Service, Placement]]:
    """On the way back: failing services to be kept off the new AMI while it is there, and freed again after that."""
    if situation.direction is not Direction.BACK or not any(instance.ready for instance in situation.fleet.incoming):
        return []
    standing = {each.name: each for each in situation.services}
    new = any(is_new(situation.plan, instance) for instance in situation.fleet.outgoing)
    found = []
    for move in situation.plan.route.rescues:
        service = standing.get(move.service)
        if service is None:
            continue
        kept_off = has_placement(move, service, move.placements[RESCUED], situation.progress)
        fails = move.service in rescued(situation.observation) and (kept_off or not service.stable)
        deploys = kept_off or _finds_room(situation, service)
        wanted = move.placements[RESCUED if fails and new and deploys else BEFORE]
        if not has_placement(move, service, wanted, situation.progress):
            found.append((move, service, wanted))
    return found


def _finds_room(situation: Situation, service: Service) -> bool:
    """Whether a deployment would get on: ECS may stop a task first, or there is room for one more than is missing.

    Where it would not, draining the new instances does the same.
    """
    if service.min_running < service.desired:
        return True
    staying = [instance for instance in situation.fleet.incoming if instance.ready]
    missing = max(0, service.desired - service.running - service.pending)
    return free_room(situation.observation, staying).take([service.resources] * (missing + 1))


def next_wave(situation: Situation) -> list[tuple[Move, Service, Placement]]:
    """Those of them that are told now: first services that need every instance, then those that need one for each task.

    Otherwise the others may fill an instance that such a task needs, and it fits nowhere although there is room.
    """
    if not capacity_stands(situation):
        return []
    unclear = {service.name for service in reverted(situation)}
    waiting = [each for each in to_move(situation) if each[1].name not in unclear]
    if rescued(situation.observation) or not waiting:
        return waiting
    wave = min(_wave(situation, service) for _move, service, _wanted in waiting)
    told = situation.progress.stage.deployments
    if any(service.name in told and _wave(situation, service) < wave for service in situation.unstable):
        return []
    return [each for each in waiting if _wave(situation, each[1]) == wave]


def _wave(situation: Situation, service: Service) -> int:
    """When the service is told: the fewer instances it may do without, the earlier."""
    if not service.needs_own_instance:
        return 2
    size = situation.plan.topology.standing_size(situation.direction, situation.plan.sizes)
    return 0 if service.desired >= size else 1


def has_placement(move: Move, service: Service, wanted: Placement, progress: Progress) -> bool:
    """Whether the service has that placement, as far as the rollout manages it."""
    constraints = set(move.constraints(service.constraints, wanted)) == set(service.constraints)
    strategy = wanted.strategy is None or tuple(sorted(wanted.strategy)) == tuple(sorted(service.strategy))
    kind, _source = progress.created.revisions.get(service.task_definition, (None, ""))
    return constraints and strategy and kind == wanted.derived


def default_to_set(situation: Situation) -> tuple[Share, ...] | None:
    """The cluster's default strategy, where it is to change: to the new provider once all services are there, or back.

    Only the one provider's name is exchanged, in whatever stands there now.
    """
    topology = situation.plan.topology
    source, target = topology.old.provider, topology.new.provider
    forward = situation.direction is Direction.FORWARD
    if (
        topology.in_place
        or not source
        or not target
        or (forward and (situation.is_stopping or not is_last(situation.plan, situation.progress)))
    ):
        return None
    leaves, comes = (source.name, target.name) if forward else (target.name, source.name)
    names = [share.provider for share in situation.observation.default_strategy]
    if leaves not in names or comes in names:
        return None
    return tuple(
        replace(share, provider=comes) if share.provider == leaves else share
        for share in situation.observation.default_strategy
    )


def capacity_stands(situation: Situation) -> bool:
    """Whether every instance that services will move to is ready; with managed scaling that comes after them.

    One is enough for services whose tasks fail where they are. Of a group that is as large as it may be, those that
    there is room for beside what leaves.
    """
    if not situation.stage.ahead:
        return True
    plan, direction = situation.plan, situation.direction
    if plan.topology.is_scaled_by_provider(direction):
        return True
    staying = {instance.instance_id for instance in situation.fleet.incoming}
    ready = sum(instance.ready and instance.instance_id in staying for instance in growing(situation))
    leaves = len(plan.topology.of_the_growing(situation.fleet.outgoing, direction))
    room = max(1, desired_capacity(situation) - leaves)
    needed = min(plan.topology.standing_size(direction, plan.sizes), room)
    return ready >= (min(1, needed) if rescued(situation.observation) else needed)


def growing(situation: Situation) -> list[Instance]:
    """The instances, not on their way out, of the group that grows in this direction."""
    return situation.plan.topology.of_the_growing(situation.fleet.alive, situation.direction)
