"""Terminations: only instances that have to go, and only when they hold nothing, or past their drain deadline.

One whose agent is away holds nothing that could be seen to stop: its deadline is shorter.
"""

from simulator.aws.ecs.events import AgentConnectionChanged, TaskStopped
from simulator.faults.faults import FaultStruck
from simulator.invariants.baseline import Baseline
from simulator.invariants.drains import Drains
from simulator.invariants.rollout_direction import RolloutDirection
from simulator.invariants.violation_log import ViolationLog
from simulator.kernel.events import Bus
from simulator.kernel.simulated_instance import BY_AUTO_SCALING, InstanceStopping
from simulator.stepfunctions.events import ExecutionEnded

WRONG = "only what has to go is terminated"
LOST_SECONDS = 300.0
EMPTY = "only empty instances are terminated"


class Terminations:
    """Checks each instance of the groups involved that stops, unless a fault took it.

    What it held is told by the tasks that stop because their host did. Beside a second group daemons do not count:
    managed scaling takes an instance that holds nothing else.
    """

    def __init__(
        self, bus: Bus, log: ViolationLog, baseline: Baseline, drains: Drains, direction: RolloutDirection
    ) -> None:
        self._log, self._baseline = log, baseline
        self._drains, self._direction = drains, direction
        self._struck: dict[str, None] = {}
        self._away: dict[str, float] = {}
        self._over = False
        bus.subscribe(ExecutionEnded, self._ended)
        bus.subscribe(FaultStruck, self._strike)
        bus.subscribe(InstanceStopping, self._stopping)
        bus.subscribe(TaskStopped, self._task_stopped)
        bus.subscribe(AgentConnectionChanged, self._agent)

    def _ended(self, _event: ExecutionEnded) -> None:
        self._over = True

    def _strike(self, event: FaultStruck) -> None:
        self._struck.update(dict.fromkeys(event.takes))

    def _stopping(self, event: InstanceStopping) -> None:
        host = event.host
        if not self._baseline.involves(host.group) or host.instance_id in self._struck or self._evened_out(event):
            return
        if not self._direction.may_leave(host):
            self._log.note(WRONG, f"{host.instance_id} is to stay and was terminated ({event.reason})")

    def _evened_out(self, event: InstanceStopping) -> bool:
        """Auto Scaling evens the zones of a second group out, after the rollout: it goes on as with any group of its.

        With one group the rollout does that itself, drained, before it ends.
        """
        return self._over and self._baseline.second(event.host.group) and event.reason == BY_AUTO_SCALING

    def _task_stopped(self, event: TaskStopped) -> None:
        host = event.instance.ec2_instance
        name = host.instance_id
        if host.alive or not self._baseline.involves(host.group) or name in self._struck or self._overdue(name):
            return
        service = event.task.service
        if self._over and self._baseline.second(host.group):
            return
        if self._baseline.expected.two_groups and service is not None and service.is_daemon:
            return
        self._log.hold(EMPTY, name, f"{name} was terminated with {event.task.group} still on it", holds=False)

    def _agent(self, event: AgentConnectionChanged) -> None:
        name = event.instance.ec2_instance.instance_id
        if event.connected:
            self._away.pop(name, None)
        else:
            self._away.setdefault(name, self._direction.now)

    def _overdue(self, instance_id: str) -> bool:
        since, now = self._drains.since.get(instance_id), self._direction.now
        if since is None:
            return False
        lost = now - self._away.get(instance_id, now) >= LOST_SECONDS
        allowed = self._baseline.allowance.drain_seconds
        return since + (min(LOST_SECONDS, allowed) if lost else allowed) <= now
