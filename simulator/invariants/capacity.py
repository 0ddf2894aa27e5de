"""Capacity: enough registered instances at every moment, and never more instances than size and surge allow.

What a fault takes is a debt, as in `floors.py`: paid when the group stands at its floor again. What it takes before
the plan is made was never there for the rollout.

Beside a second group no number of instances can be demanded, for they may be of another size and managed scaling may
own it: there capacity is checked as room, at each drain. The old group does not grow but by the way back's own surge,
the second keeps its MaxSize.
"""

import math
from collections.abc import Callable
from math import inf

from handlers import catalogue
from simulator.aws.autoscaling.events import LifecycleActionStarted
from simulator.aws.autoscaling.hook_state import TERMINATING
from simulator.aws.ecs.events import (
    ContainerInstanceDeregistered,
    ContainerInstanceRegistered,
    ContainerInstanceStatusChanged,
)
from simulator.aws.ecs.state import Cluster, ContainerInstance
from simulator.faults.faults import FaultStruck
from simulator.invariants.baseline import Baseline
from simulator.invariants.rollout_direction import ROLL_BACK_BEGINS
from simulator.invariants.violation_log import ViolationLog
from simulator.kernel.events import Bus
from simulator.kernel.simulated_instance import InstanceLaunched, InstanceStopping, SimulatedInstance
from simulator.stepfunctions.events import StateEntered

FLOOR = "registered capacity"
CEILING = "instances at most"
PLANNING = catalogue.PLAN.forward
NOTICED_SECONDS = 10.0
"""What a fault took so lately could not be read yet by a handler that runs."""


class Capacity:
    """Follows the hosts and container instances of the groups that the rollout involves."""

    def __init__(
        self,
        bus: Bus,
        log: ViolationLog,
        baseline: Baseline,
        hosts: list[SimulatedInstance],
        cluster: Cluster,
        max_size: Callable[[str], int],
    ) -> None:
        self._log, self._baseline, self._max_size = log, baseline, max_size
        self.alive = {host.instance_id: host for host in hosts}
        self.active = {
            instance.ec2_instance.instance_id: instance
            for instance in cluster.instances.values()
            if baseline.involves(instance.ec2_instance.group) and instance.status == "ACTIVE"
        }
        self.peak = len(self.alive)
        self.debt = 0
        self._back = False
        self._struck_at = -inf
        self._planned, self._taken_before = False, 0  # also what another actor asked Auto Scaling to take away
        self.more = 0  # instances that another actor asked for, or managed scaling would have
        self._held: set[str] = set()  # told to terminate, and held by a hook: they count as little as in their group
        self._struck: dict[str, None] = {}
        self._silent: set[str] = set()  # whose agents are gone: nothing can be placed there, so they may be made up for
        bus.subscribe(FaultStruck, self._strike)
        bus.subscribe(StateEntered, self._entered)
        bus.subscribe(InstanceLaunched, self._launched)
        bus.subscribe(LifecycleActionStarted, self._held_back)
        bus.subscribe(InstanceStopping, self._stopping)
        bus.subscribe(ContainerInstanceRegistered, self._registered)
        bus.subscribe(ContainerInstanceStatusChanged, self._changed)
        bus.subscribe(ContainerInstanceDeregistered, self._deregistered)

    @property
    def floor(self) -> int:
        """ACTIVE instances that must be there now."""
        return self._baseline.floor - self._taken_before - self.debt

    def _entered(self, event: StateEntered) -> None:
        self._planned = self._planned or event.state != PLANNING
        self._back = self._back or event.state == ROLL_BACK_BEGINS

    def _strike(self, event: FaultStruck) -> None:
        if event.takes:
            self._struck_at = self._log.now
        if not self._planned:
            self._taken_before += sum(instance_id in self.active for instance_id in event.takes)
        if event.kind == "set_desired" and event.parameters["auto_scaling_group"] == self._baseline.group:
            self.more += max(0, event.parameters.get("by", 0))
            self._taken_before += max(0, -event.parameters.get("by", 0))
        settings = self._baseline.settings
        if event.kind == "scale_service" and settings.scales_itself:
            self.more = max(self.more, settings.maximum - settings.desired)
        self._struck.update(dict.fromkeys(event.takes))
        if event.kind == "disconnect_agent":
            self._silent.update(event.takes)

    def _launched(self, event: InstanceLaunched) -> None:
        if not self._baseline.involves(event.group):
            return
        self.alive[event.host.instance_id] = event.host
        self.peak = max(self.peak, len(self.alive))
        count, most = self._count(event.group), self._max_size(event.group)
        if event.group == self._baseline.group:
            self._log.hold(CEILING, "surge", self._above(count), holds=count <= self._ceiling)
        self._log.hold(CEILING, f"max of {event.group}", f"{count} instances, MaxSize is {most}", holds=count <= most)

    @property
    def _ceiling(self) -> int:
        size = max(1, self._baseline.settings.desired)
        surges = math.ceil(self._baseline.allowance.surge / size)  # a share of the size grows with it
        silent = sum(name in self._silent for name in self.alive)
        baseline = self._baseline
        ceiling = baseline.ceiling
        if self._back:
            ceiling = max(ceiling, baseline.settings.desired + baseline.allowance.back_surge)
        return ceiling + self.more * (1 + surges) + silent

    def _count(self, group: str) -> int:
        return sum(host.group == group for name, host in self.alive.items() if name not in self._held)

    def _held_back(self, event: LifecycleActionStarted) -> None:
        if event.transition == TERMINATING:
            self._held.add(event.instance_id)

    def _above(self, count: int) -> str:
        size, surge = self._baseline.settings.desired, self._baseline.allowance.surge
        if self._baseline.expected.two_groups:
            return f"{count} instances in the old group, which had {size} and may have {self._baseline.ceiling}"
        return f"{count} instances; {size} and a surge of {surge} make {self._baseline.ceiling}"

    def _stopping(self, event: InstanceStopping) -> None:
        host = event.host
        if self.alive.pop(host.instance_id, None) is None:
            return
        if self._count(self._baseline.group) <= self._ceiling:
            self._log.hold(CEILING, "surge", "", holds=True)
        self._leave(host.instance_id)

    def _registered(self, event: ContainerInstanceRegistered) -> None:
        self._enter(event.instance)

    def _changed(self, event: ContainerInstanceStatusChanged) -> None:
        if event.after == "ACTIVE":
            self._enter(event.instance)
        else:
            self._leave(event.instance.ec2_instance.instance_id)

    def _deregistered(self, event: ContainerInstanceDeregistered) -> None:
        self._leave(event.instance.ec2_instance.instance_id)

    def _enter(self, instance: ContainerInstance) -> None:
        host = instance.ec2_instance
        if self._baseline.involves(host.group) and host.alive:
            self.active[host.instance_id] = instance
            self._weigh()

    def _leave(self, instance_id: str) -> None:
        if self.active.pop(instance_id, None) is not None:
            self.debt += self._planned and instance_id in self._struck
            self._weigh()

    def _weigh(self) -> None:
        if self._baseline.expected.two_groups:
            return
        count = len(self.active)
        if count >= self._baseline.floor - self._taken_before and self._log.now - self._struck_at > NOTICED_SECONDS:
            self.debt = 0
        self._log.hold(
            FLOOR,
            "group",
            f"{count} ACTIVE container instances; {self._baseline.ready} before, "
            f"{self._baseline.allowance.max_unavailable} may be missing"
            + (f", {self.debt} were taken by others" if self.debt else ""),
            holds=count >= self.floor,
        )
