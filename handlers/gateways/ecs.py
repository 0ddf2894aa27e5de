"""Amazon ECS: pages, batches to the API's limits, reads `failures[]`, returns our types.

Limits: DescribeContainerInstances and DescribeTasks 100, UpdateContainerInstancesState and DescribeServices 10
(Amazon ECS API reference, the calls' own pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.contract import PartialFailure
from handlers.domain.fleet import Owner, Service, Task
from handlers.domain.placement import Constraint, Move, Placement
from handlers.domain.resources import Resources
from handlers.gateways.batches import batches
from handlers.gateways.capacity_providers import item_of, strategy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ContainerInstanceTypeDef, FailureTypeDef, TaskTypeDef

    from handlers.gateways.task_definitions import TaskDefinitions

GONE = "MISSING"
DESCRIBE, CHANGE = 100, 10
BUILT_IN = ("ecs.", "com.amazonaws.")


@dataclass(frozen=True)
class ContainerInstance:
    """A container instance as ECS describes it. `free.ports` are the host ports in use."""

    instance_id: str
    arn: str
    status: str
    connected: bool
    ami: str
    registered_at: float
    free: Resources
    task_count: int
    provider: str | None
    marks: frozenset[str]
    architecture: str


class Ecs:
    """What a rollout reads from ECS and asks of it."""

    def __init__(self, client: ECSClient, definitions: TaskDefinitions) -> None:
        self._client = client
        self._definitions = definitions
        self._needs: dict[str, Resources] = {}  # a task definition revision never changes

    def cluster(self, name: str) -> dict[str, Any] | None:
        """The cluster's description, or None where there is no ACTIVE cluster of that name."""
        found = self._client.describe_clusters(clusters=[name])["clusters"]
        return dict(found[0]) if found and found[0].get("status") == "ACTIVE" else None

    def container_instances(self, cluster: str) -> dict[str, ContainerInstance]:
        """All container instances of the cluster that are not INACTIVE, by EC2 instance id."""
        pages = self._client.get_paginator("list_container_instances").paginate(cluster=cluster)
        arns = [arn for page in pages for arn in page["containerInstanceArns"]]
        found: dict[str, ContainerInstance] = {}
        for some in batches(arns, DESCRIBE):
            answer = self._client.describe_container_instances(cluster=cluster, containerInstances=some)
            _only_gone(answer["failures"], "describe container instances")
            for one in answer["containerInstances"]:
                found[one["ec2InstanceId"]] = _container_instance(one)
        return found

    def tasks_on(self, cluster: str, arns: Iterable[str], daemons: Collection[str]) -> dict[str, list[Task]]:
        """The tasks of those container instances, of both desired statuses, by container instance arn."""
        found: dict[str, list[Task]] = {arn: [] for arn in arns}
        pages = self._client.get_paginator("list_tasks")
        listed = [
            task
            for arn in found
            for desired in ("RUNNING", "STOPPED")
            for page in pages.paginate(cluster=cluster, containerInstance=arn, desiredStatus=desired)
            for task in page["taskArns"]
        ]
        for some in batches(listed, DESCRIBE):
            answer = self._client.describe_tasks(cluster=cluster, tasks=some)
            _only_gone(answer["failures"], "describe tasks")
            for one in answer["tasks"]:
                found[one["containerInstanceArn"]].append(self._task(one, daemons))
        return found

    def services(self, cluster: str) -> tuple[Service, ...]:
        """All ACTIVE services of the cluster."""
        pages = self._client.get_paginator("list_services").paginate(
            cluster=cluster, PaginationConfig={"PageSize": DESCRIBE}
        )
        arns = [arn for page in pages for arn in page["serviceArns"]]
        found: list[Service] = []
        for some in batches(arns, CHANGE):
            answer = self._client.describe_services(cluster=cluster, services=some)
            _only_gone(answer["failures"], "describe services")
            found.extend(self._service(dict(one)) for one in answer["services"] if one["status"] == "ACTIVE")
        return tuple(sorted(found, key=lambda one: one.name))

    def drain(self, cluster: str, arns: Sequence[str]) -> None:
        """Set container instances to DRAINING; one that is gone meanwhile needs no draining."""
        self._set_state(cluster, arns, "DRAINING")

    def activate(self, cluster: str, arns: Sequence[str]) -> None:
        """Set container instances back to ACTIVE."""
        self._set_state(cluster, arns, "ACTIVE")

    def stop_task(self, cluster: str, arn: str, reason: str) -> None:
        """Ask a task to stop."""
        self._client.stop_task(cluster=cluster, task=arn, reason=reason)

    def set_zone_rebalancing(self, cluster: str, service: str, *, enabled: bool) -> None:
        """Switch a service's Availability Zone rebalancing; starts no deployment (UpdateService's own page)."""
        self._client.update_service(
            cluster=cluster, service=service, availabilityZoneRebalancing="ENABLED" if enabled else "DISABLED"
        )

    def place(self, cluster: str, service: Service, move: Move, wanted: Placement, definition: str | None) -> str:
        """Tell a service where its tasks run; returns the id of its newest deployment.

        Constraints of somebody else stay. Without `deploys` running tasks stay where they are.
        """
        change: dict[str, Any] = {"forceNewDeployment": wanted.deploys}
        constraints = move.constraints(service.constraints, wanted)
        if constraints != service.constraints:
            change["placementConstraints"] = [_constraint(one) for one in constraints]
        if wanted.strategy is not None and sorted(wanted.strategy) != sorted(service.strategy):
            change["capacityProviderStrategy"] = [item_of(one) for one in wanted.strategy]
        if definition is not None:
            change["taskDefinition"] = definition
        answer = self._client.update_service(cluster=cluster, service=service.name, **change)
        return next((each["id"] for each in answer["service"]["deployments"] if each["status"] == "PRIMARY"), "")

    def mark(self, cluster: str, arns: Sequence[str], name: str, value: str) -> None:
        """Give container instances an attribute."""
        for some in batches(arns, CHANGE):
            marks = [{"name": name, "value": value, "targetId": arn} for arn in some]
            self._client.put_attributes(cluster=cluster, attributes=marks)  # type: ignore[arg-type]

    def unmark(self, cluster: str, arns: Sequence[str], name: str) -> None:
        """Take the attribute away again."""
        for some in batches(arns, CHANGE):
            marks = [{"name": name, "targetId": arn} for arn in some]
            self._client.delete_attributes(cluster=cluster, attributes=marks)  # type: ignore[arg-type]

    def _set_state(self, cluster: str, arns: Sequence[str], status: str) -> None:
        for some in batches(arns, CHANGE):
            answer = self._client.update_container_instances_state(
                cluster=cluster,
                containerInstances=some,
                status=status,  # type: ignore[arg-type]
            )
            _only_gone(answer["failures"], f"set container instances to {status}")

    def _task(self, one: TaskTypeDef, daemons: Collection[str]) -> Task:
        kind, _, name = one.get("group", "").partition(":")
        owner = Owner.STANDALONE
        if kind == "service":
            owner = Owner.DAEMON if name in daemons else Owner.SERVICE
        return Task(
            arn=one["taskArn"],
            owner=owner,
            service=name if kind == "service" else "",
            desired_status=one["desiredStatus"],
            last_status=one["lastStatus"],
            needs=self._needs_of(one["taskDefinitionArn"]),
        )

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
            needs=self._needs_of(one["taskDefinition"]),
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

    def running_digests(self, cluster: str, service: str) -> dict[str, str]:
        """By image name, the digest that the service's tasks run; left out where they run several."""
        seen: dict[str, set[str]] = {}
        for one in self.tasks_of(cluster, service):
            for container in one.get("containers", []):
                if container.get("imageDigest"):
                    seen.setdefault(container["image"], set()).add(container["imageDigest"])
        return {image: next(iter(digests)) for image, digests in seen.items() if len(digests) == 1}

    def tasks_of(self, cluster: str, service: str) -> list[dict[str, Any]]:
        """The running tasks of a service, as the API gives them."""
        pages = self._client.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service)
        arns = [arn for page in pages for arn in page["taskArns"]]
        found: list[dict[str, Any]] = []
        for some in batches(arns, DESCRIBE):
            answer = self._client.describe_tasks(cluster=cluster, tasks=some)
            _only_gone(answer["failures"], "describe tasks")
            found.extend(dict(one) for one in answer["tasks"] if one["lastStatus"] == "RUNNING")
        return found

    def architectures(self, cluster: str, service: str) -> set[str]:
        """The CPU architectures that the service's tasks run on, as each task itself says."""
        return {
            each.get("value", "")
            for one in self.tasks_of(cluster, service)
            for each in one.get("attributes", [])
            if each["name"] == "ecs.cpu-architecture"
        }

    def _needs_of(self, task_definition: str) -> Resources:
        if task_definition not in self._needs:
            self._needs[task_definition] = _needs(self._definitions.read(task_definition))
        return self._needs[task_definition]


