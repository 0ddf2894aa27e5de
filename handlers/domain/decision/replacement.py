"""Replacement: which instances leave now, drain oldest first into room that exists, terminate what is empty.

No barrier for each batch: whatever is ready moves on, a slot is refilled the moment it is free.
The same questions are asked by every strategy and in both directions; on the way back the new instances leave.
"""

from collections import Counter
from itertools import takewhile

from handlers.domain.decision.failing_tasks import rescued
from handlers.domain.decision.lost_agents import holding_up, is_lost
from handlers.domain.decision.orphans import stand_at_their_floors
from handlers.domain.decision.overdue import overdue
from handlers.domain.decision.room import READS_SETTLE_SECONDS, find_room, free_room, leaving_soon, pending_tasks
from handlers.domain.decision.selection import to_replace
from handlers.domain.decision.settling import unsettled
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.zone_balance import keeping_zones_even
from handlers.domain.model.fleet import Fleet, Instance, Owner
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.domain.model.resources import Resources
from handlers.payloads import Direction


def desired_capacity(situation: Situation) -> int:
    """How many instances the growing group should have now.

    Two groups: all that it is to have. One: its size and what leaves, never more than size and surge.
    """
    plan = situation.plan
    return plan.topology.desired_capacity(
        situation.stage,
        situation.direction,
        situation.fleet,
        situation.to_replace,
        plan.sizes,
        situation.progress.capacity.temporary,
    )


def replaced_in_the_end(situation: Situation) -> int:
    """How many instances are replaced when a rollout ends that begins nothing more.

    Rolling: as many as are new or on their way already, so that the group has its size again. Else what the stage
    has, with the instances that drain now.
    """
    fleet, stage = situation.fleet, situation.stage
    if situation.plan.topology.gradual:
        coming = len(fleet.incoming) + max(0, fleet.desired - len(fleet.alive))
        return situation.plan.at_start.old - max(0, situation.plan.sizes.size - coming)
    if stage.replaced is not None:
        return stage.replaced
    return situation.plan.at_start.old - sum(not instance.draining for instance in fleet.outgoing)


def candidates(plan: Plan, fleet: Fleet, progress: Progress) -> list[Instance]:
    """The instances that may drain next, oldest first: no more than capacity above the floor and even zones allow.

    An instance that does not count as capacity costs none, and goes first.
    """
    not_draining = [
        instance for instance in to_replace(plan, fleet, progress) if instance.registered and not instance.draining
    ]
    if plan.policies.protected_instances != "replace" and progress.direction is Direction.FORWARD:
        not_draining = [instance for instance in not_draining if not instance.protected]
    most, ready = max(0, fleet.ready - plan.floor), [instance for instance in not_draining if instance.ready]
    even = plan.sizes.surge > 0 and progress.direction is Direction.FORWARD
    ready = keeping_zones_even(plan, fleet, ready, most) if even else ready[:most]
    return [instance for instance in not_draining if not instance.ready] + ready


def to_drain(situation: Situation) -> list[Instance]:
    """The oldest candidates whose tasks have room to go to, now; on the way back those first that hold none.

    Their slots are where the old instances come up that have room for what the others hold.
    """
    waiting = next_to_drain(situation)
    if situation.direction is Direction.BACK:
        waiting.sort(key=lambda instance: not instance.holds_none)
    if not waiting:
        return []
    recovering = recovering_services(situation.observation)
    steady = list(
        takewhile(
            lambda instance: (
                is_lost(situation.progress, instance, situation.now)  # what waits there waits without end
                or not recovering & {task.service for task in instance.movable}
            ),
            waiting,
        )
    )
    steady = steady[: slice_left(situation, steady)]
    if situation.plan.sizes.surge:
        chosen = _those_with_room(situation.plan, steady, situation.observation, _new_and_ready(situation.observation))
    else:
        chosen = _into_the_rest(situation.plan, steady, situation.observation)
    if (
        chosen or not steady or in_flight(situation) or not situation.plan.topology.gradual
    ):  # pinned services may go nowhere else
        return chosen
    # Nothing moves and the new instances are full: any other instance that stays for now is room too.
    others = [
        instance
        for instance in situation.fleet.alive
        if instance.ready and instance is not steady[0] and situation.plan.cordon not in instance.attributes
    ]
    return _those_with_room(situation.plan, steady[:1], situation.observation, others)


