"""What a rollout costs in time, machines and calls, counted from the region's events."""

from simulator.core.clock import Clock
from simulator.core.events import Bus
from simulator.core.host import Host, InstanceLaunched, InstanceTerminated
from simulator.ecs.events import TaskPlaced
from simulator.ecs.state import Cluster
from simulator.engine.events import ExecutionEnded, LambdaInvoked, StateEntered

HOUR = 3600.0


class Meter:
    """Counts from the moment it is made. Instances are paid for from their launch until they are terminated.

    Of executions only the one of the name `execution` is counted, the rollout's; nothing that people start.
    """

    def __init__(self, clock: Clock, bus: Bus, group: str, hosts: list[Host], cluster: Cluster, execution: str) -> None:
        self._clock, self._group, self._execution = clock, group, execution
        self._size = self._alive = len(hosts)
        self._since, self._surge_seconds = clock.now, 0.0
        self._tasks = sum(service.desired_count for service in cluster.services.values() if not service.is_daemon)
        self._placed = 0
        self.state_transitions = 1  # the start of the execution
        self.lambda_invocations = 0
        self.peak_payload_bytes = 0
        self.last_state = ""
        self.ended_at = clock.now
        bus.subscribe(InstanceLaunched, self._launched)
        bus.subscribe(InstanceTerminated, self._terminated)
        bus.subscribe(TaskPlaced, self._task_placed)
        bus.subscribe(StateEntered, self._entered)
        bus.subscribe(LambdaInvoked, self._invoked)
        bus.subscribe(ExecutionEnded, self._ended)

    @property
    def surge_instance_hours(self) -> float:
        """Hours of instances above the size before the rollout."""
        self._pass_time()
        return self._surge_seconds / HOUR

    @property
    def moves_per_task(self) -> float:
        """Task placements of services without daemons, by the tasks they want: 1.0 moves each task once."""
        return self._placed / self._tasks if self._tasks else 0.0

    def _pass_time(self) -> None:
        self._surge_seconds += max(0, self._alive - self._size) * (self._clock.now - self._since)
        self._since = self._clock.now

    def _launched(self, event: InstanceLaunched) -> None:
        if event.group == self._group:
            self._pass_time()
            self._alive += 1

    def _terminated(self, event: InstanceTerminated) -> None:
        if event.host.group == self._group:
            self._pass_time()
            self._alive -= 1

    def _task_placed(self, event: TaskPlaced) -> None:
        service = event.task.service
        self._placed += service is not None and not service.is_daemon

    def _entered(self, event: StateEntered) -> None:
        if event.execution != self._execution:
            return
        self.state_transitions += 1
        self.last_state = event.state
        self.peak_payload_bytes = max(self.peak_payload_bytes, event.payload_bytes)

    def _invoked(self, event: LambdaInvoked) -> None:
        self.lambda_invocations += event.execution == self._execution

    def _ended(self, event: ExecutionEnded) -> None:
        if event.execution == self._execution:
            self.ended_at = self._clock.now
