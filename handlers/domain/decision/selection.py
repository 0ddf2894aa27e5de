"""Which instances have to go, and in which order. Pure."""

from handlers.domain.decision.current_stage import stage_of
from handlers.domain.model.fleet import Fleet, Instance, oldest_first
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.payloads import Direction


def excluded_ids(progress: Progress) -> frozenset[str]:
    """Ids of outgoing instances that this rollout leaves alone: skipped by the input's own word."""
    return frozenset(progress.drains.skipped) if progress.direction is Direction.FORWARD else frozenset()


def split(plan: Plan, progress: Progress, alive: list[Instance]) -> tuple[list[Instance], list[Instance]]:
    """Who leaves and who stays."""
    outgoing_of = plan.topology.has_to_go
    leaves = {
        instance.instance_id
        for instance in alive
        if outgoing_of(instance, progress.direction, plan.target_ami, plan.started_at)
    }
    outgoing = [instance for instance in alive if instance.instance_id in leaves]
    return outgoing, [instance for instance in alive if instance.instance_id not in leaves]


def still_to_go(plan: Plan, fleet: Fleet, progress: Progress) -> list[Instance]:
    """Those of the fleet that are on the wrong AMI, or in the wrong group, and that nobody wanted left."""
    outgoing, _staying = split(plan, progress, list(fleet.alive))
    return _but_for_the_kept(plan, progress, outgoing)


def to_replace(plan: Plan, fleet: Fleet, progress: Progress) -> list[Instance]:
    """What has to go in this stage: what drains already, then oldest first; new ones that are given up in whichever."""
    going = _but_for_the_kept(plan, progress, oldest_first(fleet.outgoing))
    ordered = [instance for instance in going if instance.draining] + [
        instance for instance in going if not instance.draining
    ]
    limit = stage_of(plan, progress).replaced
    if limit is None:
        return ordered
    forward = progress.direction is Direction.FORWARD
    new = [each for each in ordered if forward and plan.topology.is_new(each, plan.target_ami)]
    old = [each for each in ordered if each not in new]
    left = len(fleet.outgoing) - len(new)
    return new + old[: max(0, limit - max(0, plan.at_start.old - left))]


def _but_for_the_kept(plan: Plan, progress: Progress, instances: list[Instance]) -> list[Instance]:
    """Less those that are skipped, and those that services hold which the input leaves alone."""
    kept = excluded_ids(progress)
    return [each for each in instances if each.instance_id not in kept and not _occupied(plan, each)]


def _occupied(plan: Plan, instance: Instance) -> bool:
    """Tasks of services that the input leaves alone run on it."""
    return bool(plan.left_alone) and any(task.service in plan.left_alone for task in instance.movable)
