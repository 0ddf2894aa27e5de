"""What RegisterTaskDefinition refuses, and what it fills in."""

import re
from typing import Any

from simulator.aws.ecs.errors import ClientError
from simulator.aws.ecs.fargate import FARGATE

Shape = dict[str, Any]

FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Botocore, `RegisterTaskDefinition.family`."""

NO_CONTAINERS = "Container list cannot be empty."
"""ECS's words (aws-cloudformation-user-guide pull request 454)."""

NO_MEMORY = "Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be specified."
"""ECS's words (aws-cli issue 4453)."""

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
    names = [each.get("name") for each in containers]
    _require(len(names) == len({*names}), "Container names must be unique within a task definition.")
    _require(any(each.get("essential", True) for each in containers), "A task must have an essential container.")
    for each in containers if not settings.get("memory") else ():
        _require(each.get("memory") or each.get("memoryReservation"), NO_MEMORY.format(each.get("name")))
    if FARGATE in (settings.get("requiresCompatibilities") or ()):
        _require(settings.get("networkMode") == "awsvpc", "Fargate only supports network mode awsvpc.")
        size = settings.get("cpu") and settings.get("memory")
        _require(size, "Fargate requires that 'cpu' and 'memory' be defined at the task level.")
    for each in settings.get("placementConstraints") or ():
        _require(each.get("type") == "memberOf", "A task definition can have constraints of type memberOf only.")


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
