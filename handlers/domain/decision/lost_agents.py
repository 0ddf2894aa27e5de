"""Instances whose agent is gone, or that another actor drains: which they are, what their tasks still count for. Pure.

An agent may flap (docs/aws-facts.md, trap 19), so one reading says nothing: an instance is lost when no reading has
seen it in service and connected for `LOST_SECONDS`. ECS hears nothing of a lost one. A task that it asks to stop there
reads RUNNING, or PENDING, until the machine goes, in its service's counts and in the deployment that it came with;
nobody sends it traffic any more, and it never stops.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from handlers.domain.model.fleet import Fleet, Instance, Owner, Service, Task
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress

LOST_SECONDS = 120
COUNTED = ("RUNNING", "PENDING")
"""In these its service counts a task; one that is STOPPING takes its place in `maximumPercent` all the same."""

GIVEN_UP_SECONDS = 300  # an agent that restarts, or updates, is away for less


def is_lost(progress: Progress, instance: Instance, now: float) -> bool:
    """Whether its agent has been away on every reading for so long that it is taken for gone."""
    return instance.away and now - progress.drains.absent_since.get(instance.instance_id, now) >= LOST_SECONDS


def is_away_for_a_moment(progress: Progress, instance: Instance, now: float) -> bool:
    """Whether its agent was there when it was looked at last, or not much earlier."""
    since = progress.drains.absent_since.get(instance.instance_id, now)
    return instance.away and instance.lifecycle == "InService" and now - since < LOST_SECONDS


def is_given_up(plan: Plan, progress: Progress, instance: Instance, now: float) -> bool:
    """Whether an instance that is to stay has to be replaced: another actor drains it, or its agent is gone.

    Nothing can be placed on it. Whether its AMI is to blame is judged beside (`failing_hosts`).
    """
    if is_drained_by_others(progress, instance) or instance.instance_id in progress.drains.orphaned:
        return True
    patience = min(GIVEN_UP_SECONDS, plan.policies.timeouts.register_seconds / 2)
    gone_for = now - progress.drains.absent_since.get(instance.instance_id, now)
    return instance.away and gone_for >= patience


def is_drained_by_others(progress: Progress, instance: Instance) -> bool:
    """Whether it drains, and this rollout never asked for that: it wrote each down before."""
    return instance.draining and instance.instance_id not in progress.drains.started_at


def holding_up(progress: Progress, fleet: Fleet, now: float) -> list[Instance]:
    """Outgoing instances that are lost with a task that ECS asked to stop, whatever the stage: it never will.

    ECS counts it as running, so the service's maximum may keep the next one from starting until the machine is gone.
    """
    return [
        instance
        for instance in fleet.outgoing
        if is_lost(progress, instance, now) and any(_never_stops(task) for task in instance.left)
    ]


def _never_stops(task: Task) -> bool:
    return task.owner is not Owner.STANDALONE and task.desired_status == "STOPPED" and not task.stopped


def without_stuck(
    services: tuple[Service, ...], instances: Iterable[Instance], progress: Progress, now: float
) -> tuple[Service, ...]:
    """The services less the tasks that were asked to stop on lost instances."""
    stuck = Counter(
        (task.service, task.last_status)
        for instance in instances
        if is_lost(progress, instance, now)
        for task in instance.left
        if _never_stops(task)
    )
    return tuple(_without(service, *(stuck[service.name, status] for status in COUNTED)) for service in services)


def _without(service: Service, running: int, pending: int) -> Service:
    if not running + pending:
        return service
    return replace(
        service, running=service.running - running, pending=service.pending - pending, stuck=running + pending
    )
