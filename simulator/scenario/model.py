"""A scenario: one cluster, what runs on it, how fast it is, what goes wrong, and how the rollout should end.

The JSON file has these names; `schema.json` beside this file says which are allowed, `load.py` reads it.
Times are virtual seconds from the moment the execution starts. A `Range` is drawn uniformly from the seed.
"""

from dataclasses import dataclass, field
from typing import Any

from simulator.kernel.random_streams import Range


@dataclass(frozen=True)
class Timings:
    """How long things take in this region."""

    launch_seconds: Range = (5.0, 15.0)  # accepted by Auto Scaling -> EC2 running
    agent_seconds: Range = (30.0, 60.0)  # EC2 running -> container instance ACTIVE and connected
    start_seconds: Range = (15.0, 40.0)  # task placed -> RUNNING (pull and start)
    stop_seconds: Range = (2.0, 20.0)  # SIGTERM -> STOPPED, at most the stop timeout
    terminate_seconds: Range = (30.0, 60.0)  # shutting-down -> terminated
    healthy_seconds: Range = (30.0, 60.0)  # load balancer: RUNNING -> target healthy
    steady_seconds: float = 0.0  # what ECS waits, without a load balancer, before a task counts as healthy
    scheduler_seconds: float = 5.0  # how often the service scheduler looks
    scaling_seconds: float = 5.0  # how often Auto Scaling looks
    api_seconds: Range = (0.02, 0.08)  # one API call
    agent_flap_seconds: float = 0.0  # mean time between agentConnected flaps of one instance; 0: never


INSTANT = Timings(
    launch_seconds=(0.0, 0.0),
    agent_seconds=(0.0, 0.0),
    start_seconds=(0.0, 0.0),
    stop_seconds=(0.0, 0.0),
    terminate_seconds=(0.0, 0.0),
    healthy_seconds=(0.0, 0.0),
    steady_seconds=0.0,
    scheduler_seconds=1.0,
    scaling_seconds=1.0,
    api_seconds=(0.0, 0.0),
)
"""Everything at once: until a scenario's cluster stands."""


@dataclass(frozen=True)
class Ami:
    """A machine image. `agent` and `tasks` are how it behaves when a container instance is built from it."""

    image_id: str
    name: str = ""
    architecture: str = "x86_64"  # x86_64 | arm64
    state: str = "available"  # available | deregistered | failed
    deprecated: bool = False
    agent: str = "connects"  # connects | never_connects | flaps
    tasks: str = "run"  # run | crash | never_healthy | fail_to_start
    tasks_crash_after_seconds: Range = (1.0, 10.0)  # after RUNNING, where `tasks` is crash
    launch: str = "works"  # works | fails: the launch itself is refused
    agent_version: str = "1.100.0"
    docker_version: str = "25.0.8"


@dataclass(frozen=True)
class NodeGroup:
    """An Auto Scaling group, its launch template and, where named, its capacity provider."""

    name: str
    ami: str
    size: int
    min: int = 0
    max: int = 0  # 0: the size plus its half, at least size + 1
    capacity_provider: str | None = None
    instance_type: str = "m6i.large"
    instance_types: tuple[str, ...] = ()  # more than one: a mixed instances policy
    availability_zones: tuple[str, ...] = ("a", "b", "c")
    launch_template_version: str = "1"  # "1" | "$Latest" | "$Default"
    launch_configuration: bool = False  # an old group without a launch template
    managed_scaling: bool = False
    managed_termination_protection: bool = False
    managed_draining: bool = False
    target_capacity: int = 100
    suspended_processes: tuple[str, ...] = ()
    protected: int = 0  # so many of the instances are protected from scale-in
    termination_policies: tuple[str, ...] = ("Default",)
    attributes: dict[str, str] = field(default_factory=dict)  # custom attributes of its container instances
    ages_seconds: Range = (86_400.0, 2_592_000.0)  # how long before the start the instances were launched


@dataclass(frozen=True)
class LoadBalancer:
    """A target group in front of a service."""

    deregistration_delay_seconds: float = 30.0
    never_healthy_amis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Image:
    """A container image, and the architectures that it is built for."""

    image: str
    architectures: tuple[str, ...] = ("x86_64",)
    digest: str = ""  # empty: made of its name


@dataclass(frozen=True)
class Service:
    """An ECS service and its task definition."""

    name: str
    count: int = 1
    scheduling: str = "REPLICA"  # REPLICA | DAEMON
    cpu: int = 256
    memory: int = 512
    gpu: int = 0
    host_ports: tuple[int, ...] = ()
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    capacity_provider_strategy: tuple[dict[str, Any], ...] = ()  # as the API has it; none: launch type EC2
    placement_constraints: tuple[dict[str, str], ...] = ()
    placement_strategy: tuple[dict[str, str], ...] = ()
    load_balancer: LoadBalancer | None = None
    circuit_breaker: bool = False
    circuit_breaker_rollback: bool = False
    availability_zone_rebalancing: bool = False
    stop_timeout_seconds: float = 30.0
    crash_on_amis: tuple[str, ...] = ()
    image: str = ""  # empty: "<name>:1"
    cpu_architecture: str = ""  # runtimePlatform.cpuArchitecture of its task definition: X86_64 | ARM64
    task_placement_constraints: tuple[dict[str, str], ...] = ()  # those of its task definition


@dataclass(frozen=True)
class StandaloneTasks:
    """Tasks that no service owns (RunTask): draining never stops them."""

    family: str
    count: int = 1
    cpu: int = 256
    memory: int = 512
    run_seconds: float | None = None  # None: they run until somebody stops them


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm and its state at the start."""

    name: str
    state: str = "OK"  # OK | ALARM | INSUFFICIENT_DATA
    composite: bool = False


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong: `at` a moment, or when the execution enters `state` for the `nth` time.

    `kind` is one of the names in `simulator/faults/faults.py`; `with_` are its parameters (`with` in the file).
    """

    kind: str
    at: float | None = None
    state: str | None = None
    nth: int = 1
    with_: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class After:
    """What somebody waits for: a moment, or the execution's entering `state` for the `nth` time."""

    at: float | None = None
    state: str | None = None
    nth: int = 1


@dataclass(frozen=True)
class Person:
    """Somebody who answers the rollout, or asks for something: another execution of the same state machine.

    It is started so many `seconds` after what it comes `after`, with this input.
    """

    after: After
    input: dict[str, Any]
    seconds: float = 0.0


@dataclass(frozen=True)
class Expectation:
    """How the scenario says that it ends."""

    status: str = "SUCCEEDED"  # SUCCEEDED | FAILED
    end: str = "all_new"  # all_new | all_old | needs_a_human
    error: str | None = None


@dataclass(frozen=True)
class Scenario:
    """The one description of a cluster and of a rollout on it."""

    name: str
    cluster: str
    amis: tuple[Ami, ...]
    node_groups: tuple[NodeGroup, ...]
    services: tuple[Service, ...] = ()
    description: str = ""
    region: str = "eu-west-1"
    standalone_tasks: tuple[StandaloneTasks, ...] = ()
    images: tuple[Image, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)  # SSM parameter name -> value
    alarms: tuple[Alarm, ...] = ()
    timings: Timings = Timings()
    input: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    people: tuple[Person, ...] = ()
    expect: Expectation = Expectation()
