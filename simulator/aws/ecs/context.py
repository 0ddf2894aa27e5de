"""What every part of ECS shares: clock, random streams, bus, what the scenario says, and all resources."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, Protocol

from simulator.aws.autoscaling.state import RequestedBy
from simulator.aws.container_images import ContainerImages
from simulator.aws.ecs.errors import ClientError, ClusterNotFound, InvalidParameter, ServiceNotFound
from simulator.aws.ecs.state import (
    CapacityProvider,
    Cluster,
    ContainerInstance,
    EcsService,
    Task,
    TaskDefinition,
    Workload,
)
from simulator.aws.target_groups import TargetGroups
from simulator.kernel.clock import EPOCH, Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.scenario.aws import Aws
from simulator.scenario.model import Ami, Timings

ACCOUNT = "123456789012"
REGISTERED_BY = f"arn:aws:iam::{ACCOUNT}:root"
STOPPED_TASKS_ARE_KEPT_SECONDS = 3600.0
"""Botocore, `DescribeTasks`: "stopped tasks appear in the returned results for at least one hour"."""


class Scaling(Protocol):
    """What ECS asks of Auto Scaling: the simulated region's `AutoScaling`, or a test's."""

    def group(self, name: str) -> Any:
        """The group: `desired`, `min_size` and `max_size`."""

    def set_desired(self, name: str, n: int, cause: str, *, requested_by: RequestedBy) -> None:
        """Set its desired capacity."""

    def protect(self, name: str, ids: list[str], on: bool, /) -> None:
        """Set or lift scale-in protection of its instances."""

    def put_hook(self, name: str, hook: str, transition: str, heartbeat: int, result: str) -> None:
        """Keep a lifecycle hook on the group."""

    def remove_hook(self, name: str, hook: str) -> None:
        """Take it off; what waits for it goes on."""

    def put_policy(self, name: str, policy: str, target: float) -> None:
        """Keep a target tracking policy of that name on the group."""

    def remove_policy(self, name: str, policy: str) -> None:
        """Take it off."""

    def complete(self, name: str, instance_id: str, hook: str) -> None:
        """Let an instance go on that waits for the hook."""

    def prolong(self, name: str, instance_id: str, hook: str) -> bool:
        """Give the wait its whole time-out again; False where the instance does not wait any more."""

    def mark(self, name: str, tag: str) -> None:
        """Tag the group and what it launches, with an empty value, where it is not tagged so yet."""


class EcsContext:
    """Shared by the scheduler, the agents and the operations; finds every resource by name, id or ARN."""

    def __init__(
        self,
        clock: Clock,
        random_streams: RandomStreams,
        bus: Bus,
        timings: Timings,
        ami_of: Callable[[str], Ami],
        scaling: Scaling,
        region: str,
    ) -> None:
        self.clock, self.random_streams, self.bus, self.timings = clock, random_streams, bus, timings
        self.ami_of, self.scaling, self.region = ami_of, scaling, region
        self.clusters: dict[str, Cluster] = {}
        self.instances_by_ec2_id: dict[str, ContainerInstance] = {}  # by EC2 instance id
        self.task_definitions: dict[str, dict[int, TaskDefinition]] = {}  # family -> revision -> definition
        self.capacity_providers: dict[str, CapacityProvider] = {}
        self.workloads: dict[str, Workload] = {}
        self.aws = Aws()
        self.images = ContainerImages(())
        self.target_groups = TargetGroups(region)
        self._order = count(1)

    @property
    def now(self) -> float:
        """Virtual seconds."""
        return self.clock.now

    def moment(self, seconds: float | None) -> datetime | None:
        """Virtual seconds as the API's timestamp."""
        return None if seconds is None else _moment(seconds)

    def next_order(self) -> int:
        """A number that grows with every resource: lists are sorted and paged by it."""
        return next(self._order)

    def arn(self, kind: str, *names: str) -> str:
        """An ARN of this account and region."""
        return f"arn:aws:ecs:{self.region}:{ACCOUNT}:{kind}/{'/'.join(names)}"

    def workload(self, definition: TaskDefinition) -> Workload:
        """How containers of this definition behave."""
        return self.workloads.get(definition.family, _PLAIN)

    def cluster(self, reference: str | None) -> Cluster:
        """The ACTIVE cluster by name or ARN, `default` when none is named."""
        cluster = self.clusters.get(short(reference or "default"))
        if cluster is None or cluster.status != "ACTIVE":
            raise ClusterNotFound
        return cluster

    def service(self, cluster: Cluster, reference: str) -> EcsService:
        """The service of any status by name or ARN."""
        found = cluster.services.get(within(cluster, reference))
        if found is None:
            raise ServiceNotFound
        return found

    def instance(self, cluster: Cluster, reference: str) -> ContainerInstance | None:
        """The container instance by id or ARN, INACTIVE ones too."""
        key = within(cluster, reference)
        return cluster.instances.get(key) or cluster.inactive.get(key)

    def task(self, cluster: Cluster, reference: str) -> Task | None:
        """The task by id or ARN, stopped in the last hour at most."""
        self.forget_old_tasks(cluster)
        key = within(cluster, reference)
        return cluster.tasks.get(key) or cluster.stopped.get(key)

    def forget_old_tasks(self, cluster: Cluster) -> None:
        """Drop tasks that stopped more than an hour ago; done when they are read, so that the heap stays quiet."""
        while cluster.stopped:
            oldest = next(iter(cluster.stopped.values()))
            if (oldest.stopped_at or 0.0) + STOPPED_TASKS_ARE_KEPT_SECONDS >= self.now:
                return
            del cluster.stopped[oldest.id]

    def task_definition(self, reference: str) -> TaskDefinition:
        """By family (its newest ACTIVE revision), family:revision or ARN; raises ClientException."""
        family, _, revision = short(reference).partition(":")
        revisions = self.task_definitions.get(family, {})
        if revision:
            found = revisions.get(int(revision)) if revision.isdecimal() else None
        else:
            found = next((item for item in reversed(revisions.values()) if item.status == "ACTIVE"), None)
        if found is None:
            raise ClientError("Unable to describe task definition.")
        return found

    def provider(self, reference: str) -> CapacityProvider | None:
        """The capacity provider by name or ARN, deleted ones not."""
        found = self.capacity_providers.get(short(reference))
        return found if found and found.status == "ACTIVE" else None

    def provider_of_group(self, cluster: Cluster, group: str) -> CapacityProvider | None:
        """The cluster's provider whose Auto Scaling group that is."""
        found = (self.capacity_providers[name] for name in cluster.capacity_providers)
        return next((provider for provider in found if provider.group == group), None)


