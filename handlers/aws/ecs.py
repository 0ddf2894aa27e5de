"""Amazon ECS: the cluster, its container instances and their tasks, in our own types.

Limits: DescribeContainerInstances and DescribeTasks 100, UpdateContainerInstancesState and PutAttributes 10
(Amazon ECS API reference, the calls' own pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.aws.batches import batches
from handlers.aws.partial_failures import only_gone
from handlers.aws.task_definitions import TaskDefinitions
from handlers.domain.model.fleet import Owner, Task
from handlers.domain.model.resources import Resources
from handlers.errors import NotShownYet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ContainerInstanceTypeDef, ResourceOutputTypeDef, TaskTypeDef


DESCRIBE, CHANGE = 100, 10
BUILT_IN = ("ecs.", "com.amazonaws.")
DOCKER = "DockerVersion: "


@dataclass(frozen=True)
class ContainerInstance:
    """A container instance as ECS describes it. `free.ports` are host ports in use, `whole` is what it registered.

    `pending` are those of its `task_count` tasks that do not run yet.
    """

    instance_id: str
    arn: str
    status: str
    connected: bool
    ami: str
    registered_at: float
    free: Resources
    whole: Resources
    task_count: int
    pending: int
    attributes: frozenset[str]
    agent: str
    docker: str


class Ecs:
    """What a rollout reads from ECS and asks of it."""

    def __init__(self, client: ECSClient, definitions: TaskDefinitions) -> None:
        self._client = client
        self._definitions = definitions

    def cluster(self, name: str) -> dict[str, Any] | None:
        """The cluster's description, or None where there is no ACTIVE cluster of that name."""
        found = self._client.describe_clusters(clusters=[name])["clusters"]
        return dict(found[0]) if found and found[0].get("status") == "ACTIVE" else None

    def running_tasks(self, cluster: str) -> int:
        """How many tasks run on the cluster's instances; those on Fargate do not count."""
        for found in self._client.describe_clusters(clusters=[cluster], include=["STATISTICS"])["clusters"]:
            counts = {each["name"]: each["value"] for each in found.get("statistics", [])}
            return int(counts.get("runningEC2TasksCount", 0))
        return 0

    def clusters_with(self, tags: dict[str, str]) -> list[str]:
        """The names of the ACTIVE clusters that carry all of those tags."""
        pages = self._client.get_paginator("list_clusters").paginate()
        arns = [arn for page in pages for arn in page["clusterArns"]]
        found = []
        for some in batches(arns, DESCRIBE):
            for cluster in self._client.describe_clusters(clusters=some, include=["TAGS"])["clusters"]:
                carried = {each["key"]: each["value"] for each in cluster.get("tags", [])}
                if cluster["status"] == "ACTIVE" and tags.items() <= carried.items():
                    found.append(cluster["clusterName"])
        return sorted(found)

    def container_instances(self, cluster: str) -> dict[str, ContainerInstance]:
        """All container instances of the cluster that are not INACTIVE, by EC2 instance id."""
        pages = self._client.get_paginator("list_container_instances").paginate(cluster=cluster)
        arns = [arn for page in pages for arn in page["containerInstanceArns"]]
        found: dict[str, ContainerInstance] = {}
        for some in batches(arns, DESCRIBE):
            answer = self._client.describe_container_instances(cluster=cluster, containerInstances=some)
            only_gone(answer["failures"], "describe container instances")
            for instance in answer["containerInstances"]:
                found[instance["ec2InstanceId"]] = _container_instance(instance)
        return found

    def tasks_on(self, cluster: str, arns: Iterable[str], daemons: Collection[str]) -> dict[str, list[Task]]:
        """The tasks of those container instances, of both desired statuses, by container instance arn."""
        found: dict[str, list[Task]] = {arn: [] for arn in arns}
        pages = self._client.get_paginator("list_tasks")
        join_first = [
            task
            for arn in found
            for desired in ("RUNNING", "STOPPED")
            for page in pages.paginate(cluster=cluster, containerInstance=arn, desiredStatus=desired)
            for task in page["taskArns"]
        ]
        for some in batches(join_first, DESCRIBE):
            answer = self._client.describe_tasks(cluster=cluster, tasks=some)
            only_gone(answer["failures"], "describe tasks")
            for each in answer["tasks"]:
                found[each["containerInstanceArn"]].append(self._task(each, daemons))
        return found

    def drain(self, cluster: str, arns: Sequence[str]) -> None:
        """Set container instances to DRAINING; one that is gone meanwhile needs no draining."""
        self._set_state(cluster, arns, "DRAINING")

    def activate(self, cluster: str, arns: Sequence[str]) -> None:
        """Set container instances back to ACTIVE."""
        self._set_state(cluster, arns, "ACTIVE")

    def deregister(self, cluster: str, arns: Iterable[str]) -> None:
        """Take container instances out of the cluster by force: ECS counts their tasks no more, which run on.

        Raises NotShownYet where ECS refuses one that it still shows.
        """
        for arn in arns:
            try:
                self._client.deregister_container_instance(cluster=cluster, containerInstance=arn, force=True)
            except self._client.exceptions.InvalidParameterException:  # gone meanwhile, or never there
                self._check_gone(cluster, arn)

    def _check_gone(self, cluster: str, arn: str) -> None:
        answer = self._client.describe_container_instances(cluster=cluster, containerInstances=[arn])
        if any(instance["status"] != "INACTIVE" for instance in answer["containerInstances"]):
            raise NotShownYet(f"ECS refuses to deregister {arn}, and still shows it.")

    def stop_task(self, cluster: str, arn: str, reason: str) -> None:
        """Ask a task to stop."""
        self._client.stop_task(cluster=cluster, task=arn, reason=reason)

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
            only_gone(answer["failures"], f"set container instances to {status}")

    def _task(self, task: TaskTypeDef, daemons: Collection[str]) -> Task:
        kind, _, name = task.get("group", "").partition(":")
        owner = Owner.STANDALONE
        if kind == "service":
            owner = Owner.DAEMON if name in daemons else Owner.SERVICE
        return Task(
            arn=task["taskArn"],
            owner=owner,
            service=name if kind == "service" else "",
            desired_status=task["desiredStatus"],
            last_status=task["lastStatus"],
            resources=self._definitions.needs(task["taskDefinitionArn"]),
            stopping_at=task["stoppingAt"].timestamp() if "stoppingAt" in task else 0.0,
            stopped_at=task["stoppedAt"].timestamp() if "stoppedAt" in task else 0.0,
        )


