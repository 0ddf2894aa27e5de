"""What a container instance offers, what a task takes of it, and the accounting between the two.

CPU in units (1,024 = one vCPU), memory in MiB, host ports as numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

AGENT_PORTS = (22, 2375, 2376, 51678, 51679)
"""Reserved on every instance by sshd, Docker and the agent (botocore, `RegisterContainerInstance` examples)."""


@dataclass(frozen=True)
class TaskResources:
    """What one task takes of its instance."""

    cpu: int = 0
    memory: int = 0
    gpu: int = 0
    ports: tuple[int, ...] = ()


@dataclass
class ResourceAccounting:
    """The resources of one container instance: registered, and what is left of them. Never below zero."""

    cpu: int
    memory: int
    gpu: int
    cpu_left: int = field(init=False)
    memory_left: int = field(init=False)
    gpu_left: int = field(init=False)
    ports: dict[int, None] = field(init=False)

    def __post_init__(self) -> None:
        self.cpu_left, self.memory_left, self.gpu_left = self.cpu, self.memory, self.gpu
        self.ports = dict.fromkeys(AGENT_PORTS)

    def lacks(self, resources: TaskResources) -> str | None:
        """The first resource that is short, by the name in RunTask's failures (`CPU`, `MEMORY` …); None if all fit."""
        if resources.cpu > self.cpu_left:
            return "CPU"
        if resources.memory > self.memory_left:
            return "MEMORY"
        if resources.gpu > self.gpu_left:
            return "GPU"
        if resources.ports and not self.ports.keys().isdisjoint(resources.ports):
            return "PORTS"
        return None

    def reserve(self, resources: TaskResources) -> None:
        """Book the task's resources; raises ValueError when they do not fit."""
        if lacking := self.lacks(resources):
            raise ValueError(f"not enough {lacking}")
        self._book(resources, -1)
        self.ports.update(dict.fromkeys(resources.ports))

    def release(self, resources: TaskResources) -> None:
        """Return what `reserve` booked."""
        self._book(resources, 1)
        for port in resources.ports:
            self.ports.pop(port, None)

    def _book(self, resources: TaskResources, sign: int) -> None:
        self.cpu_left += sign * resources.cpu
        self.memory_left += sign * resources.memory
        self.gpu_left += sign * resources.gpu


def resources_of(definition: dict[str, object], containers: Iterable[dict[str, object]]) -> TaskResources:
    """What a task of this definition takes.

    The task-level size wins over the containers' (botocore, `RegisterTaskDefinition`); a container's reservation is
    `memoryReservation` where given, else `memory`. Dynamic host ports (0) take none; with `host` and `awsvpc`
    networking the container port is the host port, `awsvpc` has the task's own interface and takes none either.
    """
    containers = list(containers)
    cpu = definition.get("cpu")
    memory = definition.get("memory")
    return TaskResources(
        cpu=int(str(cpu)) if cpu else sum(_number(container, "cpu") for container in containers),
        memory=int(str(memory)) if memory else sum(_container_memory(container) for container in containers),
        gpu=sum(_gpus(container) for container in containers),
        ports=tuple(sorted(_host_ports(str(definition.get("networkMode") or "bridge"), containers))),
    )


def _number(container: dict[str, object], member: str) -> int:
    return int(str(container.get(member) or 0))


def _container_memory(container: dict[str, object]) -> int:
    return _number(container, "memoryReservation") or _number(container, "memory")


def _gpus(container: dict[str, object]) -> int:
    wanted = container.get("resourceRequirements")
    return sum(int(item["value"]) for item in wanted if item["type"] == "GPU") if isinstance(wanted, list) else 0


def _host_ports(network_mode: str, containers: list[dict[str, object]]) -> set[int]:
    if network_mode == "awsvpc":
        return set()
    mappings = [item for container in containers for item in _mappings(container)]
    if network_mode == "host":
        return {int(item["containerPort"]) for item in mappings}
    return {int(item["hostPort"]) for item in mappings if item.get("hostPort")}


def _mappings(container: dict[str, object]) -> list[dict[str, int]]:
    found = container.get("portMappings")
    return found if isinstance(found, list) else []
