"""What happens in ECS, as data on the bus. Objects appear in the trace by their `key`."""

from dataclasses import dataclass

from simulator.aws.ecs.state import Cluster, ContainerInstance, Deployment, EcsService, Task


@dataclass(frozen=True)
class ContainerInstanceRegistered:
    """An agent registered its instance."""

    instance: ContainerInstance
    cluster: Cluster


@dataclass(frozen=True)
class AgentConnectionChanged:
    """The agent's connection to ECS went or came back."""

    instance: ContainerInstance
    connected: bool


@dataclass(frozen=True)
class ContainerInstanceStatusChanged:
    """ACTIVE to DRAINING or back."""

    instance: ContainerInstance
    before: str
    after: str


@dataclass(frozen=True)
class ContainerInstanceDeregistered:
    """The container instance is INACTIVE and no longer listed."""

    instance: ContainerInstance


@dataclass(frozen=True)
class AttributesChanged:
    """Custom attributes were put on or taken off an instance."""

    instance: ContainerInstance


@dataclass(frozen=True)
class TaskProvisioning:
    """A task found no room, and waits for it."""

    task: Task


@dataclass(frozen=True)
class TaskPlaced:
    """A task has its instance and is PENDING."""

    task: Task
    instance: ContainerInstance


@dataclass(frozen=True)
class TaskRunning:
    """Its containers run."""

    task: Task
    instance: ContainerInstance


@dataclass(frozen=True)
class TaskHealthy:
    """It counts towards its service's minimum healthy percent from now on."""

    task: Task


@dataclass(frozen=True)
class TaskStopping:
    """Its desired status became STOPPED."""

    task: Task
    reason: str


@dataclass(frozen=True)
class TaskStopped:
    """Its containers are gone and its resources free."""

    task: Task
    instance: ContainerInstance
    reason: str


@dataclass(frozen=True)
class ServiceEvent:
    """A line in the service's own events, as DescribeServices shows it."""

    service: EcsService
    message: str


@dataclass(frozen=True)
class ServiceUpdated:
    """UpdateService, CreateService or DeleteService changed it."""

    service: EcsService


@dataclass(frozen=True)
class DeploymentStarted:
    """A deployment became PRIMARY."""

    service: EcsService
    deployment: Deployment


@dataclass(frozen=True)
class DeploymentRolledBack:
    """A deployment that failed, or was stopped, gave way to the one before it, which is PRIMARY again."""

    service: EcsService
    deployment: Deployment
    back_to: Deployment


@dataclass(frozen=True)
class DeploymentCompleted:
    """Its rollout state became COMPLETED."""

    service: EcsService
    deployment: Deployment


@dataclass(frozen=True)
class DeploymentFailed:
    """Its rollout state became FAILED."""

    service: EcsService
    deployment: Deployment
    reason: str
