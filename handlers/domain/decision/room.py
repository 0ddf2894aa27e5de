"""Room: where tasks may go, given away once. Pure.

Reads are eventually consistent: a task that was placed a moment ago may show on no instance yet, one that was told to
stop may still be counted. Either takes room, so that nothing drains into what is not there.
"""

from collections import Counter
from collections.abc import Iterable

from handlers.domain.decision.failing_tasks import rescued
from handlers.domain.model.fleet import Instance, Owner, Service, Task
from handlers.domain.model.observation import Observation
from handlers.domain.model.resources import Resources, Room

DAEMONS_SETTLE_SECONDS = 120
READS_SETTLE_SECONDS = 30  # reads are eventually consistent: one of them may not know yet of a task that stops


def free_room(observation: Observation, destinations: Iterable[Instance]) -> Room:
    """The room on those instances, less what their daemons will take, and what was placed a moment ago."""
    daemons = [service.resources for service in observation.services if service.daemon]
    room = Room(_free(instance, daemons, observation.now) for instance in destinations)
    room.fill(_placed_unseen(observation))
    return room


def find_room(room: Room, tasks: list[tuple[str, Resources]], observation: Observation) -> bool:
    """Take room for all of these tasks, by service, and tell whether they had it.

    Tasks of services that fail where they are hold up nobody, but take the room that they find.
    """
    failing = rescued(observation)
    room.fill(needs for service, needs in tasks if service in failing)
    return room.take(needs for service, needs in tasks if service not in failing)


def pending_tasks(observation: Observation) -> list[tuple[str, Resources]]:
    """The tasks that are displaced and placed nowhere yet, by service: they take room before anybody else does."""
    soon = leaving_soon(observation)
    return [
        (service.name, service.resources)
        for service in observation.services
        if not service.daemon
        for _ in range(_missing(service, observation, soon[service.name]))
    ]


def _missing(service: Service, observation: Observation, soon: int) -> int:
    """How many of its tasks are to be placed; those that have no place on any account are not."""
    return service.desired - observation.stranded.get(service.name, 0) - (service.running + service.pending - soon)


def leaving_soon(observation: Observation) -> Counter[str]:
    """By service, the tasks on draining instances that it counts as running: they will be, or are, placed elsewhere."""
    tasks = (
        task for instance in observation.fleet.draining for task in instance.tasks or () if task.owner is Owner.SERVICE
    )
    return Counter(task.service for task in tasks if _may_count_as_running(task, observation.now))


def _may_count_as_running(task: Task, now: float) -> bool:
    """Whether its service may count it: it runs, or was told to stop so lately that some reads do not know of it."""
    return task.desired_status == "RUNNING" or now - task.stopping_at < READS_SETTLE_SECONDS


def _placed_unseen(observation: Observation) -> list[Resources]:
    """The needs of tasks that ECS counts as pending and that no instance shows yet: reads are eventually consistent."""
    pending = [service.resources for service in observation.services for _ in range(service.pending)]
    shown = sum(instance.pending for instance in observation.fleet.alive)
    return sorted(pending, key=lambda resources: resources.size, reverse=True)[: max(0, len(pending) - shown)]


def _free(instance: Instance, daemons: list[Resources], now: float) -> Resources:
    """What is free on an instance; on one that is still empty, what its daemons will take is not free."""
    if instance.task_count or not daemons:
        return instance.free
    if now - instance.joined_at < DAEMONS_SETTLE_SECONDS:
        return Resources()
    free = instance.free
    for need in daemons:
        free = free.less(need)
    return free