def _container_instance(instance: ContainerInstanceTypeDef) -> ContainerInstance:
    attributes = {each["name"]: each.get("value", "") for each in instance.get("attributes", [])}
    return ContainerInstance(
        instance_id=instance["ec2InstanceId"],
        arn=instance["containerInstanceArn"],
        status=instance["status"],
        connected=instance["agentConnected"],
        ami=attributes.get("ecs.ami-id", ""),
        registered_at=instance["registeredAt"].timestamp(),
        free=_free(instance["remainingResources"]),
        whole=_free(instance["registeredResources"]),
        task_count=instance["runningTasksCount"] + instance["pendingTasksCount"],
        pending=instance["pendingTasksCount"],
        attributes=frozenset(name for name in attributes if not name.startswith(BUILT_IN)),
        agent=instance.get("versionInfo", {}).get("agentVersion", ""),
        docker=instance.get("versionInfo", {}).get("dockerVersion", "").removeprefix(DOCKER),
    )


def _free(remaining: Iterable[ResourceOutputTypeDef]) -> Resources:
    amounts = {each["name"]: each.get("integerValue", 0) for each in remaining}
    texts = {each["name"]: each.get("stringSetValue", ()) for each in remaining}
    ports = [f"{port}/tcp" for port in texts.get("PORTS", ())] + [f"{port}/udp" for port in texts.get("PORTS_UDP", ())]
    return Resources(amounts.get("CPU", 0), amounts.get("MEMORY", 0), len(texts.get("GPU", ())), frozenset(ports))
