"""Task scale-in protection."""

from typing import Any

from simulator.aws.ecs.context import require
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.state import Cluster, Task

Shape = dict[str, Any]

DEFAULT_MINUTES, MOST_MINUTES = 120, 2880
"""Botocore, `UpdateTaskProtection`: two hours, one minute to 48 hours."""


class TaskProtectionOperations(ControlPlane):
    """UpdateTaskProtection and GetTaskProtection."""

    def update_task_protection(
        self, cluster: str, tasks: list[str], protectionEnabled: bool, expiresInMinutes: int = DEFAULT_MINUTES
    ) -> Shape:
        """Protect service tasks from deployments and scale-in, or lift it; standalone tasks are TASK_NOT_VALID."""
        require(1 <= expiresInMinutes <= MOST_MINUTES, f"expiresInMinutes must be between 1 and {MOST_MINUTES}.")
        found, failures = self._service_tasks(self.context.cluster(cluster), tasks)
        for task in found:
            task.protected_until = self.context.now + expiresInMinutes * 60 if protectionEnabled else None
            self.context.clock.at(task.protected_until or self.context.now, self._enqueue_again(task))
        return {"protectedTasks": [self._protection(task) for task in found], "failures": failures}

    def get_task_protection(self, cluster: str, tasks: list[str] | None = None) -> Shape:
        """The protection of the named tasks, or of all service tasks."""
        owner = self.context.cluster(cluster)
        names = tasks or [task.id for task in owner.tasks.values() if task.service is not None]
        found, failures = self._service_tasks(owner, names)
        return {"protectedTasks": [self._protection(task) for task in found], "failures": failures}

    def _service_tasks(self, cluster: Cluster, references: list[str]) -> tuple[list[Task], list[Shape]]:
        found: list[Task] = []
        failures: list[Shape] = []
        for reference in references:
            task = self.context.task(cluster, reference)
            if task is None:
                failures.append({"arn": reference, "reason": "MISSING"})
            elif task.service is None or not task.wanted:
                failures.append({"arn": task.arn, "reason": "TASK_NOT_VALID"})
            else:
                found.append(task)
        return found, failures

    def _protection(self, task: Task) -> Shape:
        protected = self.lifecycle.is_protected(task)
        shape: Shape = {"taskArn": task.arn, "protectionEnabled": protected}
        return shape | ({"expirationDate": self.context.moment(task.protected_until)} if protected else {})

    def _enqueue_again(self, task: Task) -> Any:
        """When protection ends, what waited for the task goes on."""

        def enqueue_again() -> None:
            if task.service is not None:
                self.scheduler.enqueue(task.service)

        return enqueue_again
