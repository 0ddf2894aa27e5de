"""What RegisterTaskDefinition refuses, and what it fills in."""

import re
from typing import Any

from simulator.aws.ecs.errors import ClientError
from simulator.aws.ecs.fargate import FARGATE, fits_fargate

Shape = dict[str, Any]

FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Botocore, `RegisterTaskDefinition.family`."""

NO_CONTAINERS = "Container list cannot be empty."
"""ECS's words (aws-cloudformation-user-guide pull request 454)."""

NO_MEMORY = "Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be specified."
"""ECS's words (aws-cli issue 4453)."""

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Botocore, `ContainerDefinition.name`."""

MOST_CONTAINERS = 10
"""Service quotas, "Containers per task definition"."""

NO_SUCH_SIZE = "No Fargate configuration exists for given values."
"""ECS's words (developer guide, "Troubleshoot Amazon ECS task definition invalid CPU or memory errors")."""

PORTS_MUST_MATCH = "When networkMode={}, the host ports and container ports in port mappings must match."
"""ECS's words; botocore, `PortMapping.hostPort`: of `awsvpc` and `host`."""

NUMBER = re.compile(r"(\d*\.?\d+)\s*([A-Za-z]*)")
UNITS = {"cpu": ("vcpu", 1024), "memory": ("gb", 1024)}

CONTAINER_DEFAULTS: Shape = {
    "cpu": 0,
    "portMappings": [],
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "volumesFrom": [],
    "systemControls": [],
}
"""What a container shows of what it was not told (botocore, `ContainerDefinition`)."""


def check_definition(family: str, containers: list[Shape], settings: Shape) -> None:
    """Raise ClientException for what is no task definition."""
    _require(FAMILY.fullmatch(family), f"Invalid family name: {family}")
    _require(containers, NO_CONTAINERS)
    _require(settings.get("tags") != [], "Tags can not be empty.")
    _require(len(containers) <= MOST_CONTAINERS, f"A task can have at most {MOST_CONTAINERS} containers.")
    names = [each.get("name") for each in containers]
    for each in containers:
        _check_container(each, settings.get("networkMode"))
    _require(len(names) == len({*names}), "Container names must be unique within a task definition.")
    _require(any(each.get("essential", True) for each in containers), "A task must have an essential container.")
    for each in containers if not settings.get("memory") else ():
        _require(each.get("memory") or each.get("memoryReservation"), NO_MEMORY.format(each.get("name")))
    if FARGATE in (settings.get("requiresCompatibilities") or ()):
        _require(settings.get("networkMode") == "awsvpc", "Fargate only supports network mode awsvpc.")
        size = (settings.get("cpu"), settings.get("memory"))
        _require(all(size), "Fargate requires that 'cpu' and 'memory' be defined at the task level.")
        _require(fits_fargate(int(str(size[0])), int(str(size[1]))), NO_SUCH_SIZE)
    _check_size(containers, settings)
    for each in settings.get("placementConstraints") or ():
        _require(each.get("type") == "memberOf", "A task definition can have constraints of type memberOf only.")


def _check_container(container: Shape, network_mode: str | None) -> None:
    for member in ("name", "image"):
        _require(container.get(member), f"Container.{member} should not be null or empty.")
    _require(NAME.fullmatch(container["name"]), f"Invalid container name: {container['name']}")
    hard, soft = container.get("memory"), container.get("memoryReservation")
    _require(not (hard and soft) or hard >= soft, "memoryReservation must not be greater than memory.")
    for mapping in container.get("portMappings") or () if network_mode in ("awsvpc", "host") else ():
        same = mapping.get("hostPort") in (None, mapping.get("containerPort"))
        _require(same, PORTS_MUST_MATCH.format(network_mode))


def _check_size(containers: list[Shape], settings: Shape) -> None:
    """Botocore, `ContainerDefinition.memory`: all containers together are within the task's memory, where it says."""
    if not settings.get("memory"):
        return
    asked = sum(each.get("memoryReservation") or each.get("memory") or 0 for each in containers)
    _require(asked <= int(settings["memory"]), "The containers reserve more memory than the task has.")


def in_units(settings: Shape) -> Shape:
    """The settings with cpu and memory as the numbers that they mean; raises ClientException for what is none.

    Botocore, `RegisterTaskDefinition.cpu` and `.memory`: "String values are converted to an integer".
    """
    sizes = {name: _number(name, str(settings[name])) for name in UNITS if settings.get(name)}
    return {**settings, **sizes}


def _number(name: str, text: str) -> str:
    found = NUMBER.fullmatch(text.strip())
    unit, factor = UNITS[name]
    _require(found and (not found[2] or found[2].lower() == unit), f"Invalid '{name}' setting for task.")
    assert found is not None
    return str(int(float(found[1]) * (factor if found[2] else 1)))


def completed(container: Shape, network_mode: str | None) -> Shape:
    """The container with its defaults, as DescribeTaskDefinition gives it back."""
    mappings = [_mapping(each, network_mode) for each in container.get("portMappings") or ()]
    return {**CONTAINER_DEFAULTS, **container, "portMappings": mappings}


def _mapping(mapping: Shape, network_mode: str | None) -> Shape:
    """Botocore, `PortMapping`: in `awsvpc` and `host` mode the host port is the container's, else 0: a dynamic one."""
    own = mapping.get("containerPort", 0) if network_mode in ("awsvpc", "host") else 0
    return {"hostPort": own, "protocol": "tcp", **mapping}


def _require(condition: object, message: str) -> None:
    if not condition:
        raise ClientError(message)
