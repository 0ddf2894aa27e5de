"""Service floor: running tasks ≥ minimumHealthyPercent of desired, except for what others took.

A task counts while it is RUNNING and meant to run. What others took is a debt of the service: a task that exits by
itself, one that goes with a host or by a stop that a fault brought about, and tasks that are wanted because somebody
raised the desired count. The debt is paid when the service stands at its floor again. Until then the floor is lower
by the debt, and not by one task more: so the rollout may not take what is left.

DAEMON services have no floor here: their desired count is the number of instances, so it moves with the fleet itself.
"""

from simulator.core.events import Bus
from simulator.ecs.events import ServiceUpdated, TaskRunning, TaskStopping
from simulator.ecs.state import Cluster, Service, Task
from simulator.faults.faults import FaultStruck
from simulator.invariants.judge import Judge

FLOOR = "service floor"
BY_ITSELF = ("EssentialContainerExited", "TaskFailedToStart")
UNHEALTHY = "failed ELB health checks"


class Floors:
    """Counts running tasks by events alone and holds them against the floors."""

    def __init__(self, bus: Bus, judge: Judge, cluster: Cluster) -> None:
        self._judge = judge
        self._debt: dict[str, int] = {}
        self._floor: dict[str, int] = {}
        self._running: dict[str, dict[str, None]] = {}
        self.lowest: dict[str, int] = {}
        self._struck: dict[str, None] = {}
        for service in cluster.services.values():
            self._enter(service)
        bus.subscribe(TaskRunning, self._started)
        bus.subscribe(TaskStopping, self._stopping)
        bus.subscribe(ServiceUpdated, self._updated)
        bus.subscribe(FaultStruck, self._strike)

    def running(self, service: str) -> int:
        """Tasks of the service that count now."""
        return len(self._running.get(service, ()))

    def _enter(self, service: Service) -> None:
        if service.is_daemon:
            return
        counted = {task.id: None for task in service.tasks.values() if task.last_status == "RUNNING" and task.wanted}
        self._running[service.name], self._floor[service.name] = counted, service.floor
        self._debt[service.name] = max(0, service.floor - len(counted))
        self.lowest[service.name] = len(counted) - service.floor

    def _started(self, event: TaskRunning) -> None:
        service = event.task.service
        if service is not None and service.name in self._running and event.task.wanted:
            self._running[service.name][event.task.id] = None
            self._weigh(service)

    def _stopping(self, event: TaskStopping) -> None:
        task, service = event.task, event.task.service
        if service is None or task.id not in self._running.get(service.name, ()):
            return
        del self._running[service.name][task.id]
        self._debt[service.name] += task.stop_code in BY_ITSELF or self._was_struck(task) or UNHEALTHY in event.reason
        self._weigh(service)

    def _was_struck(self, task: Task) -> bool:
        return task.id in self._struck or task.instance.host.instance_id in self._struck

    def _strike(self, event: FaultStruck) -> None:
        self._struck.update(dict.fromkeys(event.takes))

    def _updated(self, event: ServiceUpdated) -> None:
        service = event.service
        if service.is_daemon:
            return
        if service.name not in self._running:
            self._enter(service)
        raised = service.floor - self._floor[service.name]
        self._floor[service.name] = service.floor
        self._debt[service.name] += max(0, raised)
        self._weigh(service)

    def _weigh(self, service: Service) -> None:
        name, floor = service.name, service.floor
        running = len(self._running[name])
        if running >= floor:
            self._debt[name] = 0
        owed = self._debt[name]
        self.lowest[name] = min(self.lowest[name], running - floor + owed)
        detail = f"{name} runs {running} tasks, its floor is {floor} of {service.desired_count}" + (
            f", of which {owed} were taken by others" if owed else ""
        )
        self._judge.hold(FLOOR, name, detail, kept=running >= floor - owed)
