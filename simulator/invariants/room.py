"""Room: the tasks that a drain displaces fit on instances that take them, by capacity provider and constraints."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simulator.aws.ecs.fargate import runs_on_fargate
from simulator.aws.ecs.placement import PlacementRequest, allows
from simulator.aws.ecs.resource_accounting import ResourceAccounting, TaskResources
from simulator.aws.ecs.state import Cluster, ContainerInstance, EcsService


@dataclass(frozen=True)
class Displaced:
    """A task that has, or will have, no place on an ACTIVE instance, and needs one."""

    needs: TaskResources
    service: EcsService

    def may_run_on(self, instance: ContainerInstance) -> bool:
        """Whether agent, capacity providers and `memberOf` constraints let it run there, room or none."""
        providers = {each["capacityProvider"] for each in self.service.capacity_provider_strategy}
        rules = [*self.service.placement_constraints, *self.service.task_definition.placement_constraints]
        request = PlacementRequest(
            self.service.cluster, self.needs, self.service.group, self.service, constraints=rules
        )
        return allows(request, instance) is None and (not providers or instance.capacity_provider_name in providers)


def displaced(cluster: Cluster, *, only_to_the_floor: bool) -> list[Displaced]:
    """One entry for each, the largest first; `only_to_the_floor`: those above their service's floor may wait."""
    found = list(_displaced(cluster, only_to_the_floor=only_to_the_floor))
    return sorted(found, key=lambda each: _size(each.needs), reverse=True)


def _size(need: TaskResources) -> tuple[int, int, int, int]:
    return need.gpu, len(need.ports), need.memory, need.cpu


def _displaced(cluster: Cluster, *, only_to_the_floor: bool) -> Iterator[Displaced]:
    for service in cluster.services.values():
        somewhere_else = runs_on_fargate(service.launch_type, service.capacity_provider_strategy)
        if service.is_daemon or somewhere_else or not service.deployments:
            continue
        placed = sum(
            tasks
            for instance, tasks in service.on_instance.items()
            if (found := cluster.instances.get(instance)) is not None and found.status == "ACTIVE"
        )
        needed = service.floor if only_to_the_floor else service.desired_count
        for _ in range(needed - placed):
            yield Displaced(service.task_definition.resources, service)


@dataclass
class _Place:
    instance: ContainerInstance
    cpu: int
    memory: int
    gpu: int
    ports: dict[int, None] = field(default_factory=dict)

    @classmethod
    def on(cls, instance: ContainerInstance) -> "_Place":
        ledger: ResourceAccounting = instance.accounting
        return cls(instance, ledger.cpu_left, ledger.memory_left, ledger.gpu_left, dict(ledger.ports))

    def takes(self, task: Displaced) -> bool:
        """Book the task here, if it fits."""
        need = task.needs
        if need.cpu > self.cpu or need.memory > self.memory or need.gpu > self.gpu:
            return False
        if not self.ports.keys().isdisjoint(need.ports) or not task.may_run_on(self.instance):
            return False
        self.cpu, self.memory, self.gpu = self.cpu - need.cpu, self.memory - need.memory, self.gpu - need.gpu
        self.ports.update(dict.fromkeys(need.ports))
        return True


def fits(wanted: list[Displaced], instances: Iterable[ContainerInstance]) -> bool:
    """Whether a packing is found: the largest need first, into the emptiest or the fullest place that takes it."""
    some = list(instances)
    return any(_packs(wanted, [_Place.on(instance) for instance in some], sign) for sign in (-1, 1))


def _packs(wanted: list[Displaced], places: list[_Place], sign: int) -> bool:
    for task in wanted:
        places.sort(key=lambda place: sign * place.memory)
        if not any(place.takes(task) for place in places):
            return False
    return True
