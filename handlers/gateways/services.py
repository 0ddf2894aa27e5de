"""Services of Amazon ECS: how they stand, where they are told to run, what their tasks run on.

Limits: DescribeServices 10, DescribeTasks 100 (Amazon ECS API reference, the calls' own pages).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.domain.fleet import Service
from handlers.domain.placement import Constraint, Move, Placement
from handlers.gateways.batches import batches
from handlers.gateways.capacity_providers import item_of, strategy_of
from handlers.gateways.failures import only_gone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ecs import ECSClient

    from handlers.gateways.task_definitions import TaskDefinitions

LIST, DESCRIBE_TASKS, DESCRIBE = 100, 100, 10


class Services:
    """What a rollout reads of services and tells them."""

    def __init__(self, client: ECSClient, definitions: TaskDefinitions) -> None:
        self._client = client
        self._definitions = definitions

    def of_cluster(self, cluster: str) -> tuple[Service, ...]:
        """All ACTIVE services of the cluster."""
        pages = self._client.get_paginator("list_services").paginate(
            cluster=cluster, PaginationConfig={"PageSize": LIST}
        )
        arns = [arn for page in pages for arn in page["serviceArns"]]
        found: list[Service] = []
        for some in batches(arns, DESCRIBE):
            answer = self._client.describe_services(cluster=cluster, services=some)
            only_gone(answer["failures"], "describe services")
            found.extend(self._service(dict(one)) for one in answer["services"] if one["status"] == "ACTIVE")
        return tuple(sorted(found, key=lambda one: one.name))

    def place(self, cluster: str, service: Service, move: Move, wanted: Placement, definition: str | None) -> str:
        """Tell a service where its tasks run; returns the id of its newest deployment.

        Constraints of somebody else stay. Without `deploys` running tasks stay where they are.
        """
        change = {"forceNewDeployment": False, **placement_of(service, move, wanted, definition)}
        answer = self._client.update_service(cluster=cluster, service=service.name, **change)
        return next((each["id"] for each in answer["service"]["deployments"] if each["status"] == "PRIMARY"), "")

    def set_zone_rebalancing(self, cluster: str, service: str, *, enabled: bool) -> None:
        """Switch a service's Availability Zone rebalancing; starts no deployment (UpdateService's own page)."""
        self._client.update_service(
            cluster=cluster, service=service, availabilityZoneRebalancing="ENABLED" if enabled else "DISABLED"
        )

    def running_digests(self, cluster: str, service: str) -> dict[str, str]:
        """By image name, the digest that the service's tasks run; left out where they run several."""
        seen: dict[str, set[str]] = {}
        for one in self._tasks_of(cluster, service):
            for container in one.get("containers", []):
                if container.get("imageDigest"):
                    seen.setdefault(container["image"], set()).add(container["imageDigest"])
        return {image: next(iter(digests)) for image, digests in seen.items() if len(digests) == 1}

    def architectures(self, cluster: str, service: str) -> set[str]:
        """The CPU architectures that the service's tasks run on, as each task itself says."""
        return {
            each.get("value", "")
            for one in self._tasks_of(cluster, service)
            for each in one.get("attributes", [])
            if each["name"] == "ecs.cpu-architecture"
        }

    def _tasks_of(self, cluster: str, service: str) -> list[dict[str, Any]]:
        """The running tasks of a service, as the API gives them."""
        pages = self._client.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service)
        arns = [arn for page in pages for arn in page["taskArns"]]
        found: list[dict[str, Any]] = []
        for some in batches(arns, DESCRIBE_TASKS):
            answer = self._client.describe_tasks(cluster=cluster, tasks=some)
            only_gone(answer["failures"], "describe tasks")
            found.extend(dict(one) for one in answer["tasks"] if one["lastStatus"] == "RUNNING")
        return found

    def _service(self, one: dict[str, Any]) -> Service:
        configuration = one.get("deploymentConfiguration", {})
        primary: dict[str, Any] = next((each for each in one["deployments"] if each["status"] == "PRIMARY"), {})
        return Service(
            name=one["serviceName"],
            daemon=one.get("schedulingStrategy") == "DAEMON",
            desired=one["desiredCount"],
            running=one["runningCount"],
            pending=one["pendingCount"],
            minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
            maximum_percent=configuration.get("maximumPercent", 200),
            deployments=len(one["deployments"]),
            deployment_id=primary.get("id", ""),
            rollout_state=primary.get("rolloutState"),
            controller=one.get("deploymentController", {}).get("type", "ECS"),
            zone_rebalancing=one.get("availabilityZoneRebalancing") == "ENABLED",
            needs=self._definitions.needs(one["taskDefinition"]),
            constraints=constraints_of(one),
            strategy=strategy_of(one.get("capacityProviderStrategy", [])),
            launch_type=one.get("launchType"),
            task_definition=one["taskDefinition"],
            definition_constraints=constraints_of(self._definitions.read(one["taskDefinition"])),
            moved=primary.get("runningCount", 0),
            failed=_failed(one["deployments"]),
            target_groups=tuple(
                each["targetGroupArn"] for each in one.get("loadBalancers", []) if "targetGroupArn" in each
            ),
        )


def placement_of(service: Service, move: Move, wanted: Placement, definition: str | None) -> dict[str, Any]:
    """What UpdateService has to be told for that placement: only what differs."""
    change: dict[str, Any] = {"forceNewDeployment": True} if wanted.deploys else {}
    constraints = move.constraints(service.constraints, wanted)
    if constraints != service.constraints:
        change["placementConstraints"] = [_constraint(one) for one in constraints]
    if wanted.strategy is not None and sorted(wanted.strategy) != sorted(service.strategy):
        change["capacityProviderStrategy"] = [item_of(one) for one in wanted.strategy]
    if definition is not None:
        change["taskDefinition"] = definition
    return change


def constraints_of(one: dict[str, Any]) -> tuple[Constraint, ...]:
    """The placement constraints of a service or a task definition in our own type."""
    return tuple(Constraint(each["type"], each.get("expression", "")) for each in one.get("placementConstraints", []))


def _constraint(one: Constraint) -> dict[str, str]:
    return {"type": one.kind, "expression": one.expression} if one.expression else {"type": one.kind}


def _failed(deployments: Sequence[dict[str, Any]]) -> str:
    """What ECS says of a deployment that failed, or that rolls another one back."""
    for one in deployments:
        reason = str(one.get("rolloutStateReason", ""))
        if one.get("rolloutState") == "FAILED" or "rolling back" in reason:
            return reason or "FAILED"
    return ""
