"""What ECS remembers of each deployment (botocore, `ServiceDeployment`): begun, completed, failed, rolled back.

Only deployments of ECS's own controller have one. Which status a replaced or failed deployment ends in botocore does
not say; STOPPED is the one that fits.
"""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import (
    DeploymentCompleted,
    DeploymentFailed,
    DeploymentRolledBack,
    DeploymentStarted,
)
from simulator.aws.ecs.state import Deployment, EcsService, ServiceDeployment

ID_LENGTH = 21
KEPT = 100
"""Of each service; botocore gives no number, `ListServiceDeployments` has pages of 100 at most."""

ONGOING = ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS")


class ServiceDeployments:
    """Keeps each service's history."""

    def __init__(self, context: EcsContext) -> None:
        self.context = context
        context.bus.subscribe(DeploymentStarted, self._started)
        context.bus.subscribe(DeploymentCompleted, self._completed)
        context.bus.subscribe(DeploymentFailed, self._failed)
        context.bus.subscribe(DeploymentRolledBack, self._rolled_back)

    def _started(self, event: DeploymentStarted) -> None:
        service = event.service
        if service.controller != "ECS":
            return
        for earlier in service.history:
            if earlier.status in ONGOING:
                self._end(earlier, "STOPPED", "A newer deployment has replaced it.")
        identity = self.context.random_streams.hex("ecs.service-deployment", ID_LENGTH)
        arn = self.context.arn("service-deployment", service.cluster.name, service.name, identity)
        made = ServiceDeployment(arn, service, event.deployment, service.last_completed, self.context.now)
        service.history.append(made)
        del service.history[:-KEPT]

    def _completed(self, event: DeploymentCompleted) -> None:
        for each in event.service.history:
            if each.status == "ROLLBACK_IN_PROGRESS":
                self._end(each, "ROLLBACK_SUCCESSFUL", each.reason)
        if (found := _of(event.service, event.deployment)) and found.status == "IN_PROGRESS":
            self._end(found, "SUCCESSFUL")

    def _failed(self, event: DeploymentFailed) -> None:
        if (found := _of(event.service, event.deployment)) and found.status == "IN_PROGRESS":
            self._end(found, "STOPPED", event.deployment.rollout_reason)

    def _rolled_back(self, event: DeploymentRolledBack) -> None:
        if found := _of(event.service, event.deployment):
            found.status, found.reason, found.finished_at = "ROLLBACK_IN_PROGRESS", event.back_to.rollout_reason, None

    def _end(self, record: ServiceDeployment, status: str, reason: str = "") -> None:
        record.status, record.reason, record.finished_at = status, reason, self.context.now


def _of(service: EcsService, deployment: Deployment) -> ServiceDeployment | None:
    return next((each for each in reversed(service.history) if each.target is deployment), None)
