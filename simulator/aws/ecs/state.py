"""The state of ECS: clusters, container instances, services, deployments, tasks, and what they count.

Everything is found by key, and every number that AWS reports is kept, not counted anew: `task_counters.py` moves them.
Times are virtual seconds. `tasks` dictionaries hold tasks that are not STOPPED, by task id, oldest first.
"""

from dataclasses import dataclass, field
from typing import Any

from simulator.aws.ecs.resource_accounting import ResourceAccounting, TaskResources
from simulator.kernel.clock import Due
from simulator.kernel.random_streams import Range
from simulator.kernel.simulated_instance import SimulatedInstance

AT_ONCE: Range = (1.0, 10.0)
"""Seconds from RUNNING until a task exits that cannot run on its instance at all: before it counts as healthy."""


@dataclass(frozen=True)
class Binding:
    """One port of one container on its instance."""

    container: str
    container_port: int
    host_port: int
    protocol: str


@dataclass(frozen=True)
class Workload:
    """How the containers of a task-definition family behave; the scenario says it, no API does."""

    crash_on_amis: tuple[str, ...] = ()
    crash_after_seconds: Range = AT_ONCE  # after RUNNING
    never_healthy_amis: tuple[str, ...] = ()
    stop_timeout_seconds: float = 30.0
    run_seconds: float | None = None  # a task that ends by itself, with exit code 0
    start_seconds: Range | None = None  # instead of the region's: a slow image pull


@dataclass(eq=False, repr=False)
class TaskDefinition:
    """One revision. `request` is what RegisterTaskDefinition was given."""

    arn: str
    family: str
    revision: int
    request: dict[str, Any]
    resources: TaskResources
    registered_at: float
    status: str = "ACTIVE"
    deregistered_at: float | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How the trace names it."""
        return f"{self.family}:{self.revision}"

    @property
    def placement_constraints(self) -> list[dict[str, str]]:
        """Its own constraints, added to the service's."""
        return self.request.get("placementConstraints") or []


@dataclass(eq=False, repr=False)
class CapacityProvider:
    """An Auto Scaling group as ECS knows it; the settings are the API's own members, defaults filled in."""

    arn: str
    name: str
    group: str
    group_arn: str
    managed_scaling: dict[str, Any]
    managed_termination_protection: str
    managed_draining: str
    status: str = "ACTIVE"
    update_status: str | None = None
    update_reason: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How the trace names it."""
        return self.name

    @property
    def scales(self) -> bool:
        """Managed scaling is on."""
        return bool(self.managed_scaling.get("status") == "ENABLED")


@dataclass(eq=False, repr=False)
class Cluster:
    """A cluster with all that lives in it. `inactive` and `stopped` are what the API still remembers."""

    arn: str
    name: str
    status: str = "ACTIVE"
    capacity_providers: list[str] = field(default_factory=list)
    attached_at: float = 0.0  # when the last change of its capacity providers is, or was, complete
    default_strategy: list[dict[str, Any]] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    configuration: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    instances: dict[str, "ContainerInstance"] = field(default_factory=dict)
    services: dict[str, "EcsService"] = field(default_factory=dict)
    tasks: dict[str, "Task"] = field(default_factory=dict)
    inactive: dict[str, "ContainerInstance"] = field(default_factory=dict)
    stopped: dict[str, "Task"] = field(default_factory=dict)
    running: int = 0
    pending: int = 0

    @property
    def key(self) -> str:
        """How the trace names it."""
        return self.name


@dataclass(eq=False, repr=False)
class ContainerInstance:
    """An EC2 instance whose agent registered. `running` counts tasks of *desired* status RUNNING (botocore's words)."""

    arn: str
    id: str
    order: int
    cluster: Cluster
    ec2_instance: SimulatedInstance
    accounting: ResourceAccounting
    attributes: dict[str, str | None]
    capacity_provider_name: str | None
    registered_at: float
    status: str = "ACTIVE"
    agent_connected: bool = True
    agent_gone: bool = False  # for good: nothing that happens there is reported, and nothing can be asked of it
    custom_attributes: dict[str, None] = field(default_factory=dict)  # names set by PutAttributes or the user data
    tags: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, "Task"] = field(default_factory=dict)
    running: int = 0
    pending: int = 0
    service_tasks: int = 0  # of REPLICA services and nobody's: everything but daemons
    version: int = 1
    ports_given: int = 0  # dynamic host ports, ever
    fargate: bool = False  # not one at all: where a task on AWS Fargate runs, known to nobody but us
    agent_version: str = "1.100.0"
    docker_version: str = "25.0.8"

    @property
    def key(self) -> str:
        """How the trace names it."""
        return self.ec2_instance.instance_id

    @property
    def zone(self) -> str:
        """Its availability zone."""
        return self.ec2_instance.availability_zone

    @property
    def open(self) -> bool:
        """New tasks may be placed on it."""
        return self.status == "ACTIVE" and self.agent_connected


