"""The node group as one reading shows it: its instances, what runs on them, its sizes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from handlers.domain.model.placement import Constraint, Share
from handlers.domain.model.resources import Resources

GONE = "Terminated"
GOING = ("Terminating", "Terminating:Wait", "Terminating:Proceed", GONE, "Detaching", "Detached")


class Owner(StrEnum):
    """Who answers for a task when its instance drains."""

    SERVICE = "service"
    DAEMON = "daemon"
    STANDALONE = "standalone"


@dataclass(frozen=True)
class Task:
    """A task on an instance that drains or is about to. `last_status` is the truth, `desired_status` what ECS wants."""

    arn: str
    owner: Owner
    service: str
    desired_status: str
    last_status: str
    resources: Resources
    stopping_at: float = 0.0  # epoch seconds
    stopped_at: float = 0.0

    @property
    def stopped(self) -> bool:
        """Its containers are gone; `runningTasksCount` drops earlier, because it counts what ECS wants."""
        return self.last_status == "STOPPED"


@dataclass(frozen=True)
class Instance:
    """An instance of the node group; `arn` and `status` are None until its agent registers to the cluster.

    `joined_at` is when it was registered, or launched where it is not, as epoch seconds. `whole` is what it has for
    tasks while it has none. `pending` are those of its `task_count` tasks that do not run yet. `tasks` is None where
    they were not read. `attributes` are the names of its custom attributes. `agent` and `docker` are versions.
    `healthy` is False where its group replaces it, because it was stopped from outside or fails its checks.
    """

    instance_id: str
    lifecycle: str
    availability_zone: str
    ami: str
    joined_at: float
    protected: bool = False
    arn: str | None = None
    status: str | None = None
    connected: bool = False
    free: Resources = Resources()
    task_count: int = 0
    pending: int = 0
    tasks: tuple[Task, ...] | None = None
    group: str = ""
    attributes: frozenset[str] = frozenset()
    agent: str = ""
    docker: str = ""
    whole: Resources = Resources()
    healthy: bool = True

    @property
    def is_terminating(self) -> bool:
        """Auto Scaling is terminating or detaching it: it counts no more."""
        return self.lifecycle in GOING

    @property
    def registered(self) -> bool:
        """It is a container instance of the cluster."""
        return self.arn is not None

    @property
    def draining(self) -> bool:
        """ECS moves its service tasks away."""
        return self.status == "DRAINING"

    @property
    def ready(self) -> bool:
        """It counts as capacity: in service, ACTIVE, and its agent connected."""
        return self.lifecycle == "InService" and self.status == "ACTIVE" and self.connected

    @property
    def away(self) -> bool:
        """It is a container instance of the cluster, and this reading does not show it in service and connected."""
        return self.registered and not (self.connected and self.lifecycle == "InService")

    @property
    def left(self) -> tuple[Task, ...]:
        """The tasks on it whose containers have not stopped."""
        return tuple(task for task in self.tasks or () if not task.stopped)

    @property
    def drained(self) -> bool:
        """It drains, and nothing is left on it."""
        return self.draining and self.empty

    @property
    def empty(self) -> bool:
        """Its tasks were read, every one of them is STOPPED, and its agent counts none.

        Two sources, because both are eventually consistent: one may be of a moment before its tasks came.
        """
        return self.tasks is not None and not self.left and not self.task_count

    @property
    def is_idle(self) -> bool:
        """It drains, and no task on it is meant to run: what is left there is stopping."""
        return self.draining and self.tasks is not None and all(task.desired_status != "RUNNING" for task in self.left)

    @property
    def movable(self) -> tuple[Task, ...]:
        """What ECS must place elsewhere when it drains: the service tasks that are meant to run."""
        return tuple(task for task in self.left if task.owner is Owner.SERVICE and task.desired_status == "RUNNING")

    @property
    def holds_none(self) -> bool:
        """Its tasks were read, and none of them is a service's that is meant to run."""
        return self.tasks is not None and not self.movable

    @property
    def standalone(self) -> tuple[Task, ...]:
        """Tasks that no service owns; draining never stops them."""
        return tuple(task for task in self.left if task.owner is Owner.STANDALONE)


def oldest_first(instances: Iterable[Instance]) -> list[Instance]:
    """By age; ties by id, so that two readings agree."""
    return sorted(instances, key=lambda instance: (instance.joined_at, instance.instance_id))


