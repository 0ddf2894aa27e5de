"""Where a running task is reached: its ports on the instance, or the address of a network interface of its own.

Botocore, `PortMapping.hostPort`: a host port of 0 or none is given one of the ephemeral range, 32768 to 60999 on Linux;
in `host` mode the container port is the host port, in `awsvpc` mode a task has its own interface and binds none.
"""

from typing import Any

from simulator.aws.ecs.state import Binding, Task

EPHEMERAL = range(32768, 61000)


def bound(task: Task) -> list[Binding]:
    """The ports of a task that starts; dynamic ones are the instance's next, round and round (made up)."""
    mode = mode_of(task)
    if mode in ("awsvpc", "none"):
        return []
    return [
        Binding(
            container["name"],
            mapping["containerPort"],
            _host_port(task, mode, mapping),
            mapping.get("protocol") or "tcp",
        )
        for container in task.task_definition.request["containerDefinitions"]
        for mapping in container.get("portMappings") or ()
        if "containerPort" in mapping
    ]


def address_of(task: Task) -> str | None:
    """The private address of the task's own interface in `awsvpc` mode; made up, of the task's number."""
    if mode_of(task) != "awsvpc":
        return None
    return f"172.31.{task.order // 250 % 256}.{task.order % 250 + 4}"


def mode_of(task: Task) -> str:
    """The definition's network mode; `bridge` by default on Linux (botocore, `RegisterTaskDefinition`)."""
    return str(task.task_definition.request.get("networkMode") or "bridge")


def _host_port(task: Task, mode: str, mapping: dict[str, Any]) -> int:
    if mode == "host":
        return int(mapping["containerPort"])
    if mapping.get("hostPort"):
        return int(mapping["hostPort"])
    task.instance.ports_given += 1
    return EPHEMERAL[(task.instance.ports_given - 1) % len(EPHEMERAL)]