def _container_instance(one: ContainerInstanceTypeDef) -> ContainerInstance:
    attributes = {each["name"]: each.get("value", "") for each in one.get("attributes", [])}
    return ContainerInstance(
        instance_id=one["ec2InstanceId"],
        arn=one["containerInstanceArn"],
        status=one["status"],
        connected=one["agentConnected"],
        ami=attributes.get("ecs.ami-id", ""),
        registered_at=one["registeredAt"].timestamp(),
        free=_free({each["name"]: dict(each) for each in one["remainingResources"]}),
        task_count=one["runningTasksCount"] + one["pendingTasksCount"],
        provider=one.get("capacityProviderName"),
        marks=frozenset(name for name in attributes if not name.startswith(BUILT_IN)),
        architecture=attributes.get("ecs.cpu-architecture", ""),
    )


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


def _free(remaining: dict[str, dict[str, Any]]) -> Resources:
    def amount(name: str) -> int:
        return int(remaining.get(name, {}).get("integerValue", 0))

    ports = {
        f"{port}/{protocol}"
        for name, protocol in (("PORTS", "tcp"), ("PORTS_UDP", "udp"))
        for port in remaining.get(name, {}).get("stringSetValue", [])
    }
    gpus = remaining.get("GPU", {}).get("stringSetValue", [])
    return Resources(amount("CPU"), amount("MEMORY"), len(gpus), frozenset(ports))


def _needs(definition: dict[str, Any]) -> Resources:
    """What ECS reserves for one task: the task's own size where it has one, else the sum over its containers."""
    containers = definition["containerDefinitions"]
    cpu = sum(each.get("cpu", 0) for each in containers)
    memory = sum(each.get("memoryReservation", each.get("memory", 0)) for each in containers)
    gpu = sum(
        int(need["value"])
        for each in containers
        for need in each.get("resourceRequirements", [])
        if need["type"] == "GPU"
    )
    fixed = definition.get("networkMode") != "awsvpc"
    ports = {
        f"{mapping['hostPort']}/{mapping.get('protocol', 'tcp')}"
        for each in containers
        for mapping in each.get("portMappings", [])
        if fixed and mapping.get("hostPort")
    }
    return Resources(int(definition.get("cpu") or cpu), int(definition.get("memory") or memory), gpu, frozenset(ports))


def _only_gone(failures: Sequence[FailureTypeDef], doing: str) -> None:
    """ECS answers partial failures with HTTP 200. What is gone is read again next time; anything else is an error."""
    others = [each for each in failures if each.get("reason") != GONE]
    if others:
        raise PartialFailure(f"ECS could not {doing}: {others[0].get('arn')}: {others[0].get('reason')}.")
