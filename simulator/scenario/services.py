"""What runs on a scenario's cluster: services, tasks that no service owns, and the container images of both."""

from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from simulator.scenario.machines import Architecture
from simulator.scenario.part import Part
from simulator.scenario.values import AmiId, Count, Distinct, Omittable, OneOf, Positive, Seconds, SomeDistinct, Text


@dataclass(frozen=True)
class Image(Part):
    """A container image."""

    image: Text
    """Its name, as task definitions have it."""
    architectures: SomeDistinct[Architecture] = ("x86_64",)
    """What it is built for. On other instances its containers exit at once."""
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] = ""
    """Its digest. Default: made of its name."""


@dataclass(frozen=True)
class LoadBalancer(Part):
    """A target group in front of the service."""

    deregistration_delay_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """How long a target drains before its task is stopped."""
    never_healthy_amis: tuple[AmiId, ...] = ()
    """On these AMIs its targets never become healthy."""


class StrategyItem(TypedDict):
    """One item of a capacity provider strategy."""

    capacityProvider: str
    """One of the node groups' capacity providers, or FARGATE, or FARGATE_SPOT."""
    weight: NotRequired[Annotated[int, Field(ge=0, le=1000)]]
    """Its weight."""
    base: NotRequired[Annotated[int, Field(ge=0, le=100_000)]]
    """Its base."""


class PlacementConstraint(TypedDict):
    """As ECS's API has it."""

    type: Literal["distinctInstance", "memberOf"]
    """Which kind of constraint."""
    expression: NotRequired[Annotated[str, Field(max_length=2000)]]
    """For memberOf: a cluster query expression."""


class PlacementStrategy(TypedDict):
    """As ECS's API has it."""

    type: Literal["random", "spread", "binpack"]
    """Which kind of strategy."""
    field: NotRequired[str]
    """What to spread by or to pack."""


PlacementConstraints = Annotated[tuple[PlacementConstraint, ...], Field(max_length=10)]


@dataclass(frozen=True)
class Service(Part):
    """An ECS service and its task definition."""

    name: Text
    """Its name."""
    count: Count = 1
    """Desired count. A DAEMON service has one task an instance and no count."""
    launch_type: Literal["EC2", "FARGATE"] = "EC2"
    """FARGATE: its tasks run beside the node groups, on no instance, and a rollout leaves them alone."""
    scheduling: Literal["REPLICA", "DAEMON"] = "REPLICA"
    """Its scheduling strategy."""
    cpu: Positive = 256
    """CPU units of a task."""
    memory: Positive = 512
    """MiB of a task."""
    gpu: Count = 0
    """GPUs of a task."""
    host_ports: Distinct[Annotated[int, Field(ge=1, le=65535)]] = ()
    """Static host ports of a task: one such task an instance."""
    minimum_healthy_percent: Annotated[int, Field(ge=0, le=100)] = 100
    """The floor, in percent of the desired count, rounded up."""
    maximum_percent: Annotated[int, Field(ge=100, le=10_000)] = 200
    """The ceiling, in percent of the desired count, rounded down; counts pending, running and stopping tasks. ECS's
    default for a DAEMON service is 100."""
    capacity_provider_strategy: tuple[StrategyItem, ...] = ()
    """Capacity providers to place by. Default: launch type EC2."""
    placement_constraints: PlacementConstraints = ()
    """Placement constraints."""
    placement_strategy: Annotated[tuple[PlacementStrategy, ...], Field(max_length=5)] = ()
    """Placement strategies, in order."""
    load_balancer: Omittable[LoadBalancer] = None
    circuit_breaker: bool = False
    """Deployment circuit breaker."""
    circuit_breaker_rollback: bool = False
    """The circuit breaker rolls the deployment back."""
    availability_zone_rebalancing: bool = False
    """Availability Zone rebalancing of the service: at rest its tasks are moved until they are even over the zones."""
    stop_timeout_seconds: Annotated[float, Field(ge=0, le=600)] = 30.0
    """SIGTERM to SIGKILL."""
    crash_on_amis: tuple[AmiId, ...] = ()
    """On these AMIs its tasks exit as soon as they have started."""
    image: Text = ""
    """The image of its container. Default: its name with the tag 1."""
    cpu_architecture: Annotated[str, OneOf(("X86_64", "ARM64"))] = ""
    """runtimePlatform.cpuArchitecture of its task definition. Default: none."""
    task_placement_constraints: PlacementConstraints = ()
    """Placement constraints of its task definition."""
    task_definition_deregistered: bool = False
    """Its task definition was deregistered before the start: it is INACTIVE, and the service runs on."""


@dataclass(frozen=True)
class StandaloneTasks(Part):
    """Tasks that no service owns (RunTask). Draining never stops them."""

    family: Text
    """Their task definition's family."""
    count: Positive = 1
    """How many."""
    cpu: Positive = 256
    """CPU units of one."""
    memory: Positive = 512
    """MiB of one."""
    run_seconds: Omittable[Seconds] = None
    """They end by themselves this long after the execution's start. Default: they run until somebody stops them."""
