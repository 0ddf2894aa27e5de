"""Where a task goes: which instances can take it, and which of them the strategy likes best.

Sources: botocore, `UpdateService` (the default is availability zones first, then the fewest of the service's tasks);
the developer guide, "Task placement" (order of the filters: resources, constraints, strategy).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.ecs.query import Predicate, compiled
from simulator.aws.ecs.resource_accounting import TaskResources
from simulator.aws.ecs.state import Cluster, ContainerInstance, EcsService
from simulator.kernel.random_streams import RandomStreams
from simulator.scenario.aws import Aws

DEFAULT_STRATEGY: list[dict[str, str]] = [
    {"type": "spread", "field": "attribute:ecs.availability-zone"},
    {"type": "spread", "field": "instanceId"},
]


@dataclass(frozen=True)
class PlacementRequest:
    """What is to be placed: resources, group, rules."""

    cluster: Cluster
    resources: TaskResources
    group: str
    service: EcsService | None = None
    provider: str | None = None
    constraints: list[dict[str, str]] = field(default_factory=list)
    strategy: list[dict[str, str]] = field(default_factory=list)
    architecture: str | None = None


class CandidatePool:
    """The instances that a request allows, filtered once and asked many times in one pass of the scheduler."""

    def __init__(self, request: PlacementRequest, random_streams: RandomStreams) -> None:
        self.request = request
        self.random_streams = random_streams
        self.allowed = [
            instance for instance in request.cluster.instances.values() if allows(request, instance) is None
        ]
        self.distinct = any(item["type"] == "distinctInstance" for item in request.constraints)
        self._open = list(self.allowed)
        self._rules = request.strategy or DEFAULT_STRATEGY
        self._at_random = any(rule["type"] == "random" for rule in self._rules)

    def best(self) -> ContainerInstance | None:
        """The instance for one more task, or None when no instance meets all requirements now.

        Room only shrinks in a pass. So an instance that turns out to be full is out of it, and only the one that the
        strategy likes best is looked at; but a choice at random is among all that fit.
        """
        if self._at_random:
            self._open = [instance for instance in self._open if self._fits(instance)]
        while self._open:
            chosen = self._preferred()
            if self._fits(chosen):
                return chosen
            self._open.remove(chosen)
        return None

    def _preferred(self) -> ContainerInstance:
        """What the strategy likes best of the open ones."""
        liked = self._open
        for rule in self._rules:
            if len(liked) < 2:
                break
            if rule["type"] == "random":
                return self.random_streams.stream("ecs.placement").choice(liked)
            liked = _lowest(liked, self._measure(rule))
        return liked[0]

    def lacking(self) -> str:
        """Why the closest instance does not do, as service events end."""
        for instance in self.allowed:
            resource = instance.accounting.lacks(self.request.resources)
            if resource:
                return _CLOSEST.format(instance.id, _RESOURCES[resource])
        return ""

    def _fits(self, instance: ContainerInstance) -> bool:
        if instance.accounting.lacks(self.request.resources):
            return False
        return not (self.distinct and _has_group(instance, self.request))

    def _measure(self, rule: dict[str, str]) -> Callable[[ContainerInstance], int]:
        name = rule.get("field", "")
        if rule["type"] == "binpack":
            return (lambda i: i.accounting.cpu_left) if name.lower() == "cpu" else (lambda i: i.accounting.memory_left)
        if name in ("instanceId", "host"):
            return self._on_instance
        attribute = name.removeprefix("attribute:")
        counts = self._by_attribute(attribute)
        return lambda i: counts.get(i.attributes.get(attribute), 0)

    def _on_instance(self, instance: ContainerInstance) -> int:
        if self.request.service is not None:
            return self.request.service.on_instance.get(instance.id, 0)
        return sum(task.group == self.request.group and task.wanted for task in instance.tasks.values())

    def _by_attribute(self, name: str) -> dict[str | None, int]:
        service = self.request.service
        if service is not None and name == "ecs.availability-zone":
            return {zone: count for zone, count in service.in_zone.items()}  # noqa: C416  another key type
        tasks: Iterable[Any] = (service or self.request.cluster).tasks.values()
        counts: dict[str | None, int] = {}
        for task in tasks:
            if task.wanted and task.group == self.request.group:
                value = task.instance.attributes.get(name)
                counts[value] = counts.get(value, 0) + 1
        return counts


def allows(request: PlacementRequest, instance: ContainerInstance) -> str | None:
    """Why this instance can never take the request as things are (`AGENT`, `ATTRIBUTE` …); None when it may."""
    if not instance.agent_connected:
        return "AGENT"
    if instance.status != "ACTIVE":
        return "STATUS"
    if request.provider is not None and instance.capacity_provider_name != request.provider:
        return "CAPACITY_PROVIDER"
    if request.architecture and instance.attributes.get("ecs.cpu-architecture") != request.architecture:
        return "ATTRIBUTE"
    if not all(predicate(instance) for predicate in member_of(request.constraints)):
        return "MemberOf placement constraint unsatisfied."
    return None


def refusals(request: PlacementRequest) -> list[tuple[ContainerInstance, str]]:
    """The instances that could be meant, and why each does not take one more task.

    The names are those of "API failure reasons" (developer guide). Instances of other providers are not meant.
    """
    found = []
    for instance in request.cluster.instances.values():
        if request.provider in (None, instance.capacity_provider_name):
            lacking = instance.accounting.lacks(request.resources)
            found.append((instance, allows(request, instance) or f"RESOURCE:{lacking or 'CPU'}"))
    return found


def binding_constraints(aws: Aws, service: EcsService) -> list[dict[str, str]]:
    """The service's constraints and its task definition's, as they bind a task that is placed now."""
    at_once = aws.constraints_bind == "at_once"
    own = service.placement_constraints if at_once else service.primary.constraints
    return own + service.primary.task_definition.placement_constraints


def member_of(constraints: list[dict[str, str]]) -> list[Predicate]:
    """The `memberOf` constraints as questions; raises InvalidParameterException for a malformed expression."""
    return [compiled(item.get("expression", "")) for item in constraints if item["type"] == "memberOf"]


def next_provider(strategy: list[dict[str, Any]], running: dict[str | None, int]) -> str | None:
    """The capacity provider of the next task: base first, then by weight (botocore, `CapacityProviderStrategyItem`)."""
    if not strategy:
        return None
    for item in strategy:
        if running.get(item["capacityProvider"], 0) < item.get("base", 0):
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if item.get("weight", 0) > 0]
    behind = min(weighted, key=lambda item: _share(item, running), default=None)
    return str(behind["capacityProvider"]) if behind else None


def _share(item: dict[str, Any], running: dict[str | None, int]) -> float:
    above_base = running.get(item["capacityProvider"], 0) - int(item.get("base", 0))
    return (above_base + 1) / int(item["weight"])


def _has_group(instance: ContainerInstance, request: PlacementRequest) -> bool:
    """A task whose desired status is STOPPED no longer stands in the way (developer guide, "distinctInstance")."""
    if request.service is not None:
        return instance.id in request.service.on_instance
    return any(task.group == request.group and task.wanted for task in instance.tasks.values())


def _lowest(instances: list[ContainerInstance], measure: Callable[[ContainerInstance], int]) -> list[ContainerInstance]:
    best: list[ContainerInstance] = []
    least: int | None = None
    for instance in instances:
        value = measure(instance)
        if least is None or value < least:
            best, least = [instance], value
        elif value == least:
            best.append(instance)
    return best


_RESOURCES = {
    "CPU": "has insufficient CPU units available",
    "MEMORY": "has insufficient memory available",
    "PORTS": "is already using a port required by your task",
    "GPU": "has insufficient GPU resource available",
}
_CLOSEST = " The closest matching (container-instance {}) {}."
