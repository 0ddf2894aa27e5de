"""Drains: only what has to go, oldest first, zones kept even, only into room that exists, and none after an alarm."""

from collections.abc import Callable, Collection, Iterable
from math import inf

from simulator.aws.ecs.events import AgentConnectionChanged, ContainerInstanceStatusChanged
from simulator.aws.ecs.state import Cluster, ContainerInstance
from simulator.faults.faults import FaultStruck
from simulator.invariants.alarms import CALM, ONE_POLL_SECONDS
from simulator.invariants.baseline import Baseline
from simulator.invariants.capacity import Capacity
from simulator.invariants.rollout_direction import RolloutDirection
from simulator.invariants.room import displaced, fits
from simulator.invariants.violation_log import ViolationLog
from simulator.invariants.zones import EVEN, Zones
from simulator.kernel.events import Bus
from simulator.scenario.input_expectations import ROLLING

WRONG = "only what has to go is drained"
COVER = "no drain without ready capacity"
ROOM = "no drain without room"
ORDER = "oldest first"

Firing = Callable[[], Iterable[tuple[str, float]]]
"""The watched alarms in ALARM, and for how many seconds."""


class Drains:
    """Checks each container instance of the groups involved that goes from ACTIVE to DRAINING.

    A drain that a fault announces is another actor's.
    """

    def __init__(
        self,
        bus: Bus,
        log: ViolationLog,
        baseline: Baseline,
        cluster: Cluster,
        capacity: Capacity,
        direction: RolloutDirection,
        zones: Zones,
        firing: Firing,
        harmed: Collection[str],
    ) -> None:
        self._log, self._baseline, self._cluster = log, baseline, cluster
        self._capacity, self._direction, self._zones, self._firing = capacity, direction, zones, firing
        self._harmed = harmed
        self.since: dict[str, float] = {}
        self._struck: dict[str, None] = {}
        self._struck_at = self._flapped_at = -inf
        self._passed_over: set[tuple[int, str]] = set()
        bus.subscribe(FaultStruck, self._strike)
        bus.subscribe(ContainerInstanceStatusChanged, self._changed)
        bus.subscribe(AgentConnectionChanged, self._flap)

    def _strike(self, event: FaultStruck) -> None:
        if event.takes:
            self._struck_at = self._direction.now
        self._struck.update(dict.fromkeys(event.takes))

    def _flap(self, event: AgentConnectionChanged) -> None:
        if not event.connected:
            self._flapped_at = self._direction.now

    def _changed(self, event: ContainerInstanceStatusChanged) -> None:
        drained = event.instance
        if event.after != "DRAINING" or not self._baseline.involves(drained.ec2_instance.group):
            return
        self._direction.exchange(drained.ec2_instance)
        if drained.ec2_instance.instance_id not in self._struck:
            self._check_drain(drained)
        self.since.setdefault(drained.ec2_instance.instance_id, self._direction.now)

    def _check_drain(self, drained: ContainerInstance) -> None:
        name = drained.ec2_instance.instance_id
        if not self._direction.may_leave(drained.ec2_instance):
            self._log.note(WRONG, f"{name} is to stay and was drained")
        surprised = self._struck_at >= self._direction.entered_at  # what a fault took meanwhile could not be known
        if not self._baseline.expected.two_groups and not surprised:
            self._covered(drained)
        if self._baseline.expected.kind == ROLLING:
            self._oldest_first(drained)
            self._evenly(drained)
        if not surprised and self._flapped_at < self._direction.entered_at:
            self._room(drained)
        self._calmly(drained)

    def _covered(self, drained: ContainerInstance) -> None:
        if len(self._capacity.active) < self._capacity.floor:
            self._log.note(
                COVER,
                f"{drained.ec2_instance.instance_id} was drained with {len(self._capacity.active) + 1} instances "
                "ACTIVE, "
                f"{self._capacity.floor} have to remain",
            )

    def _oldest_first(self, drained: ContainerInstance) -> None:
        """Instances may be passed over: protected ones, those that were drained before, those that a zone needs.

        What a zone needed when a batch was chosen need not be thought of again within the batch. It is for the old
        ones only: which new one is too many is a matter of zones, not of age.
        """
        if self._direction.back or not self._direction.outgoing(drained.ec2_instance):
            return
        older = [
            instance
            for instance in self._drainable()
            if instance.ec2_instance.launched_at < drained.ec2_instance.launched_at
        ]
        visit, readings = self._direction.visits, self._readings(drained)
        short = {
            zone
            for zone, one in {instance.zone: instance for instance in older}.items()
            if any(self._zones.unevened_by(one, ready) for ready in readings)
        }
        self._passed_over |= {(visit, instance.key) for instance in older if instance.zone in short}
        for other in older:
            if (visit, other.key) not in self._passed_over:
                self._log.note(ORDER, f"{drained.ec2_instance.instance_id} was drained before the older {other.key}")
                return

    def _evenly(self, drained: ContainerInstance) -> None:
        """Forward and with a surge: without one the group is short of an instance anyway, and back it returns to it."""
        if self._direction.back or not self._baseline.allowance.surge:
            return
        readings = self._readings(drained)
        if not all(self._zones.unevened_by(drained, ready) for ready in readings):
            return
        if not all(self._zones.unevened_by(other, readings[-1]) for other in self._drainable()):
            self._log.note(EVEN, self._zones.says(drained, readings[-1]))

    def _readings(self, drained: ContainerInstance) -> list[list[ContainerInstance]]:
        """The ready instances, this one among them, that the choice may have read: at any moment since the state began.

        Many may register meanwhile. The last reading is what stands now.
        """
        ready = [*(instance for instance in self._capacity.active.values() if instance.open), drained]
        moments = {instance.registered_at for instance in ready if instance.registered_at > self._direction.entered_at}
        return [
            [instance for instance in ready if instance.registered_at <= moment]
            for moment in sorted({self._direction.entered_at, *moments})
        ]

    def _drainable(self) -> list[ContainerInstance]:
        """What could be drained instead: it has to go, is ready, not protected, and was not drained before."""
        return [
            other
            for name, other in self._capacity.active.items()
            if name not in self.since
            and other.open
            and self._direction.outgoing(other.ec2_instance)
            and not self._direction.protected(other.ec2_instance)
        ]

    def _room(self, drained: ContainerInstance) -> None:
        """For what it holds; where tasks come and go by deployments, one that holds none but stopping ones needs none.

        On the way back a service whose tasks fail on the new AMI loses nothing there.
        """
        holds = any(task.wanted and not (task.service and task.service.is_daemon) for task in drained.tasks.values())
        if self._baseline.expected.kind != ROLLING and not holds:
            return
        wanted = [
            each
            for each in displaced(self._cluster, only_to_the_floor=bool(self._baseline.allowance.max_unavailable))
            if not (self._direction.back and each.service.name in self._harmed)
        ]
        places = [
            instance for instance in self._cluster.instances.values() if instance.open and instance is not drained
        ]
        newest = [instance for instance in places if not self._direction.outgoing(instance.ec2_instance)]
        if wanted and not (fits(wanted, newest) or fits(wanted, places)):
            task = wanted[0]
            self._log.note(
                ROOM,
                f"{drained.ec2_instance.instance_id} was drained, and its tasks fit on no other instance: "
                f"{task.needs} of {task.service.name}",
            )

    def _calmly(self, drained: ContainerInstance) -> None:
        if (
            self._direction.back
            or not self._direction.outgoing(drained.ec2_instance)
            or self._direction.by_itself(drained.ec2_instance)
        ):
            return
        for alarm, seconds in self._firing():
            if seconds > ONE_POLL_SECONDS:
                self._log.note(
                    CALM,
                    f"{drained.ec2_instance.instance_id} was drained, {alarm} has been in ALARM for {seconds:.0f} s",
                )
