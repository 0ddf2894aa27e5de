"""Tasks in PROVISIONING: those of a provider with managed scaling that find no room wait for it as tasks.

A task of any other provider, or of a launch type, that finds no room is no task at all. Sources: AWS containers blog,
"Deep dive on Amazon ECS cluster auto scaling" (they wait for 10 to 30 minutes and stop then; only with managed
scaling), as containers-roadmap issue 2381 quotes it; service quotas, "Tasks in the PROVISIONING state per cluster";
developer guide, "API failure reasons" (what such a task has stopped for). What becomes of them when managed scaling is
switched off meanwhile nobody has written down: here they go on waiting.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import TaskStopped
from simulator.aws.ecs.lifecycle import Lifecycle, Start
from simulator.aws.ecs.placement import CandidatePool, PlacementRequest, refusals
from simulator.aws.ecs.state import Cluster, Task

MOST_OF_A_CLUSTER = 500
"""Service quotas; aws-sdk-ruby issue 3047 quotes it, too."""

WAIT_SECONDS = (600.0, 1800.0)


@dataclass(frozen=True)
class WaitingTask:
    """A task that waits, and what it asks of an instance as things are now."""

    task: Task
    request: Callable[[], PlacementRequest]


class Provisioning:
    """The tasks that wait, oldest first."""

    def __init__(self, context: EcsContext, lifecycle: Lifecycle) -> None:
        self.context = context
        self.lifecycle = lifecycle
        self._waiting: dict[str, WaitingTask] = {}  # by task id
        context.bus.subscribe(TaskStopped, self._forget)

    def waits_for(self, provider: str | None) -> bool:
        """Whether tasks of the provider wait for room."""
        found = self.context.provider(provider or "")
        return found is not None and found.scales

    def is_full(self, cluster: Cluster) -> bool:
        """Whether no other task of the cluster may wait."""
        return len(self._of(cluster)) >= MOST_OF_A_CLUSTER

    def wait(self, start: Start, request: Callable[[], PlacementRequest]) -> Task:
        """Make a task that waits."""
        seconds = self.context.random_streams.seconds("ecs.provisioning", WAIT_SECONDS)
        task = self.lifecycle.provision(start, seconds, self._give_up)
        self._waiting[task.id] = WaitingTask(task, request)
        return task

    def place(self, cluster: Cluster) -> None:
        """Place those that have room now, oldest first; those of a deployment that was replaced are stopped anyway."""
        pools: dict[object, CandidatePool] = {}
        for each in self._of(cluster):
            task = each.task
            if task.service is not None and task.deployment is not task.service.primary:
                continue
            kind = (task.group, task.capacity_provider_name) if task.service else each.request
            if kind not in pools:
                pools[kind] = CandidatePool(each.request(), self.context.random_streams)
            if instance := pools[kind].best():
                del self._waiting[task.id]
                self.lifecycle.place(task, instance)

    def has(self, cluster: Cluster) -> bool:
        """Whether any task of the cluster waits."""
        return bool(self._of(cluster))

    def _forget(self, event: TaskStopped) -> None:
        self._waiting.pop(event.task.id, None)

    def _of(self, cluster: Cluster) -> list[WaitingTask]:
        return [each for each in self._waiting.values() if each.task.cluster is cluster]

    def _give_up(self, task: Task) -> None:
        why = refusals(self._waiting[task.id].request())
        self.lifecycle.kill(task, why[0][1] if why else "EMPTY CAPACITY PROVIDER", "TaskFailedToStart")