@lru_cache(maxsize=65_536)
def _moment(seconds: float) -> datetime:
    """Kept, because each description of a thing shows the same ones again."""
    return EPOCH + timedelta(seconds=seconds)


def short(reference: str) -> str:
    """The last part of an ARN; a name as it is."""
    return reference.rsplit("/", 1)[-1]


def within(cluster: Cluster, reference: str) -> str:
    """The name or id of a service, a task or a container instance of that cluster.

    Raises InvalidParameterException for the ARN of another cluster's, in ECS's words (docker/compose-cli issue 2086,
    aws-toolkit-vscode issue 2915).
    """
    parts = reference.split("/")
    if reference.startswith("arn:") and len(parts) > 2 and parts[1] != cluster.name:
        raise InvalidParameter(
            f"Invalid identifier: Identifier is for cluster {parts[1]}. Your cluster is {cluster.name}"
        )
    return parts[-1]


def tags_of(given: Iterable[dict[str, str]] | None) -> dict[str, str]:
    """The API's list of tags as a dictionary."""
    return {tag["key"]: tag.get("value", "") for tag in given or ()}


def require(condition: object, message: str) -> None:
    """Raise InvalidParameterException with that message unless the condition holds."""
    if not condition:
        raise InvalidParameter(message)


_PLAIN = Workload()
