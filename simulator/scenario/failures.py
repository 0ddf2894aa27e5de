"""The kinds of faults that happen by themselves, in snake case, and their parameters."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from simulator.scenario.part import Part
from simulator.scenario.values import (
    AmiId,
    Omittable,
    Positive,
    PositiveSeconds,
    Seconds,
    SecondsRange,
    ServiceName,
    Share,
    Text,
    Which,
    ZoneLetter,
)


@dataclass(frozen=True)
class FailApi(Part):
    """API calls fail, before their effect or after it (the reply is lost)."""

    service: Literal[
        "autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "elbv2", "events", "sns", "ssm", "stepfunctions"
    ]
    """botocore's name of the service."""
    operation: Text
    """The operation, as the API names it."""
    code: str = "ThrottlingException"
    """The error code."""
    times: Positive = 1
    """So many calls, from then on."""
    after: bool = False
    """The effect happens; the answer is the error."""


@dataclass(frozen=True)
class TakePermission(Part):
    """From then on a policy of the organization denies the functions an action, whatever their roles allow."""

    action: Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Za-z0-9*?]+$")]
    """The action, as policies name it: `ecs:UpdateService`; `*` and `?` as there."""
    resource: Text = "*"
    """Only on resources whose ARN is like this."""


@dataclass(frozen=True)
class FailLaunches(Part):
    """Auto Scaling's launches fail: it notes a Failed activity and tries again later."""

    auto_scaling_group: Omittable[str] = None
    """Only in this group."""
    availability_zone: Omittable[ZoneLetter] = None
    """Only in this zone (its letter). Default: in all."""
    message: Omittable[str] = None
    """The activity's StatusMessage. Default: InsufficientInstanceCapacity."""
    times: Omittable[Positive] = None
    """So many launches."""
    for_seconds: Omittable[PositiveSeconds] = None
    """For so long."""


@dataclass(frozen=True)
class Throttle(Part):
    """For a while many calls of all services are answered with an error."""

    for_seconds: Seconds
    """How long."""
    code: str = "ThrottlingException"
    """The error code."""
    probability: Share = 0.5
    """How many of the calls it hits."""


@dataclass(frozen=True)
class StaleReads(Part):
    """For a while many reads of ECS, Auto Scaling and EC2 answer what was true when the same was asked last."""

    for_seconds: Seconds
    """How long."""
    seconds: Seconds = 10.0
    """How old an answer may be."""
    probability: Share = 0.5
    """How many of the calls it hits."""


@dataclass(frozen=True)
class InterruptInstance(Part):
    """EC2 takes an instance away, as with spot."""

    which: Which
    """The oldest or newest by launch time; `old` and `new` look only among those that were there at the execution's
    start, or only among those that were not."""
    auto_scaling_group: Omittable[str] = None
    """Of this group. Default: the first one."""


@dataclass(frozen=True)
class DisconnectAgent(Part):
    """The ECS agent of an instance is gone for good.

    The machine and its containers run on, and ECS hears of neither again.
    """

    which: Which
    """As for `interrupt_instance`."""
    auto_scaling_group: Omittable[str] = None
    """Of this group. Default: of any."""


@dataclass(frozen=True)
class RebootInstance(Part):
    """An instance reboots: its containers are gone, its agent comes back after a while and says so."""

    which: Which
    """As for `interrupt_instance`."""
    auto_scaling_group: Omittable[str] = None
    """Of this group. Default: of any."""


@dataclass(frozen=True)
class FailStatusChecks(Part):
    """An instance fails EC2's status checks; Auto Scaling takes it for unhealthy and replaces it."""

    which: Which
    """As for `interrupt_instance`."""
    auto_scaling_group: Omittable[str] = None
    """Of this group. Default: of any."""


@dataclass(frozen=True)
class ZoneOutage(Part):
    """EC2 takes all instances of an Availability Zone away."""

    availability_zone: str
    """How the zone's name ends: `a`."""


@dataclass(frozen=True)
class StopTasks(Part):
    """Tasks of a service exit by themselves."""

    service: ServiceName
    count: Positive = 1
    """How many."""


@dataclass(frozen=True)
class CrashTasks(Part):
    """From now on the tasks of a service exit: those that run, and those that start."""

    service: ServiceName
    ami: Omittable[AmiId] = None
    """Only on this AMI, one of `amis`. Default: on all."""
    on: bool = True
    """With `false` it ends."""
    after_seconds: Omittable[SecondsRange] = None
    """So long after RUNNING; those that have run for longer exit now. Default: at once."""


@dataclass(frozen=True)
class NeverHealthy(Part):
    """From now on targets of an AMI, of a service, or of a service on an AMI do not get healthy.

    Those that are healthy stay so.
    """

    at_least_one: ClassVar = ("service", "ami")

    service: Omittable[str] = None
    """Only of this service, one of `services`. Default: of all."""
    ami: Omittable[AmiId] = None
    """Only on this AMI, one of `amis`. Default, with `service`: on all."""
    on: bool = True
    """With `false` it ends."""


@dataclass(frozen=True)
class SlowPulls(Part):
    """A service's tasks take long to start from now on."""

    service: ServiceName
    seconds: Seconds
    """How long."""


@dataclass(frozen=True)
class SlowStops(Part):
    """A service's tasks take long to stop, and to leave their load balancer, from now on."""

    service: ServiceName
    seconds: Seconds
    """How long."""


@dataclass(frozen=True)
class KillHandler(Part):
    """A handler dies at one of its API calls."""

    call: Positive = 1
    """At which call from now on."""
    times: Positive = 1
    """So many handlers, each at its such call."""
    after: bool = False
    """After the call's effect."""
    error: Literal["out_of_memory", "timed_out"] = "out_of_memory"
    """How it dies."""


@dataclass(frozen=True)
class RefuseInvocations(Part):
    """Lambda itself answers a Task's invocations with an error: no function runs."""

    error: Literal[
        "TooManyRequestsException", "ServiceException", "AWSLambdaException", "SdkClientException",
        "ClientExecutionTimeoutException", "ResourceNotFoundException",
    ] = "TooManyRequestsException"  # fmt: skip
    """Which, without the `Lambda.` that Retry and Catch put before it."""
    times: Positive = 1
    """So many invocations, from then on."""


@dataclass(frozen=True)
class InvokeTwice(Part):
    """The next invocation of a function is repeated."""

    seconds: Seconds = 0.0
    """How much later."""


@dataclass(frozen=True)
class OtherVersion(Part):
    """Functions meet a payload of another version, as after a deploy in mid-rollout.

    An execution that runs keeps its definition, and with it the payloads that its states pass on.
    """

    times: Positive = 1
    """So many invocations."""
    successors: Literal["good", "bad"] = "good"
    """Payloads of executions that are started from then on: `good`, of the functions' version, because they run the
    new definition; `bad`, the same as those before, because the definition was not deployed with the functions."""


FAILURES: tuple[type[Part], ...] = (
    FailApi, TakePermission, FailLaunches, Throttle, StaleReads, InterruptInstance, DisconnectAgent, RebootInstance,
    FailStatusChecks, ZoneOutage, StopTasks, CrashTasks, NeverHealthy, SlowPulls, SlowStops, KillHandler,
    RefuseInvocations, InvokeTwice, OtherVersion,
)  # fmt: skip