def is_deadlocked(situation: Situation) -> bool:
    """Whether nothing moves, and the tasks of the next one to drain have no room but on instances that drain later."""
    waiting = next_to_drain(situation)[:1]
    return (
        bool(waiting)
        and not in_flight(situation)
        and not _those_with_room(situation.plan, waiting, situation.observation, _new_and_ready(situation.observation))
    )


def to_terminate(situation: Situation) -> list[Instance]:
    """Instances that hold nothing any more: drained, never registered, or past the deadline.

    A termination takes the capacity along, and Auto Scaling refuses one that would go below the group's minimum.
    """
    going = leaving(situation)
    late = overdue(situation, going)
    finished = [instance for instance in going if _is_finished(situation, instance) or instance in late]
    spare = situation.fleet.desired - situation.fleet.minimum
    return finished if not situation.plan.topology.in_place else finished[: max(0, spare)]


def leaving(situation: Situation) -> list[Instance]:
    """What has to go in this stage, and what holds a deployment up."""
    return [*situation.to_replace, *(each for each in lost_with_tasks(situation) if each not in situation.to_replace)]


def lost_with_tasks(situation: Situation) -> list[Instance]:
    """Lost instances that hold a deployment up: they go in whichever stage."""
    return holding_up(situation.progress, situation.fleet, situation.now)


def to_reactivate(situation: Situation) -> list[Instance]:
    """Instances that this rollout set to DRAINING and that are to stay.

    On the way back that is every old one; forward one that is skipped, or that a rollout which stops does not need.
    """
    ours, kept = situation.progress.drains.started_at, set(situation.progress.drains.skipped)
    if situation.direction is Direction.BACK:
        return [instance for instance in situation.fleet.incoming if instance.draining and instance.instance_id in ours]
    if situation.progress.pause.stops_at is not None:
        going = situation.to_replace
        return [
            instance for instance in situation.fleet.draining if instance not in going and instance.instance_id in ours
        ]
    return [
        instance
        for instance in situation.fleet.draining
        if instance.instance_id in kept or _to_skip(situation, instance)
    ]


def standalone_to_stop(situation: Situation) -> list[str]:
    """Arns of standalone tasks whose instance has drained for longer than they are given, where the input says stop."""
    if situation.plan.policies.standalone_tasks != "stop":
        return []
    overdue = (instance for instance in situation.fleet.draining if _standalone_overdue(situation, instance))
    return [task.arn for instance in overdue for task in instance.standalone if task.desired_status == "RUNNING"]


def slice_left(situation: Situation, waiting: list[Instance]) -> int:
    """How many of those may drain before what was moved has run for `min_healthy_seconds`: a surge's worth in all.

    All, where none of their services was in flux lately. A bad AMI takes no more than that before it shows.
    """
    moved = unsettled(situation).keys()
    held_up = [instance for instance in waiting if moved & {task.service for task in instance.movable}]
    if not held_up or not situation.plan.topology.in_place:
        return len(waiting)
    drained = situation.progress.drains.started_at.items()
    taken = sum(
        at > situation.progress.health.settled_at and bool(situation.progress.drains.tasks_at_start.get(name))
        for name, at in drained
    )
    return max(waiting.index(held_up[0]), (situation.plan.sizes.surge or situation.plan.sizes.max_unavailable) - taken)


def recovering_services(observation: Observation) -> frozenset[str]:
    """Services that run fewer tasks than desired, for which no draining instance is the reason."""
    moving = Counter(task.service for instance in observation.fleet.draining for task in instance.tasks or ())
    short = (
        service.name
        for service in observation.services
        if not service.daemon
        and service.running < service.desired - moving[service.name] - observation.stranded.get(service.name, 0)
    )
    return frozenset(short) - rescued(observation) - observation.beyond_help


