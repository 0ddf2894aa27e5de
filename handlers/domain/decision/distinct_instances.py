"""Services whose tasks never share an instance (`distinctInstance`), told to everything that looks for room. Pure.

Room is counted in CPU, memory and ports. A task of such a service is read as if it needed a port of the service's own,
and an instance that has one as if that port were taken there: then a second one finds no room on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from handlers.domain.model.fleet import Instance, Service, Task
from handlers.domain.model.resources import Resources

Places = Mapping[str, frozenset[str]]
"""By service, the arns of the container instances that have a task of it."""


def with_places(services: Iterable[Service], places: Places) -> tuple[Service, ...]:
    """The services, those among `places` with a place of their own in what they need."""
    return tuple(
        replace(service, resources=_needing(service.resources, service.name)) if service.name in places else service
        for service in services
    )


def taken(instances: Iterable[Instance], places: Places) -> list[Instance]:
    """The instances, with the places that are taken there."""
    if not places:
        return list(instances)
    return [
        replace(instance, free=_less(instance.free, instance.arn, places)) if instance.arn else instance
        for instance in instances
    ]


def placed(tasks: Iterable[Task], places: Places) -> tuple[Task, ...]:
    """The tasks, those of such services with their place in what they need."""
    return tuple(
        replace(task, resources=_needing(task.resources, task.service)) if task.service in places else task
        for task in tasks
    )


def _needing(needs: Resources, service: str) -> Resources:
    return replace(needs, ports=needs.ports | {_place(service)})


def _less(free: Resources, arn: str, places: Places) -> Resources:
    return replace(free, ports=free.ports | {_place(name) for name, arns in places.items() if arn in arns})


def _place(service: str) -> str:
    return f"distinct/{service}"
