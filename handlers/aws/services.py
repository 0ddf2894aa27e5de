"""Services of Amazon ECS: how they stand, where they are told to run, what their tasks run on.

Limits: DescribeServices 10, DescribeTasks 100 (Amazon ECS API reference, the calls' own pages).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.aws.batches import batches
from handlers.aws.capacity_providers import item_of, strategy_of
from handlers.aws.partial_failures import only_gone
from handlers.aws.task_definitions import TaskDefinitions
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import BEFORE, Constraint, Move, Placement
from handlers.domain.model.resources import Resources
from handlers.domain.model.task_failure import TaskFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ecs import ECSClient


FARGATE = "FARGATE"  # and FARGATE_SPOT; a provider of one's own cannot be named so (CreateCapacityProvider's page)
STEADY = "has reached a steady state"
LIST, DESCRIBE_TASKS, DESCRIBE = 100, 100, 10
CANNOT_STOP = (
    "ConflictException", "UnsupportedFeatureException", "ServiceDeploymentNotFoundException",
    "InvalidParameterException", "ClientException", "AccessDeniedException",
)  # fmt: skip
BY_ITSELF = ("EssentialContainerExited", "TaskFailedToStart")
FAILED_CHECKS = ("Task failed ELB health checks", "Task failed container health checks")


class Services:
    """What a rollout reads of services and tells them."""

    def __init__(self, client: ECSClient, definitions: TaskDefinitions) -> None:
        self._client = client
        self._definitions = definitions
        self._stopped: dict[str, dict[str, TaskFailure | None]] = {}  # by service and task ARN; None: it did not fail

    def of_cluster(self, cluster: str) -> tuple[Service, ...]:
        """All ACTIVE services of the cluster but those on Fargate: none of their tasks is on an instance."""
        pages = self._client.get_paginator("list_services").paginate(
            cluster=cluster, PaginationConfig={"PageSize": LIST}
        )
        arns = [arn for page in pages for arn in page["serviceArns"]]
        found: list[Service] = []
        for some in batches(arns, DESCRIBE):
            answer = self._client.describe_services(cluster=cluster, services=some)
            only_gone(answer["failures"], "describe services")
            found.extend(
                self._service(dict(service))
                for service in answer["services"]
                if service["status"] == "ACTIVE" and not _on_fargate(dict(service))
            )
        return tuple(sorted(found, key=lambda service: service.name))

    def place(self, cluster: str, service: Service, move: Move, wanted: Placement, definition: str | None) -> str:
        """Tell a service where its tasks run; returns the id of its newest deployment.

        Constraints of another actor stay. Without `deploys` running tasks stay where they are.
        """
        change = {"forceNewDeployment": False, **placement_of(service, move, wanted, definition)}
        answer = self._client.update_service(cluster=cluster, service=service.name, **change)
        return next((each["id"] for each in answer["service"]["deployments"] if each["status"] == "PRIMARY"), "")

    def stop_deployment(self, service_deployment: str) -> bool:
        """Have ECS roll a deployment back to what the service ran before; whether it does.

        One that is rolled back already goes on so. Not for one that has ended or that nothing came before, not where
        the feature is not there, and not where a policy forbids it (developer guide, "Stopping Amazon ECS service
        deployments"; the errors of StopServiceDeployment in the API reference).
        """
        try:
            self._client.stop_service_deployment(serviceDeploymentArn=service_deployment, stopType="ROLLBACK")
        except ClientError as error:
            if error.response["Error"]["Code"] not in CANNOT_STOP:
                raise
            return False
        return True

    def set_zone_rebalancing(self, cluster: str, service: str, *, enabled: bool) -> None:
        """Switch a service's Availability Zone rebalancing; starts no deployment (UpdateService's own page)."""
        self._client.update_service(
            cluster=cluster, service=service, availabilityZoneRebalancing="ENABLED" if enabled else "DISABLED"
        )

    def running_digests(self, cluster: str, service: str) -> dict[str, str]:
        """By image name, the digest that the service's tasks run; left out where they run several."""
        observation: dict[str, set[str]] = {}
        for task in self._running_tasks(cluster, service):
            for container in task.get("containers", []):
                if container.get("imageDigest"):
                    observation.setdefault(container["image"], set()).add(container["imageDigest"])
        return {image: next(iter(digests)) for image, digests in observation.items() if len(digests) == 1}

    def architectures(self, cluster: str, service: str) -> set[str]:
        """The CPU architectures that the service's tasks run on, as each task itself says."""
        return {
            each.get("value", "")
            for task in self._running_tasks(cluster, service)
            for each in task.get("attributes", [])
            if each["name"] == "ecs.cpu-architecture"
        }

    def failures(self, cluster: str, service: str) -> tuple[TaskFailure, ...]:
        """The service's tasks that failed by themselves in the last hour; ECS remembers them for so long.

        A task that is STOPPED changes no more, so each is described once by this process.
        """
        pages = self._client.get_paginator("list_tasks").paginate(
            cluster=cluster, serviceName=service, desiredStatus="STOPPED"
        )
        arns = [arn for page in pages for arn in page["taskArns"]]
        known = self._stopped.get(service, {})
        found = {arn: known[arn] for arn in arns if arn in known}
        self._stopped[service] = dict(found)
        for some in batches([arn for arn in arns if arn not in known], DESCRIBE_TASKS):
            answer = self._client.describe_tasks(cluster=cluster, tasks=some)
            only_gone(answer["failures"], "describe tasks")
            for task in answer["tasks"]:
                failure = task_failure(dict(task), service)
                found[task["taskArn"]] = failure
                if task["lastStatus"] == "STOPPED":
                    self._stopped[service][task["taskArn"]] = failure
        return tuple(each for each in found.values() if each is not None)

    def hosts(self, cluster: str, service: str) -> frozenset[str]:
        """The arns of the container instances with a task of the service that runs or is about to."""
        tasks = self._tasks_of(cluster, service)
        return frozenset(task["containerInstanceArn"] for task in tasks if task.get("containerInstanceArn"))

    def _running_tasks(self, cluster: str, service: str) -> list[dict[str, Any]]:
        return [each for each in self._tasks_of(cluster, service) if each["lastStatus"] == "RUNNING"]

    def _tasks_of(self, cluster: str, service: str) -> list[dict[str, Any]]:
        """The tasks of a service that are meant to run, as the API gives them."""
        pages = self._client.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service)
        arns = [arn for page in pages for arn in page["taskArns"]]
        found: list[dict[str, Any]] = []
        for some in batches(arns, DESCRIBE_TASKS):
            answer = self._client.describe_tasks(cluster=cluster, tasks=some)
            only_gone(answer["failures"], "describe tasks")
            found.extend(dict(task) for task in answer["tasks"])
        return found

    def _service(self, item: dict[str, Any]) -> Service:
        configuration = item.get("deploymentConfiguration", {})
        definition = item.get("taskDefinition", "")  # an EXTERNAL service without a task set has none
        read = self._definitions.read(definition) if definition else {}
        primary: dict[str, Any] = next((each for each in item["deployments"] if each["status"] == "PRIMARY"), {})
        return Service(
            name=item["serviceName"],
            daemon=item.get("schedulingStrategy") == "DAEMON",
            desired=item["desiredCount"],
            running=item["runningCount"],
            pending=item["pendingCount"],
            minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
            maximum_percent=configuration.get("maximumPercent", 200),
            deployments=len(item["deployments"]),
            deployment_id=primary.get("id", ""),
            rollout_state=primary.get("rolloutState"),
            controller=item.get("deploymentController", {}).get("type", "ECS"),
            zone_rebalancing=item.get("availabilityZoneRebalancing") == "ENABLED",
            resources=self._definitions.needs(definition) if definition else Resources(),
            constraints=constraints_of(item),
            strategy=strategy_of(item.get("capacityProviderStrategy", [])),
            launch_type=item.get("launchType"),
            task_definition=definition,
            definition_constraints=constraints_of(read),
            definition_inactive=read.get("status") == "INACTIVE",
            on_new_deployment=primary.get("runningCount", 0),
            failed=_failed(item["deployments"]),
            service_deployment=item.get("currentServiceDeployment", ""),
            event=next((each["message"] for each in item.get("events", ()) if STEADY not in each["message"]), ""),
            older=sum(
                each["runningCount"] + each["pendingCount"] for each in item["deployments"] if each is not primary
            ),
            target_groups=tuple(
                each["targetGroupArn"] for each in item.get("loadBalancers", []) if "targetGroupArn" in each
            ),
        )