def in_flight(situation: Situation) -> bool:
    """Whether anything launches, drains or terminates."""
    fleet = situation.fleet
    return bool(situation.draining or fleet.unready or fleet.terminating or fleet.desired > len(fleet.alive))


def next_to_drain(situation: Situation) -> list[Instance]:
    """The candidates, less those that do not count as capacity and may soon: an agent may only flap."""
    not_draining = candidates(situation.plan, situation.fleet, situation.progress)
    return [
        instance for instance in not_draining if instance.ready or is_lost(situation.progress, instance, situation.now)
    ]


def _is_finished(situation: Situation, instance: Instance) -> bool:
    """Whether it holds nothing, by two sources or by readings that agree; or nothing that is not replaced."""
    orphaned_at = situation.progress.drains.orphaned.get(instance.instance_id)
    if orphaned_at is not None and not instance.registered:
        return situation.now - orphaned_at >= READS_SETTLE_SECONDS and stand_at_their_floors(situation)
    if not instance.registered:
        waited = situation.now - instance.joined_at
        return situation.direction is Direction.BACK or waited > situation.timeouts.register_seconds
    if instance.empty and is_lost(situation.progress, instance, situation.now):
        return True
    return instance.drained and (
        situation.observation.accounts_for_all(instance)
        or situation.observation.idle_for(instance) >= READS_SETTLE_SECONDS
    )


def _standalone_overdue(situation: Situation, instance: Instance) -> bool:
    return (
        bool(instance.standalone)
        and situation.observation.draining_for(instance) > situation.timeouts.standalone_seconds
    )


def _to_skip(situation: Situation, instance: Instance) -> bool:
    return situation.plan.policies.standalone_tasks == "skip" and _standalone_overdue(situation, instance)


def _new_and_ready(observation: Observation) -> list[Instance]:
    return [instance for instance in observation.fleet.incoming if instance.ready]


def _into_the_rest(plan: Plan, waiting: list[Instance], observation: Observation) -> list[Instance]:
    """Without a surge: as many of the oldest as have room on all the others together, which stay for now."""
    chosen: list[Instance] = []
    for number in range(1, len(waiting) + 1):
        some = waiting[:number]
        rest = [instance for instance in observation.fleet.alive if instance.ready and instance not in some]
        if len(_those_with_room(plan, some, observation, rest)) < number:
            break
        chosen = some
    return chosen


def _those_with_room(
    plan: Plan, waiting: list[Instance], observation: Observation, destinations: list[Instance]
) -> list[Instance]:
    room, missing = free_room(observation, destinations), _may_be_missing(Situation(plan, observation))
    if not find_room(room, pending_tasks(observation), observation):
        return []
    return list(takewhile(lambda instance: find_room(room, _needing_room(instance, missing), observation), waiting))


def _may_be_missing(situation: Situation) -> Counter[str]:
    """How many tasks of each service may be missing for a while: none, unless the input lets instances be missing."""
    if not situation.plan.sizes.max_unavailable:
        return Counter()
    soon = leaving_soon(situation.observation)
    return Counter(
        {
            service.name: max(0, service.running - soon[service.name] - service.min_running)
            for service in situation.services
        }
    )


def _needing_room(instance: Instance, missing: Counter[str]) -> list[tuple[str, Resources]]:
    """The instance's movable tasks, by service, less those that may be missing (which this uses up)."""
    moving = []
    for task in instance.movable:
        if missing[task.service] > 0:
            missing[task.service] -= 1
        else:
            moving.append((task.service, task.resources))
    return moving


def standalone_left(situation: Situation) -> list[Instance]:
    """Draining instances on which nothing but standalone tasks is left."""
    return [
        instance
        for instance in situation.draining
        if instance.left and all(task.owner is Owner.STANDALONE for task in instance.left)
    ]
