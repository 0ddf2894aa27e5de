"""Services whose tasks keep failing on new instances: what turns a rollout at once, whatever else goes on. Pure.

A task fails when it exits by itself, does not start, or fails its checks. That is held against the new AMI only where
the failures explain what is missing, and where it does not happen on old instances just so: not because more tasks are
wanted than before, by a bad deployment, or by a lost zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from handlers.domain.decision.comparison import ALIKE, BAD_EVENTS, Comparison, Tally, judge
from handlers.domain.decision.exposure import is_new, share_on_new, task_hours
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.task_failure import TaskFailure
from handlers.errors import TasksFailing
from handlers.payloads import Direction

RECENT_SECONDS, REMEMBERED_SECONDS = 900, 3600
WINDOWS = (RECENT_SECONDS, REMEMBERED_SECONDS)
"""Tasks that fail often show in the first one, tasks that live for long in what ECS remembers of an hour."""

WELL_HOURS = 50.0
"""Task-hours in which one task of a service fails that is well."""

AGAIN_SECONDS = 5  # two readings that are closer are one, repeated
LOOK_AGAIN_SECONDS = 15
ENOUGH_WHERE_SHORT = 2


@dataclass(frozen=True)
class Failing:
    """A service with recent failures on new instances, and on old ones, in the window that tells most."""

    service: Service
    on_new: tuple[TaskFailure, ...]
    on_old: tuple[TaskFailure, ...]
    window: int
    tally: Tally
    compared: Comparison
    short: bool  # below its floor, or at zero, and the failures explain it
    lately: bool  # what happened just now is in doubt

    @property
    def keeps_failing(self) -> bool:
        """Whether more of its tasks fail than noise and old instances explain, wherever it stands."""
        return len(self.on_new) >= (ENOUGH_WHERE_SHORT if self.short else BAD_EVENTS) and self.compared.guilty

    @property
    def doubtful(self) -> bool:
        """Whether it is to be looked at again before anything else moves."""
        return self.short or self.keeps_failing or self.lately


def failing_services(situation: Situation) -> tuple[Failing, ...]:
    """Each service whose failures on new instances are worth a second look."""
    if situation.direction is Direction.BACK or not situation.observation.task_failures:
        return ()
    known = situation.progress.health.failing
    found = (_failing(situation, service) for service in situation.services)
    return tuple(
        failing for failing in found if failing is not None and (failing.doubtful or failing.service.name in known)
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
    return any(failing.doubtful for failing in failing_services(situation))


def stands_out(situation: Situation, service: Service) -> bool:
    """Whether one failure of it on a new instance is already more than noise explains well."""
    return any(judge([_tally(situation, service, window)], WELL_HOURS).doubtful(1) for window in WINDOWS)


def check_failing_services(situation: Situation) -> None:
    """Raise TasksFailing where a service was seen failing before, and is now."""
    for failing in failing_services(situation):
        known_for = situation.now - situation.progress.health.failing.get(failing.service.name, situation.now)
        if failing.keeps_failing and known_for >= AGAIN_SECONDS:
            raise TasksFailing(_says(failing))


def rescued(observation: Observation) -> frozenset[str]:
    """On the way back, the services whose tasks failed on new instances: what they have there is worth nothing."""
    return frozenset(observation.progress.health.failing) if observation.direction is Direction.BACK else frozenset()


def task_tallies(situation: Situation, window: int) -> dict[str, Tally]:
    """By service, its failed tasks in that window."""
    return {service.name: _tally(situation, service, window) for service in situation.services}


def failures_before(situation: Situation) -> dict[str, int]:
    """By service, how many of its tasks failed on old instances in the hour that ECS remembers, as far as any did."""
    counts = {service.name: len(_split(situation, service, REMEMBERED_SECONDS)[1]) for service in situation.services}
    return {name: count for name, count in counts.items() if count}


def _failing(situation: Situation, service: Service) -> Failing | None:
    judged = []
    for window in WINDOWS:
        tally = _tally(situation, service, window)
        judged.append((judge([tally], WELL_HOURS), tally, window))
    lately = judged[0][0].doubtful()
    compared, tally, window = min(judged, key=lambda each: (not each[0].guilty, max(each[0].noise, each[0].alike)))
    new, old = _split(situation, service, window)
    recent = _split(situation, service, RECENT_SECONDS)[0]
    if not recent or compared.alike > 2 * ALIKE:
        return None
    missing = service.desired - service.serving
    short = (
        missing > 0 and (service.serving <= service.min_running or not service.serving) and 2 * len(recent) >= missing
    )
    return Failing(service, tuple(new), tuple(old), window, tally, compared, short and not service.daemon, lately)


def _tally(situation: Situation, service: Service, window: int) -> Tally:
    """Of old instances that are gone, as many failures count as there were in the hour before the rollout."""
    new, old = _split(situation, service, window)
    gone = share_on_new(situation)
    before = round((situation.progress.health.failed_before or {}).get(service.name, 0) * gone)
    return Tally(len(new), len(old), *task_hours(situation, service, window), before, service.desired * gone)


def _split(situation: Situation, service: Service, window: int) -> tuple[list[TaskFailure], list[TaskFailure]]:
    """Its failures in that window on new instances and on old ones; where nothing compares, they tell nothing."""
    recent = [
        failure for failure in _of(service, situation.observation.task_failures) if situation.now - failure.at <= window
    ]
    new, old = _by_age(situation, recent)
    new = [
        failure
        for failure in new
        if failure.at >= situation.plan.started_at and _is_known_good(situation, service, failure, old)
    ]
    return new, old


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
        f"{service.min_running}; tasks of it that failed in the last {failing.window} s: {failing.tally.said} "
        f"(what is well has one in {WELL_HOURS:.0f} h; the probability of that is {failing.compared.noise:.1g}). "
        f"The latest: {latest.last_words}. "
        "Look at the logs of that task: what does the new AMI lack?"
    )
