"""What a rollout costs in time, machines and calls, counted from the region's events."""

from collections.abc import Sequence

from simulator.aws.ecs.events import TaskPlaced
from simulator.aws.ecs.state import Cluster
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.simulated_instance import InstanceLaunched, InstanceTerminated
from simulator.stepfunctions.events import ExecutionEnded, LambdaInvoked, StateEntered

HOUR = 3600.0


class Meter:
    """Counts from the moment it is made. Instances are paid for from their launch until they are terminated.

    The payload is what travels from state to state; the report at the end is none of it.
    Of executions only those of `line` are counted, the rollout's; nothing that operators start.
    """

    def __init__(self, clock: Clock, bus: Bus, hosts: int, cluster: Cluster, line: Sequence[str]) -> None:
        self._clock, self._cluster, self._line = clock, cluster, line
        self._size = self._alive = hosts
        self._since, self._surge_seconds = clock.now, 0.0
        self._tasks = self._wanted()
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
        """Hours of instances, of any group, above as many as there were before the rollout."""
        self._pass_time()
        return self._surge_seconds / HOUR

    @property
    def moves_per_task(self) -> float:
        """Task placements of services without daemons, by the tasks they wanted at first: 1.0 moves each task once.

        Tasks that a service wants more by now were placed, and not moved.
        """
        moved = self._placed - max(0, self._wanted() - self._tasks)
        return moved / self._tasks if self._tasks else 0.0

    def _wanted(self) -> int:
        return sum(service.desired_count for service in self._cluster.services.values() if not service.is_daemon)

    def _pass_time(self) -> None:
        self._surge_seconds += max(0, self._alive - self._size) * (self._clock.now - self._since)
        self._since = self._clock.now

    def _launched(self, _event: InstanceLaunched) -> None:
        self._pass_time()
        self._alive += 1

    def _terminated(self, _event: InstanceTerminated) -> None:
        self._pass_time()
        self._alive -= 1

    def _task_placed(self, event: TaskPlaced) -> None:
        service = event.task.service
        self._placed += service is not None and not service.is_daemon

    def _entered(self, event: StateEntered) -> None:
        if event.execution not in self._line:
            return
        self.state_transitions += 1
        self.last_state = event.state
        if event.report is None:
            self.peak_payload_bytes = max(self.peak_payload_bytes, event.payload_bytes)

    def _invoked(self, event: LambdaInvoked) -> None:
        self.lambda_invocations += event.execution in self._line

    def _ended(self, event: ExecutionEnded) -> None:
        if event.execution in self._line:
            self.ended_at = self._clock.now
