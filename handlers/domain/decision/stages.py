"""Where in its stages a rollout is: the current stage, what services are told there, when its gate is passed."""

from dataclasses import replace

from handlers.domain.decision.failing_tasks import rescued
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.observation import Observation, Progress
from handlers.domain.model.operator_command import OperatorCommand
from handlers.domain.model.placement import BEFORE, RESCUED, Move, Placement, Share
from handlers.domain.model.plan import Plan
from handlers.domain.model.stage import Stage
from handlers.payloads import Direction

STOPPING = "stopping as asked"


def stage_of(plan: Plan, progress: Progress) -> Stage:
    """The current stage; after the last one, the last one. One that is to stop finishes only what has begun."""
    strategy_plan = plan.stages_in(progress.direction)
    stage = strategy_plan[min(progress.stage, len(strategy_plan) - 1)]
    if not stopping(progress):
        return stage
    return replace(stage, name=STOPPING, replaced=progress.stops_at, ahead=False, bake_seconds=0, promotion=False)


def stopping(progress: Progress) -> bool:
    """Whether the rollout only finishes what has begun, as somebody asked."""
    return progress.stops_at is not None and progress.direction is Direction.FORWARD


def command_of(plan: Plan, observation: Observation) -> OperatorCommand | None:
    """What somebody wants of this rollout now."""
    command = observation.command
    return command if command is not None and command.rollout_id == plan.rollout_id else None


def is_last(plan: Plan, progress: Progress) -> bool:
    """Whether no other stage follows."""
    return stopping(progress) or progress.stage >= len(plan.stages_in(progress.direction)) - 1


def placement_label(plan: Plan, progress: Progress) -> str | None:
    """The label of the placement that services are to have now; None where they are left as they are."""
    stage = stage_of(plan, progress)
    return stage.standby if progress.serving_old and stage.standby else stage.placement


def to_move(plan: Plan, observation: Observation) -> list[tuple[Move, Service, Placement]]:
    """The services that are not told yet what this stage tells them, with what they are to be told.

    On the way back a service that is as it was before the rollout is left alone.
    """
    label = placement_label(plan, observation.progress)
    if stopping(observation.progress):
        return []
    found = _to_rescue(plan, observation)
    if label is None:
        return found
    standing = {one.name: one for one in observation.services}
    for move in plan.moves:
        service, wanted = standing.get(move.service), move.placements.get(label)
        if service is None or wanted is None or has_placement(move, service, wanted, observation.progress):
            continue
        if observation.direction is Direction.BACK and has_placement(
            move, service, move.placements[BEFORE], observation.progress
        ):
            continue
        found.append((move, service, wanted))
    return found


def _to_rescue(plan: Plan, observation: Observation) -> list[tuple[Move, Service, Placement]]:
    """On the way back: failing services to be kept off the new AMI while it is there, and freed again after that."""
    if observation.direction is not Direction.BACK or not any(one.ready for one in observation.fleet.incoming):
        return []
    standing = {one.name: one for one in observation.services}
    found = []
    for move in plan.rescues:
        service = standing.get(move.service)
        if service is None:
            continue
        kept_off = has_placement(move, service, move.placements[RESCUED], observation.progress)
        fails = move.service in rescued(observation) and (kept_off or not service.stable)
        wanted = move.placements[RESCUED if fails and observation.fleet.outgoing else BEFORE]
        if not has_placement(move, service, wanted, observation.progress):
            found.append((move, service, wanted))
    return found


def next_wave(plan: Plan, observation: Observation) -> list[tuple[Move, Service, Placement]]:
    """Those of them that are told now: first services that need an instance for each task, and the others after them.

    Otherwise the others may fill an instance that such a task needs, and it fits nowhere although there is room.
    """
    if not capacity_stands(plan, observation):
        return []
    waiting = to_move(plan, observation)
    if rescued(observation):
        return waiting
    first = [each for each in waiting if each[1].needs_own_instance]
    under_way = any(
        one.needs_own_instance and one.name in observation.progress.deployments for one in observation.unstable
    )
    return first or ([] if under_way else waiting)


def has_placement(move: Move, service: Service, wanted: Placement, progress: Progress) -> bool:
    """Whether the service has that placement, as far as the rollout manages it."""
    constraints = set(move.constraints(service.constraints, wanted)) == set(service.constraints)
    strategy = wanted.strategy is None or tuple(sorted(wanted.strategy)) == tuple(sorted(service.strategy))
    kind, _source = progress.revisions.get(service.task_definition, (None, ""))
    return constraints and strategy and kind == wanted.derived


def default_to_set(plan: Plan, observation: Observation) -> tuple[Share, ...] | None:
    """The cluster's default strategy, where it is to change: to the new provider once all services are there, or back.

    Only the one provider's name is exchanged, in whatever stands there now.
    """
    source, target = plan.recorded.source.provider, plan.recorded.target and plan.recorded.target.provider
    forward = observation.direction is Direction.FORWARD
    if (
        not source
        or not target
        or (forward and (stopping(observation.progress) or not is_last(plan, observation.progress)))
    ):
        return None
    leaves, comes = (source.name, target.name) if forward else (target.name, source.name)
    names = [one.provider for one in observation.default_strategy]
    if leaves not in names or comes in names:
        return None
    return tuple(
        replace(one, provider=comes) if one.provider == leaves else one for one in observation.default_strategy
    )


def capacity_stands(plan: Plan, observation: Observation) -> bool:
    """Whether every instance that services will move to is ready; with managed scaling that comes after them.

    One is enough for services whose tasks fail where they are.
    """
    if not stage_of(plan, observation.progress).ahead:
        return True
    if plan.managed and observation.direction is Direction.FORWARD:
        return True
    excluded_ids = {one.instance_id for one in observation.fleet.incoming}
    ready = sum(one.ready and one.instance_id in excluded_ids for one in growing(plan, observation))
    return ready >= (
        min(1, _needed(plan, observation.direction)) if rescued(observation) else _needed(plan, observation.direction)
    )


def growing(plan: Plan, observation: Observation) -> list[Instance]:
    """The instances, not on their way out, of the group that grows in this direction."""
    if plan.target_group is None:
        return list(observation.fleet.alive)
    name = plan.growing(observation.direction).name
    return [one for one in observation.fleet.alive if one.group == name]


def _needed(plan: Plan, direction: Direction) -> int:
    forward = direction is Direction.FORWARD
    return plan.size if forward or not plan.target_group else plan.recorded.source.desired
