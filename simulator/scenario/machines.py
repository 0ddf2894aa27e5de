"""The machines of a scenario's cluster: machine images, and the Auto Scaling groups that run them."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from simulator.scenario.part import Part
from simulator.scenario.values import (
    AmiId,
    Count,
    Distinct,
    Omittable,
    OneOf,
    PositiveSeconds,
    SecondsRange,
    Share,
    Some,
    SomeDistinct,
    Text,
    Version,
    ZoneLetter,
)

Architecture = Annotated[str, OneOf(("x86_64", "arm64"))]
Process = Literal[
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
]


@dataclass(frozen=True)
class Ami(Part):
    """A machine image, and how container instances behave that are built from it."""

    image_id: AmiId
    """Its id."""
    name: str = ""
    """Its name, as DescribeImages shows it. The ECS-optimized families are told apart by it."""
    architecture: Architecture = "x86_64"
    """What it is built for."""
    state: Literal["available", "deregistered", "failed"] = "available"
    """What EC2 says of it at the start."""
    deprecated: bool = False
    """Past its deprecation date: still launches, hidden unless asked for with IncludeDeprecated."""
    agent: Literal["connects", "never_connects", "flaps", "goes"] = "connects"
    """What its ECS agent does; `goes`: it is gone for good some time after it has registered."""
    agent_flap_seconds: PositiveSeconds = 60.0
    """With `agent` flaps: mean time between two moments in which it loses its connection."""
    agent_flap_lasts_seconds: SecondsRange = (2.0, 8.0)
    """With `agent` flaps: for how long."""
    agent_goes_after_seconds: SecondsRange = (60.0, 300.0)
    """With `agent` goes: from its registration."""
    tasks: Literal["run", "crash", "never_healthy", "fail_checks", "fail_to_start"] = "run"
    """What tasks do on it; `fail_checks`: their targets were healthy, and fail their checks from then on."""
    tasks_crash_after_seconds: SecondsRange = (1.0, 10.0)
    """With `tasks` crash: from RUNNING until a task exits; by default before it counts as healthy."""
    checks_fail_after_seconds: SecondsRange = (60.0, 300.0)
    """With `tasks` fail_checks: from healthy until a target fails its first check."""
    tasks_hit: Share = 1.0
    """How many of its tasks `tasks` is true of; the others run."""
    tasks_of: Omittable[Text] = None
    """Only tasks of this service, one of `services`. Default: of all."""
    machine: Literal["runs", "reboots", "fails_checks"] = "runs"
    """What its instances do; `reboots`: again and again; `fails_checks`: their status checks fail, so Auto Scaling
    replaces them."""
    machine_after_seconds: SecondsRange = (300.0, 600.0)
    """With `machine`: from running, or from the last reboot."""
    launch: Literal["works", "fails"] = "works"
    """Whether EC2 accepts a launch from it."""
    agent_version: Version = "1.100.0"
    """Of the ECS agent on it."""
    docker_version: Version = "25.0.8"
    """Of Docker on it."""


@dataclass(frozen=True)
class NodeGroup(Part):
    """An Auto Scaling group, its launch template and, where named, its ECS capacity provider."""

    name: Text
    """The Auto Scaling group's name."""
    ami: AmiId
    """The AMI that its instances run at the start; one of `amis`."""
    size: Count
    """Instances at the start: the desired capacity."""
    older: Count = 0
    """So many of them, the oldest, run `older_ami`: an earlier change of the AMI stopped half-way."""
    older_ami: Omittable[AmiId] = None
    """What those run; one of `amis`."""
    min: Count = 0
    """MinSize."""
    max: Count = 0
    """MaxSize; 0: the size and half of it again, at least one more than the size."""
    capacity_provider: Omittable[Text] = None
    """The name of the capacity provider over this group. Without one the instances join the cluster by themselves."""
    instance_type: str = "m6i.large"
    """The launch template's instance type."""
    instance_types: Distinct[str] = ()
    """More than one makes it a group with a mixed instances policy; these are its overrides."""
    availability_zones: SomeDistinct[ZoneLetter] = ("a", "b", "c")
    """Zone letters of the region."""
    launch_template_version: Annotated[str, Field(pattern=r"^([1-9][0-9]*|\$Latest|\$Default)$")] = "1"
    """What the group asks for: a number, `$Latest` or `$Default`."""
    launch_configuration: bool = False
    """An old group with a launch configuration instead of a launch template: no rollout is possible."""
    managed_scaling: bool = False
    """Managed scaling of the capacity provider."""
    managed_termination_protection: bool = False
    """Managed termination protection of the capacity provider (needs managed scaling)."""
    managed_draining: bool = False
    """Managed instance draining of the capacity provider: a termination waits until the instance's tasks are gone."""
    target_capacity: Annotated[int, Field(ge=1, le=100)] = 100
    """Target of managed scaling, in percent."""
    suspended_processes: Distinct[Process] = ()
    """Processes that are suspended already at the start, and must be at the end."""
    protected: Count = 0
    """So many of its instances are protected from scale-in at the start."""
    termination_policies: Some[str] = ("Default",)
    """Termination policies."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Custom attributes that its container instances register with."""
    instance_role: Text = "ecsInstanceRole"
    """The instance profile of the launch template, and its role; by default as the console of ECS names them. The
    stack's settings say which roles may be passed."""
    launch_template_tags: dict[str, str] = field(default_factory=lambda: {"ecs-ami-rollout": "yes"})
    """Tags of the launch template; by default the one by which a rollout may use it."""
    ages_seconds: SecondsRange = (86400.0, 2592000.0)
    """How long before the execution's start its instances were launched; by default a day to a month."""
