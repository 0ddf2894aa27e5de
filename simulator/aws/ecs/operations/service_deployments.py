"""Operations on service deployments: list, describe, stop."""

from typing import Any

from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.errors import Conflict, NotSimulated, ServiceDeploymentNotFound
from simulator.aws.ecs.events import ServiceUpdated
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.state import ServiceDeployment

Shape = dict[str, Any]


class ServiceDeploymentOperations(ControlPlane):
    """ListServiceDeployments and its kin."""

    def list_service_deployments(
        self,
        service: str,
        cluster: str | None = None,
        status: list[str] | None = None,
        nextToken: str | None = None,
        maxResults: int | None = None,
    ) -> Shape:
        """Those of a service, newest first, all or those of some statuses."""
        history = self.context.service(self.context.cluster(cluster), service).history
        found = [each for each in reversed(history) if not status or each.status in status]
        places = {each: index for index, each in enumerate(found)}
        shown, more = page(found, places.__getitem__, maxResults, nextToken)
        return {"serviceDeployments": [self._brief(each) for each in shown], **more}

    def describe_service_deployments(self, serviceDeploymentArns: list[str]) -> Shape:
        """Those of the ARNs; unknown ones are failures MISSING."""
        known = self._all()
        found = [self._whole(known[arn]) for arn in serviceDeploymentArns if arn in known]
        failures = [{"arn": arn, "reason": "MISSING"} for arn in serviceDeploymentArns if arn not in known]
        return {"serviceDeployments": found, "failures": failures}

    def stop_service_deployment(self, serviceDeploymentArn: str, stopType: str = "ROLLBACK") -> Shape:
        """Roll an ongoing deployment back, whether or not it has a circuit breaker (botocore).

        One that is rolled back already goes on so (developer guide, "Stopping Amazon ECS service deployments").

        Raises ServiceDeploymentNotFoundException, and ConflictException for one that has ended, or that has nothing to
        go back to.
        """
        if stopType != "ROLLBACK":
            raise NotSimulated(f"StopServiceDeployment with stopType {stopType}")
        found = self._all().get(serviceDeploymentArn)
        if found is None:
            raise ServiceDeploymentNotFound
        if found.status == "ROLLBACK_IN_PROGRESS":
            return {"serviceDeploymentArn": found.arn}
        if found.status != "IN_PROGRESS" or found.source is None:
            raise Conflict(f"The service deployment cannot be stopped: its status is {found.status}.")
        self.scheduler.deployments.roll_back(found.service, "ECS deployment stopped by a user")
        self.context.bus.emit(ServiceUpdated(found.service))
        return {"serviceDeploymentArn": found.arn}

    def _all(self) -> dict[str, ServiceDeployment]:
        services = (service for cluster in self.clusters.values() for service in cluster.services.values())
        return {each.arn: each for service in services for each in service.history}

    def _brief(self, record: ServiceDeployment) -> Shape:
        shape: Shape = {
            "serviceDeploymentArn": record.arn,
            "serviceArn": record.service.arn,
            "clusterArn": record.service.cluster.arn,
            "createdAt": self.context.moment(record.created_at),
            "startedAt": self.context.moment(record.created_at),
            "status": record.status,
        }
        finished = self.context.moment(record.finished_at)
        known = {"finishedAt": finished, "statusReason": record.reason or None}
        return shape | {name: value for name, value in known.items() if value is not None}

    def _whole(self, record: ServiceDeployment) -> Shape:
        shape = self._brief(record) | {"deploymentConfiguration": record.service.deployment_configuration}
        if record.status.startswith("ROLLBACK"):
            shape["rollback"] = {"reason": record.reason}
        return shape