@dataclass(eq=False, repr=False)
class Deployment:
    """One deployment of a service."""

    id: str
    task_definition: TaskDefinition
    strategy: list[dict[str, Any]]
    launch_type: str | None
    created_at: float
    updated_at: float
    status: str = "PRIMARY"
    rollout_state: str = "IN_PROGRESS"
    rollout_reason: str = ""
    failed_tasks: int = 0
    running: int = 0
    pending: int = 0
    wanted: int = 0  # tasks of desired status RUNNING
    constraints: list[dict[str, str]] = field(default_factory=list)  # the service's when it began
    digests: dict[str, str] = field(default_factory=dict)  # by container, what its image meant when it began

    @property
    def key(self) -> str:
        """How the trace names it."""
        return self.id


@dataclass(eq=False, repr=False)
class ServiceDeployment:
    """What ECS remembers of a deployment of its own: how it went, and what was there before it."""

    arn: str
    service: "EcsService"
    target: Deployment
    source: Deployment | None
    created_at: float
    status: str = "IN_PROGRESS"
    reason: str = ""
    finished_at: float | None = None

    @property
    def key(self) -> str:
        """How the trace names it."""
        return self.target.id


@dataclass(frozen=True)
class Message:
    """One of a service's events."""

    id: str
    at: float
    text: str