def _on_fargate(item: dict[str, Any]) -> bool:
    """Whether its tasks run on Fargate: by launch type, or by one of the two providers that every cluster may have."""
    strategy = item.get("capacityProviderStrategy", [])
    return item.get("launchType") == FARGATE or any(each["capacityProvider"].startswith(FARGATE) for each in strategy)


def placement_of(service: Service, move: Move, wanted: Placement, definition: str | None) -> dict[str, Any]:
    """What UpdateService has to be told for that placement: only what differs."""
    change: dict[str, Any] = {"forceNewDeployment": True} if wanted.deploys else {}
    constraints = move.constraints(service.constraints, wanted)
    if constraints != service.constraints:
        change["placementConstraints"] = [_constraint(constraint) for constraint in constraints]
    if wanted.strategy is not None and sorted(wanted.strategy) != sorted(service.strategy):
        change["capacityProviderStrategy"] = [item_of(share) for share in wanted.strategy]
    if definition is not None:
        change["taskDefinition"] = definition
    return change


def home(service: Service, moves: Sequence[Move], definition: str | None) -> dict[str, Any]:
    """What UpdateService has to be told to undo all of a service's moves at once; each of them knows its own part."""
    constraints, change = service.constraints, dict[str, Any]()
    for move in moves:
        change |= placement_of(replace(service, constraints=constraints), move, move.placements[BEFORE], definition)
        constraints = move.constraints(constraints, move.placements[BEFORE])
    return change


