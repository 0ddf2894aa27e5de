"""A service's deployments: how one begins, when it is completed, how one fails and is rolled back.

Draining makes no deployment, so a service that is being drained still reads COMPLETED and passes the ServicesStable
waiter. Source: botocore, `Deployment` and `DeploymentCircuitBreaker`.
"""

from typing import Any

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import (
    DeploymentCompleted,
    DeploymentFailed,
    DeploymentRolledBack,
    DeploymentStarted,
)
from simulator.aws.ecs.image_resolution import resolved
from simulator.aws.ecs.scheduler.service_events import say
from simulator.aws.ecs.state import Deployment, EcsService

ID_DIGITS = 19
FAILED_REASON = "tasks failed to start."


class Deployments:
    """Begins, completes and fails them."""

    def __init__(self, context: EcsContext) -> None:
        self.context = context

    def begin(self, service: EcsService) -> Deployment:
        """A new PRIMARY deployment from the service's settings of now; the ones before it become ACTIVE.

        It records task definition, strategy and launch type; a service revision has no placement fields. Constraints
        are noted for `aws.constraints_bind` and `aws.rolled_back_constraints`.
        """
        number = self.context.random_streams.stream("ecs.deployment").randrange(10 ** (ID_DIGITS - 1), 10**ID_DIGITS)
        deployment = Deployment(
            id=f"ecs-svc/{number}",
            task_definition=service.task_definition,
            strategy=service.capacity_provider_strategy,
            launch_type=service.launch_type,
            constraints=service.placement_constraints,
            created_at=self.context.now,
            updated_at=self.context.now,
            rollout_reason=f"ECS deployment ecs-svc/{number} in progress.",
        )
        deployment.digests = resolved(self.context.images, service.task_definition)
        for older in service.deployments:
            older.status = "ACTIVE"
        service.deployments.insert(0, deployment)
        service.failures_in_a_row, service.not_before, service.steady = 0, 0.0, False
        self.context.bus.emit(DeploymentStarted(service, deployment))
        return deployment

    def settle(self, service: EcsService) -> None:
        """Drop deployments that were replaced, complete the PRIMARY one when it is in steady state, and say so.

        A replaced deployment goes when none of its tasks is PENDING, RUNNING or deregistering; containers of its may
        still be stopping then, so COMPLETED can precede the end of the last old container.
        """
        left = {task.deployment for task in service.tasks.values() if task.last_status != "STOPPING"}
        for deployment in service.deployments[1:]:
            if deployment not in left:
                deployment.status = "INACTIVE"
        service.deployments = [item for item in service.deployments if item.status != "INACTIVE"]
        if service.primary.rollout_state == "IN_PROGRESS" and self._is_complete(service):
            self._complete(service)
        self._note_steady_state(service)

    def fail(self, service: EcsService, reason: str = FAILED_REASON) -> None:
        """The PRIMARY deployment is FAILED and launches nothing any more; rolled back where the service asks for it."""
        deployment = service.primary
        deployment.rollout_state, deployment.rollout_reason = "FAILED", f"ECS deployment circuit breaker: {reason}"
        deployment.updated_at = self.context.now
        self.context.bus.emit(DeploymentFailed(service, deployment, reason))
        say(self.context, service, f"(deployment {deployment.id}) deployment failed: {reason}")
        if circuit_breaker_settings(service).get("rollback"):
            self.roll_back(service, "ECS deployment circuit breaker")

    def roll_back(self, service: EcsService, why: str) -> None:
        """Promote the last completed deployment back to PRIMARY; without one nothing happens and the service stalls.

        It is the same deployment, by its id, and its tasks stay (copilot-cli issue 4838, a maintainer); so do the
        images that it ran. No revision records placement: whether constraints that came with the failed change stay,
        and can leave the old tasks unplaceable, is `aws.rolled_back_constraints`.
        """
        target = service.last_completed
        failed = service.primary
        if target is None or target is failed:
            return
        failed.status, failed.updated_at, target.failed_tasks = "ACTIVE", self.context.now, 0
        service.definition = target.task_definition
        service.capacity_provider_strategy, service.launch_type = target.strategy, target.launch_type
        if self.context.aws.rolled_back_constraints == "return":
            service.placement_constraints = target.constraints
        target.constraints = service.placement_constraints
        service.deployments = [target, *(item for item in service.deployments if item is not target)]
        target.status, target.rollout_state, target.updated_at = "PRIMARY", "IN_PROGRESS", self.context.now
        target.rollout_reason = f"{why}: rolling back to deploymentId {target.id}."
        service.failures_in_a_row, service.not_before, service.steady = 0, 0.0, False
        self.context.bus.emit(DeploymentRolledBack(service, failed, target))
        say(self.context, service, f"(deployment {failed.id}) rolling back to deployment {target.id}.")

    def _is_complete(self, service: EcsService) -> bool:
        if len(service.deployments) > 1 or service.primary.pending:
            return False
        healthy = sum(task.healthy for task in service.tasks.values() if task.deployment is service.primary)
        return healthy >= service.desired_count

    def _complete(self, service: EcsService) -> None:
        deployment = service.primary
        deployment.rollout_state = "COMPLETED"
        deployment.rollout_reason = f"ECS deployment {deployment.id} completed."
        deployment.updated_at = self.context.now
        service.last_completed = deployment
        self.context.bus.emit(DeploymentCompleted(service, deployment))
        say(self.context, service, f"(deployment {deployment.id}) deployment completed.")

    def _note_steady_state(self, service: EcsService) -> None:
        steady = (
            service.primary.rollout_state == "COMPLETED"
            and service.running_count == service.desired_count
            and len(service.tasks) == service.desired_count
            and not any(task.instance.status == "DRAINING" for task in service.tasks.values())
        )
        if steady and not service.steady:
            say(self.context, service, "has reached a steady state.")
        service.steady = steady


def circuit_breaker_settings(service: EcsService) -> dict[str, Any]:
    """The deployment circuit breaker's settings."""
    settings: dict[str, Any] = service.deployment_configuration.get("deploymentCircuitBreaker") or {}
    return settings
