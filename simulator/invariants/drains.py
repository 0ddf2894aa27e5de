"""Drains: only what has to go, oldest first, and only into room that exists on instances that are ready."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simulator.core.events import Bus
from simulator.ecs.events import ContainerInstanceStatusChanged
from simulator.ecs.resources import Ledger, Needs
from simulator.ecs.state import Cluster, ContainerInstance
from simulator.invariants.baseline import Baseline
from simulator.invariants.capacity import Capacity
from simulator.invariants.direction import Course
from simulator.invariants.judge import Judge

WRONG = "only what has to go is drained"
COVER = "no drain without ready capacity"
ROOM = "no drain without room"
ORDER = "oldest first"


class Drains:
    """Judges each container instance of the group that goes from ACTIVE to DRAINING."""

    def __init__(
        self, bus: Bus, judge: Judge, baseline: Baseline, cluster: Cluster, capacity: Capacity, course: Course
    ) -> None:
        self._judge, self._baseline, self._cluster = judge, baseline, cluster
        self._capacity, self._course = capacity, course
        self.since: dict[str, float] = {}
        bus.subscribe(ContainerInstanceStatusChanged, self._changed)

    def _changed(self, event: ContainerInstanceStatusChanged) -> None:
        drained = event.instance
        if event.after != "DRAINING" or drained.host.group != self._baseline.group:
            return
        name = drained.host.instance_id
        self._course.exchange(drained.host)
        if not self._course.may_leave(drained.host):
            self._judge.note(WRONG, f"{name} is to stay and was drained")
        if len(self._capacity.active) < self._capacity.floor:
            self._judge.note(
                COVER,
                f"{name} was drained with {len(self._capacity.active) + 1} instances ACTIVE, "
                f"{self._capacity.floor} have to remain",
            )
        self._oldest_first(drained)
        self._room(drained)
        self.since.setdefault(name, self._course.now)

    def _oldest_first(self, drained: ContainerInstance) -> None:
        """Instances that were drained before and came back, and protected ones, may be passed over.

        It is for the old ones only: which new one is too many is a matter of zones, not of age.
        """
        if self._course.back or not self._course.outgoing(drained.host):
            return
        age = (drained.host.launched_at, drained.host.instance_id)
        for instance_id, other in self._capacity.active.items():
            passed_over = instance_id in self.since or not other.open or self._course.protected(instance_id)
            older = other.host.launched_at < age[0]
            if older and not passed_over and self._course.outgoing(other.host):
                self._judge.note(ORDER, f"{age[1]} was drained before the older {instance_id}")
                return

    def _room(self, drained: ContainerInstance) -> None:
        wanted = sorted(self._displaced(), key=lambda need: (need.gpu, len(need.ports), need.memory, need.cpu))[::-1]
        places = [one for one in self._cluster.instances.values() if one.open and one is not drained]
        newest = [one for one in places if not self._course.outgoing(one.host)]
        if not (_fits(wanted, newest) or _fits(wanted, places)):
            self._judge.note(
                ROOM, f"{drained.host.instance_id} was drained, and its tasks fit on no other instance: {wanted[0]}"
            )

    def _displaced(self) -> Iterator[Needs]:
        """One entry for each task that has, or will have, no place on an ACTIVE instance, and needs one.

        Where instances may be missing, tasks above their service's floor may wait for the next one.
        """
        for service in self._cluster.services.values():
            if service.is_daemon:
                continue
            placed = sum(
                tasks
                for instance, tasks in service.on_instance.items()
                if self._cluster.instances[instance].status == "ACTIVE"
            )
            needed = service.floor if self._baseline.allowance.max_unavailable else service.desired_count
            for _ in range(needed - placed):
                yield service.task_definition.needs


@dataclass
class _Place:
    cpu: int
    memory: int
    gpu: int
    ports: dict[int, None] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger) -> "_Place":
        return cls(ledger.cpu_left, ledger.memory_left, ledger.gpu_left, dict(ledger.ports))

    def takes(self, need: Needs) -> bool:
        """Book the need here, if it fits."""
        if need.cpu > self.cpu or need.memory > self.memory or need.gpu > self.gpu:
            return False
        if not self.ports.keys().isdisjoint(need.ports):
            return False
        self.cpu, self.memory, self.gpu = self.cpu - need.cpu, self.memory - need.memory, self.gpu - need.gpu
        self.ports.update(dict.fromkeys(need.ports))
        return True


def _fits(wanted: list[Needs], instances: Iterable[ContainerInstance]) -> bool:
    """Whether a packing is found: the largest need first, into the emptiest or the fullest place that takes it."""
    ledgers = [instance.ledger for instance in instances]
    return any(_packs(wanted, [_Place.of(ledger) for ledger in ledgers], sign) for sign in (-1, 1))


def _packs(wanted: list[Needs], places: list[_Place], sign: int) -> bool:
    for need in wanted:
        places.sort(key=lambda place: sign * place.memory)
        if not any(place.takes(need) for place in places):
            return False
    return True