@dataclass(eq=False, repr=False)
class EcsService:
    """A service: the API's settings, its deployments (newest first), its tasks and what they count."""

    arn: str
    name: str
    cluster: Cluster
    definition: TaskDefinition | None  # None: an EXTERNAL service, whose task sets have them
    desired_count: int
    scheduling_strategy: str
    launch_type: str | None
    capacity_provider_strategy: list[dict[str, Any]]
    deployment_configuration: dict[str, Any]
    placement_constraints: list[dict[str, str]]
    placement_strategy: list[dict[str, str]]
    load_balancers: list[dict[str, Any]]
    availability_zone_rebalancing: str
    created_at: float
    order: int
    status: str = "ACTIVE"
    original_launch_type: str | None = None
    echoed: dict[str, Any] = field(default_factory=dict)  # request members that change nothing here
    tags: dict[str, str] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    last_completed: Deployment | None = None
    history: list[ServiceDeployment] = field(default_factory=list)  # oldest first
    client_token: str | None = None
    events: list[Message] = field(default_factory=list)
    tasks: dict[str, "Task"] = field(default_factory=dict)
    running_count: int = 0
    pending_count: int = 0
    on_instance: dict[str, int] = field(default_factory=dict)  # tasks of desired status RUNNING, by instance id
    in_zone: dict[str, int] = field(default_factory=dict)
    steady: bool = False
    complaint: str = ""
    complained_at: float = 0.0
    unplaced: int = 0  # tasks that found no room, and that do not wait for it in PROVISIONING
    failures_in_a_row: int = 0
    not_before: float = 0.0

    @property
    def key(self) -> str:
        """How the trace names it."""
        return self.name

    @property
    def group(self) -> str:
        """The task group of its tasks."""
        return f"service:{self.name}"

    @property
    def task_definition(self) -> TaskDefinition:
        """What its newest deployment runs. Raises LookupError for an EXTERNAL service without a task set."""
        if self.definition is None:
            raise LookupError(f"service {self.name} has no task definition")
        return self.definition

    @property
    def controller(self) -> str:
        """Who deploys it: ECS, CODE_DEPLOY or EXTERNAL."""
        return str((self.echoed.get("deploymentController") or {}).get("type", "ECS"))

    @property
    def target_groups(self) -> list[str]:
        """The ARNs of its target groups; a Classic Load Balancer has none."""
        return [str(each["targetGroupArn"]) for each in self.load_balancers if each.get("targetGroupArn")]

    @property
    def is_daemon(self) -> bool:
        """One task on each instance that matches."""
        return self.scheduling_strategy == "DAEMON"

    @property
    def primary(self) -> Deployment:
        """The newest deployment."""
        return self.deployments[0]

    @property
    def minimum_healthy_percent(self) -> int:
        """Its lower limit while tasks are replaced; defaults of botocore's `DeploymentConfiguration`."""
        return int(self.deployment_configuration.get("minimumHealthyPercent", 0 if self.is_daemon else 100))

    @property
    def maximum_percent(self) -> int:
        """Its upper limit while tasks are replaced; a daemon service has 100 and nothing else."""
        return 100 if self.is_daemon else int(self.deployment_configuration.get("maximumPercent", 200))

    @property
    def floor(self) -> int:
        """Tasks that must stay healthy: the minimum percent of desired, rounded up (botocore)."""
        return -(-self.desired_count * self.minimum_healthy_percent // 100)

    @property
    def ceiling(self) -> int:
        """PENDING, RUNNING and stopping tasks allowed: the maximum percent of desired, rounded down (botocore)."""
        return self.desired_count * self.maximum_percent // 100


@dataclass(eq=False, repr=False)
class Task:
    """One task on one container instance; until there is room for it, on one that is nowhere (`unlisted.py`)."""

    arn: str
    id: str
    order: int
    cluster: Cluster
    task_definition: TaskDefinition
    instance: ContainerInstance
    service: EcsService | None
    deployment: Deployment | None
    group: str
    started_by: str
    capacity_provider_name: str | None
    launch_type: str | None
    created_at: float
    last_status: str = "PENDING"
    desired_status: str = "RUNNING"
    health: str = "UNKNOWN"  # HEALTHY once it counts towards the minimum healthy percent
    started_at: float | None = None
    stopping_at: float | None = None
    stopped_at: float | None = None
    stopped_reason: str = ""
    stop_code: str = ""
    exit_code: int | None = None
    container_reason: str = ""
    digests: dict[str, str] = field(default_factory=dict)  # by container, of the image that it runs
    bindings: list[Binding] = field(default_factory=list)  # from RUNNING on
    address: str | None = None  # of its own network interface (awsvpc)
    failing_checks: bool = False  # the load balancer calls it unhealthy
    orphaned: bool = False  # its containers run on, and ECS counts it no more
    protected_until: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    due: list[Due] = field(default_factory=list)
    version: int = 1

    @property
    def key(self) -> str:
        """How the trace names it."""
        return f"{self.group.split(':', 1)[-1]}/{self.id[:8]}"

    @property
    def runs_on(self) -> str:
        """Its launch type as the API shows it: also of a task that a capacity provider has placed."""
        return self.launch_type or ("FARGATE" if self.instance.fargate else "EC2")

    @property
    def wanted(self) -> bool:
        """Its desired status is RUNNING."""
        return self.desired_status == "RUNNING"

    @property
    def placed(self) -> bool:
        """It has its instance, or its place on Fargate."""
        return bool(self.instance.id)

    @property
    def pending(self) -> bool:
        """It does not run yet: PENDING on its instance, or PROVISIONING without one."""
        return self.last_status in ("PROVISIONING", "PENDING")

    @property
    def healthy(self) -> bool:
        """It counts towards the minimum healthy percent."""
        return self.last_status == "RUNNING" and self.health == "HEALTHY"
