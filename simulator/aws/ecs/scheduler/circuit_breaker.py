"""Tasks that fail: the circuit breaker's count, and the back-off before the next attempt.

A task fails when it does not start, exits before it counts as healthy or when the load balancer gives it up. Tasks
that find no instance do not count. Sources: botocore, `DeploymentCircuitBreaker`, `Deployment.failedTasks`; guide,
"Service throttle logic" (the wait grows up to 15 minutes) and "circuit breaker" (50 % of desired, 3 to 200).
"""

from typing import Any

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.scheduler.deployments import Deployments, circuit_breaker_settings
from simulator.aws.ecs.scheduler.service_events import complain
from simulator.aws.ecs.state import EcsService, Task

FEWEST, MOST = 3, 200
FAILED_BY_ITSELF = ("EssentialContainerExited", "TaskFailedToStart")
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 900.0
COMPLAINS_AFTER = 3
STARTS_FAIL = "is unable to consistently start tasks successfully."


class CircuitBreaker:
    """Counts failures of each service's newest deployment."""

    def __init__(self, context: EcsContext, deployments: Deployments) -> None:
        self.context = context
        self.deployments = deployments

    def task_stopped(self, task: Task) -> bool:
        """Count it if it failed; True when it did."""
        exited = task.stop_code in FAILED_BY_ITSELF and task.health != "HEALTHY"
        failed = exited or task.health == "UNHEALTHY"
        if not failed or task.service is None or task.deployment is None:
            return False
        task.deployment.failed_tasks += 1
        self._back_off(task.service)
        self._trip(task.service)
        return True

    def task_healthy(self, task: Task) -> None:
        """A healthy task ends the row of failures, unless the service says otherwise (`resetOnHealthyTask`)."""
        if task.service is None or task.deployment is None:
            return
        task.service.failures_in_a_row = 0
        if circuit_breaker_settings(task.service).get("resetOnHealthyTask", True):
            task.deployment.failed_tasks = 0

    def _back_off(self, service: EcsService) -> None:
        if self.context.now < service.not_before:
            return  # of the same wave as the failure that set the wait
        service.failures_in_a_row += 1
        wait = FIRST_WAIT_SECONDS * 2 ** min(service.failures_in_a_row - 1, 10)
        service.not_before = self.context.now + min(wait, LONGEST_WAIT_SECONDS)
        if service.failures_in_a_row >= COMPLAINS_AFTER:
            complain(self.context, service, STARTS_FAIL)

    def _trip(self, service: EcsService) -> None:
        settings, deployment = circuit_breaker_settings(service), service.primary
        if not settings.get("enable") or deployment.rollout_state != "IN_PROGRESS":
            return
        if deployment.failed_tasks >= threshold(settings, service.desired_count):
            self.deployments.fail(service)


def threshold(settings: dict[str, Any], desired: int) -> int:
    """How many failed tasks fail the deployment."""
    rule = settings.get("thresholdConfiguration") or {"type": "BOUNDED_PERCENT", "value": 50}
    if rule["type"] == "COUNT":
        return int(rule["value"])
    share = -(-desired * int(rule["value"]) // 100)
    return share if rule["type"] == "UNBOUNDED_PERCENT" else min(max(share, FEWEST), MOST)