@dataclass(frozen=True)
class Fleet:
    """The node groups: instances split by whether they leave (`outgoing`) or stay (`incoming`) in this direction.

    The sizes are those of the group that grows in this direction. `zones` are all Availability Zones of that group,
    with instances or without. `uneven` says that nothing but an exchange between zones is left to do.
    """

    outgoing: tuple[Instance, ...]
    incoming: tuple[Instance, ...]
    terminating: int
    desired: int
    minimum: int
    maximum: int
    zones: tuple[str, ...] = ()
    uneven: bool = False

    @cached_property
    def alive(self) -> tuple[Instance, ...]:
        """All instances that are not on their way out of the group."""
        return self.outgoing + self.incoming

    @cached_property
    def ready(self) -> int:
        """How many instances count as capacity."""
        return sum(instance.ready for instance in self.alive)

    @cached_property
    def draining(self) -> tuple[Instance, ...]:
        """Outgoing instances that drain."""
        return tuple(instance for instance in self.outgoing if instance.draining)

    @cached_property
    def unready(self) -> tuple[Instance, ...]:
        """Incoming instances that do not count yet."""
        return tuple(instance for instance in self.incoming if not instance.ready)


@dataclass(frozen=True)
class Service:
    """An ECS service as it stands.

    `on_new_deployment` are the running tasks of its newest deployment; `failed` is what ECS says of a deployment that
    failed. `older` are the tasks of its other deployments. `stuck` were asked to stop on instances whose agent is gone:
    they stay until those go, and `running` is without them. `healthy_targets` is the smallest number of healthy targets
    in any of its target groups; None without one. `service_deployment` is the ARN of what ECS deploys now,
    `event` what it said of the service last, but that it is steady.
    """

    name: str
    daemon: bool
    desired: int
    running: int
    pending: int
    minimum_healthy_percent: int
    maximum_percent: int
    deployments: int
    deployment_id: str
    rollout_state: str | None
    controller: str
    zone_rebalancing: bool
    resources: Resources
    constraints: tuple[Constraint, ...] = ()
    strategy: tuple[Share, ...] = ()
    launch_type: str | None = None
    task_definition: str = ""
    definition_constraints: tuple[Constraint, ...] = ()
    definition_inactive: bool = False
    on_new_deployment: int = 0
    failed: str = ""
    target_groups: tuple[str, ...] = ()
    healthy_targets: int | None = None
    older: int = 0
    stuck: int = 0
    service_deployment: str = ""
    event: str = ""

    @property
    def needs_own_instance(self) -> bool:
        """No two of its tasks fit on one instance: static host ports, or a constraint that says so."""
        return self.distinct or bool(self.resources.ports)

    @property
    def distinct(self) -> bool:
        """A placement constraint keeps its tasks on an instance each."""
        return any(
            constraint.kind == "distinctInstance" for constraint in (*self.constraints, *self.definition_constraints)
        )

    @property
    def min_running(self) -> int:
        """Running tasks that its deployment configuration guarantees; ECS rounds up."""
        return math.ceil(self.desired * self.minimum_healthy_percent / 100)

    @property
    def max_running(self) -> int:
        """Tasks that its deployment configuration allows at a time; ECS rounds down."""
        return self.desired * self.maximum_percent // 100

    @property
    def serving(self) -> int:
        """Tasks that serve: those that run, or behind a load balancer those whose targets are healthy."""
        return self.running if self.healthy_targets is None else min(self.running, self.healthy_targets)

    @property
    def on_newest(self) -> int:
        """Tasks that run, of the newest deployment where there are several."""
        return self.on_new_deployment if self.deployments > 1 else self.running

    @property
    def deploying(self) -> bool:
        """Whether a deployment of it is under way; that of a Classic Load Balancer's service has no state."""
        return self.deployments != 1 or self.rollout_state not in (None, "COMPLETED")

    @property
    def stable(self) -> bool:
        """One deployment, completed (no state at all behind a Classic Load Balancer), all of its tasks run and serve.

        Behind a load balancer a task serves when its target is healthy. Of a daemon, those on draining instances may
        run beside them. A deployment that failed and has no tasks to run any more is at rest, too; one of which nothing
        but stuck tasks is left cannot end, and keeps the newest one from being COMPLETED.
        """
        settled = not self.deploying or (self.deployments == 1 and not self.desired)
        if self.stuck:
            settled = self.older <= self.stuck and not self.failed
        serving = self.healthy_targets is None or self.healthy_targets >= self.desired
        there = self.running >= self.desired if self.daemon else self.running == self.desired
        return settled and there and self.pending == 0 and serving