def constraints_of(item: dict[str, Any]) -> tuple[Constraint, ...]:
    """The placement constraints of a service or a task definition in our own type."""
    return tuple(Constraint(each["type"], each.get("expression", "")) for each in item.get("placementConstraints", []))


def _constraint(constraint: Constraint) -> dict[str, str]:
    return (
        {"type": constraint.kind, "expression": constraint.expression}
        if constraint.expression
        else {"type": constraint.kind}
    )


def task_failure(item: dict[str, Any], service: str) -> TaskFailure | None:
    """The stopped task as a failure; None where an operator or something stopped it.

    Stop codes: API reference, `Task.stopCode`. For failed checks ECS gives no code of their own: a container's shows in
    `healthStatus`, a load balancer's only in the reason (developer guide, "stopped tasks error codes").
    """
    code, reason = str(item.get("stopCode", "")), str(item.get("stoppedReason", ""))
    failed_checks = item.get("healthStatus") == "UNHEALTHY" or reason.startswith(FAILED_CHECKS)
    if code not in BY_ITSELF and not failed_checks:
        return None
    at = item.get("stoppedAt") or item.get("stoppingAt") or item["createdAt"]
    started, exits = item.get("startedAt"), [each["exitCode"] for each in item["containers"] if "exitCode" in each]
    return TaskFailure(
        arn=item["taskArn"],
        service=service,
        instance_arn=item.get("containerInstanceArn", ""),
        task_definition=item["taskDefinitionArn"],
        started_at=started.timestamp() if started else None,
        at=at.timestamp(),
        code=code or "failed checks",
        reason=reason,
        exit_code=next((each for each in exits if each), exits[0] if exits else None),
    )


def _failed(deployments: Sequence[dict[str, Any]]) -> str:
    """What ECS says of a deployment that failed, or that rolls another one back.

    ECS has no code for the latter: only `rolloutStateReason` tells (API reference, `Deployment`).
    """
    for deployment in deployments:
        reason = str(deployment.get("rolloutStateReason", ""))
        if deployment.get("rolloutState") == "FAILED" or "rolling back" in reason:
            return reason or "FAILED"
    return ""
