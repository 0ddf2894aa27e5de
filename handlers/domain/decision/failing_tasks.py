"""Services whose tasks keep failing on new instances: what turns a rollout at once, whatever else goes on. Pure.

A task fails when it exits by itself, does not start, or fails its checks. That is held against the new AMI only where
the failures explain what is missing, and where it does not happen on old instances just so: not because more tasks are
wanted than before, by a bad deployment, or by a lost zone.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.task_failure import TaskFailure
from handlers.errors import TasksFailing
from handlers.payloads import Direction

RECENT_SECONDS = 900
SUSTAINED_SECONDS = 90  # below its floor for so long, a service lacks a task that failed once and does not come back
AGAIN_SECONDS = 5  # two readings that are closer are one, repeated
LOOK_AGAIN_SECONDS = 15
BAD_EVENTS = 3
FAILURES_PER_TASK = 0.25  # in RECENT_SECONDS: one an hour; a service that is well has one in fifty hours
TIMES_AS_OFTEN = 3


@dataclass(frozen=True)
class Failing:
    """A service with recent failures on new instances, and on old ones."""

    service: Service
    on_new: tuple[TaskFailure, ...]
    on_old: tuple[TaskFailure, ...]
    short: bool  # below its floor, or at zero, and the failures explain it
    keeps_failing: bool  # more of its tasks fail than noise explains, wherever it stands


def is_new(plan: Plan, instance: Instance) -> bool:
    """Whether it is an instance that the rollout moves tasks to, whichever way it goes now."""
    return plan.topology.is_new(instance, plan.target_ami)


def failing_services(situation: Situation) -> tuple[Failing, ...]:
    """Each service whose failures on new instances are worth a second look."""
    if situation.direction is Direction.BACK or not situation.observation.task_failures:
        return ()
    known = situation.progress.health.failing
    found = (_failing(situation, service) for service in situation.services)
    return tuple(
        failing
        for failing in found
        if failing is not None and (failing.short or failing.keeps_failing or failing.service.name in known)
    )


def suspects(situation: Situation) -> dict[str, float]:
    """When each of them was first seen failing, by service name; kept for as long as its failures are recent.

    A task that lives for a while brings its service back to its floor again and again: that ends no suspicion.
    """
    known = situation.progress.health.failing
    return {
        failing.service.name: known.get(failing.service.name, situation.now) for failing in failing_services(situation)
    }


def is_suspicious(situation: Situation) -> bool:
    """Whether a second look is due soon."""
    return any(failing.short or failing.keeps_failing for failing in failing_services(situation))


def check_failing_services(situation: Situation) -> None:
    """Raise TasksFailing where a service was seen failing before, and is now."""
    for failing in failing_services(situation):
        known_for = situation.now - situation.progress.health.failing.get(failing.service.name, situation.now)
        lacking_for = min(known_for, situation.now - max(each.at for each in failing.on_new))
        short = failing.short and (len(failing.on_new) > 1 or lacking_for >= SUSTAINED_SECONDS)
        if (short or failing.keeps_failing) and known_for >= AGAIN_SECONDS:
            raise TasksFailing(_says(failing))


def rescued(observation: Observation) -> frozenset[str]:
    """On the way back, the services whose tasks failed on new instances: what they have there is worth nothing."""
    return frozenset(observation.progress.health.failing) if observation.direction is Direction.BACK else frozenset()


def _failing(situation: Situation, service: Service) -> Failing | None:
    recent = [
        failure
        for failure in _of(service, situation.observation.task_failures)
        if situation.now - failure.at <= RECENT_SECONDS
    ]
    new, old = _by_age(situation, recent)
    new = [
        failure
        for failure in new
        if failure.at >= situation.plan.started_at and _is_known_good(situation, service, failure, old)
    ]
    ready_new = sum(instance.ready for instance in situation.fleet.alive if is_new(situation.plan, instance))
    ready_old = sum(instance.ready for instance in situation.fleet.alive if not is_new(situation.plan, instance))
    if not new or len(new) * max(1, ready_old) <= TIMES_AS_OFTEN * len(old) * max(1, ready_new):
        return None
    missing = service.desired - service.serving
    short = missing > 0 and (service.serving <= service.min_running or not service.serving) and 2 * len(new) >= missing
    share = ready_new / max(1, ready_new + ready_old)
    keeps = len(new) >= max(BAD_EVENTS, math.ceil(FAILURES_PER_TASK * service.desired * share))
    return Failing(service, tuple(new), tuple(old), short and not service.daemon, keeps)


def _of(service: Service, failures: Iterable[TaskFailure]) -> list[TaskFailure]:
    return [failure for failure in failures if failure.service == service.name]


def _by_age(situation: Situation, failures: list[TaskFailure]) -> tuple[list[TaskFailure], list[TaskFailure]]:
    """Those on new instances and those on old ones; an instance that is gone tells of neither."""
    new = {instance.arn for instance in situation.fleet.alive if is_new(situation.plan, instance)}
    old = {instance.arn for instance in situation.fleet.alive if not is_new(situation.plan, instance)}
    return [failure for failure in failures if failure.instance_arn in new], [
        failure for failure in failures if failure.instance_arn in old
    ]


def _is_known_good(situation: Situation, service: Service, failure: TaskFailure, old: list[TaskFailure]) -> bool:
    """Whether what failed ran well somewhere else: the revision of before, one derived from it, or one that got stable.

    A revision that an operator deployed in mid-rollout is held against the AMI only where old instances run it, too.
    """
    before = situation.plan.recorded.task_definitions.get(service.name)
    if failure.task_definition == before or failure.task_definition in situation.progress.created.revisions:
        return True
    compared = (
        not old
        and not situation.plan.route.moves
        and any(instance.ready and not is_new(situation.plan, instance) for instance in situation.fleet.alive)
    )
    return service.rollout_state == "COMPLETED" or compared


def _says(failing: Failing) -> str:
    service, latest = failing.service, max(failing.on_new, key=lambda each: each.at)
    return (
        f"Seen twice: {service.name} has {service.serving} of {service.desired} tasks in service, its floor is "
        f"{service.min_running}; in the last {RECENT_SECONDS} s {len(failing.on_new)} of its tasks failed on new "
        "instances and "
        f"{len(failing.on_old)} on old ones. The latest: {latest.last_words}. "
        "Look at the logs of that task: what does the new AMI lack?"
    )
