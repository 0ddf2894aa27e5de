"""A scenario: one cluster, what runs on it, how fast it is, what goes wrong, and how the rollout should end.

This is the file's format: `load.py` reads it, `schema.py` publishes it, `document.py` writes its tables. Times are
virtual seconds from the moment the execution starts. A `Range` is drawn uniformly from the seed.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.scenario.aws import Aws
from simulator.scenario.events import After, Fault, Person
from simulator.scenario.machines import Ami, NodeGroup
from simulator.scenario.part import Part
from simulator.scenario.services import Image, LoadBalancer, Service, StandaloneTasks
from simulator.scenario.values import Omittable, PositiveSeconds, Seconds, SecondsRange, Some, Text

__all__ = [
    "INSTANT",
    "After",
    "Alarm",
    "Ami",
    "Aws",
    "Expectation",
    "Fault",
    "Image",
    "LoadBalancer",
    "NodeGroup",
    "Person",
    "Scenario",
    "Service",
    "StandaloneTasks",
    "Timings",
]


@dataclass(frozen=True)
class Timings(Part):
    """How long things take in this region."""

    launch_seconds: SecondsRange = (5.0, 15.0)
    """From Auto Scaling's decision to launch until EC2 says running."""
    agent_seconds: SecondsRange = (30.0, 60.0)
    """From running until the ECS agent has registered the container instance and is connected."""
    start_seconds: SecondsRange = (15.0, 40.0)
    """From placing a task until it is RUNNING: image pull and start."""
    stop_seconds: SecondsRange = (2.0, 20.0)
    """From SIGTERM until a task is STOPPED, at most the service's stop timeout."""
    terminate_seconds: SecondsRange = (30.0, 60.0)
    """From shutting-down until terminated."""
    healthy_seconds: SecondsRange = (30.0, 60.0)
    """From RUNNING until the load balancer calls the target healthy."""
    steady_seconds: Seconds = 0.0
    """What ECS waits, without a load balancer, before a running task counts as healthy."""
    scheduler_seconds: PositiveSeconds = 5.0
    """How often the service scheduler looks."""
    scaling_seconds: PositiveSeconds = 5.0
    """How often Auto Scaling looks."""
    api_seconds: SecondsRange = (0.02, 0.08)
    """How long one API call takes."""
    agent_flap_seconds: Seconds = 0.0
    """Mean time between two moments in which one instance's agentConnected reads false for a while; 0: never."""
    task_crash_seconds: Seconds = 0.0
    """Mean time between two crashes of one task, whatever AMI it runs on; 0: never."""


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
class Alarm(Part):
    """A CloudWatch alarm."""

    name: Text
    """Its name."""
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = "OK"
    """Its state at the start."""
    composite: bool = False
    """A composite alarm. Its state is what the scenario says, its rule is not evaluated."""


@dataclass(frozen=True)
class Expectation(Part):
    """How the scenario ends; the exit code of `rollout simulate` compares."""

    status: Literal["SUCCEEDED", "FAILED"] = "SUCCEEDED"
    """The execution's status."""
    end: Literal["all_new", "all_old", "needs_a_human"] = "all_new"
    """Where the fleet stands at the end, read from the region itself."""
    error: Omittable[Text] = None
    """The execution's error. Default: not compared."""


@dataclass(frozen=True)
class Scenario(Part):
    """One ECS cluster, what runs on it, how fast it is, what goes wrong, and how a rollout on it should end."""

    name: Text
    """A short name, for reports."""
    cluster: Text
    """The ECS cluster's name."""
    amis: Some[Ami]
    """The machine images that exist."""
    node_groups: Some[NodeGroup]
    """The cluster's Auto Scaling groups."""
    services: tuple[Service, ...] = ()
    """What runs on it."""
    description: str = ""
    """What the scenario shows, in a sentence or two."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[1-9]$")] = "eu-west-1"
    """The AWS Region."""
    vpc_owner: Omittable[Annotated[str, Field(pattern=r"^[0-9]{12}$")]] = None
    """The account whose VPC the cluster's subnets are of, where it is shared. Default: the cluster's own."""
    standalone_tasks: tuple[StandaloneTasks, ...] = ()
    """What runs beside the services."""
    images: tuple[Image, ...] = ()
    """Container images and what they are built for. One that is not named runs everywhere."""
    parameters: dict[str, str] = field(default_factory=dict)
    """SSM parameters: name to value."""
    alarms: tuple[Alarm, ...] = ()
    """CloudWatch alarms."""
    timings: Timings = field(default_factory=Timings)
    aws: Aws = field(default_factory=Aws)
    input: dict[str, Any] = field(default_factory=dict)
    """The rollout's input, as the execution gets it; `cluster` is filled in. What is wrong in it, the rollout itself
    refuses."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong."""
    people: tuple[Person, ...] = ()
    """Who answers the rollout, or asks for something while it runs."""
    expect: Expectation = field(default_factory=Expectation)
