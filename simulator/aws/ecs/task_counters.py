"""The one place that moves a task from status to status and keeps every count right as it does."""

from collections.abc import Iterator
from contextlib import contextmanager

from simulator.aws.ecs.state import ContainerInstance, Task


@contextmanager
def changing_status(task: Task) -> Iterator[None]:
    """Change the task's statuses inside; instance, service, deployment and cluster count it anew afterwards."""
    _count(task, -1)
    try:
        yield
    finally:
        _count(task, 1)
        task.version += 1


def add_task(task: Task) -> None:
    """Enter a new task everywhere it is looked up by."""
    _enter(task)
    task.cluster.tasks[task.id] = task
    if task.service is not None:
        task.service.tasks[task.id] = task
    _count(task, 1)


def remove_task(task: Task) -> None:
    """Take a STOPPED task out of everything that holds live tasks; the cluster remembers it as stopped."""
    _leave(task)
    del task.cluster.tasks[task.id]
    if task.service is not None:
        del task.service.tasks[task.id]
    task.cluster.stopped[task.id] = task


def move_task(task: Task, instance: ContainerInstance) -> None:
    """Give a task that waited for room its instance: PENDING there."""
    with changing_status(task):
        _leave(task)
        task.instance, task.last_status = instance, "PENDING"
        _enter(task)


def _enter(task: Task) -> None:
    task.instance.accounting.reserve(task.task_definition.resources)
    task.instance.tasks[task.id] = task
    if task.service is None or not task.service.is_daemon:
        task.instance.service_tasks += 1


def _leave(task: Task) -> None:
    task.instance.accounting.release(task.task_definition.resources)
    del task.instance.tasks[task.id]
    if task.service is None or not task.service.is_daemon:
        task.instance.service_tasks -= 1


def _count(task: Task, by: int) -> None:
    running, pending, wanted = task.last_status == "RUNNING", task.pending, task.wanted
    task.instance.running += by * wanted
    task.instance.pending += by * pending
    task.cluster.running += by * running
    task.cluster.pending += by * pending
    if task.deployment is not None:
        task.deployment.running += by * running
        task.deployment.pending += by * pending
        task.deployment.wanted += by * wanted
    if task.service is not None:
        task.service.running_count += by * running
        task.service.pending_count += by * pending
        if wanted and task.placed:
            _shift(task.service.on_instance, task.instance.id, by)
            _shift(task.service.in_zone, task.instance.zone, by)


def _shift(counts: dict[str, int], name: str, by: int) -> None:
    counts[name] = counts.get(name, 0) + by
    if not counts[name]:
        del counts[name]
