"""The synthesized template as the engine needs it: definition, functions with their assets, tables, topics, buses.

CloudFormation's intrinsics are resolved as CloudFormation would for one account and Region; names that it would make
up are the logical ids.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulator.stepfunctions.stack_policies import StackPolicies, policies_of
from simulator.stepfunctions.template_resolver import ACCOUNT, Resolver

STACK = "EcsAmiRollout"
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
SECONDS_IN = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}
QUEUE = "QueueName"  # the dimension of SQS's metrics
TABLES = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")


@dataclass(frozen=True)
class Function:
    """A Lambda function: where its code lies, what is called, with which environment.

    `retries` and `on_failure`, a queue's ARN, are for whoever invokes it without waiting for the answer.
    """

    name: str
    arn: str
    asset: Path
    handler: str
    environment: dict[str, str]
    memory: int
    role: str = ""
    traced: bool = False
    retries: int = 2
    on_failure: str = ""


@dataclass(frozen=True)
class StateMachine:
    """A state machine; `definition` is its ASL as JSON text."""

    name: str
    definition: str
    role: str = ""
    logged: bool = False
    traced: bool = False


@dataclass(frozen=True)
class Table:
    """A DynamoDB table, as CreateTable takes it."""

    name: str
    key_schema: list[dict[str, str]]
    attributes: list[dict[str, str]]


@dataclass(frozen=True)
class Rule:
    """A rule and one of its targets, by ARN. `template` is the input, `paths` lead into the event.

    `dead_letters` is the ARN of the queue for what cannot be delivered.
    """

    name: str
    target: str
    pattern: dict[str, Any]
    template: str
    paths: dict[str, str]
    role: str = ""
    dead_letters: str = ""


@dataclass(frozen=True)
class Schedule:
    """A schedule of EventBridge Scheduler: which function is invoked how often, and with which event."""

    name: str
    target: str
    seconds: float
    event: str
    role: str = ""
    dead_letters: str = ""


@dataclass(frozen=True)
class QueueAlarm:
    """A CloudWatch alarm that goes off where a message waits in one of the queues, and the topics that it tells."""

    name: str
    queues: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True)
class DeployedStack:
    """What one stack deploys, as far as a rollout needs it."""

    machine: StateMachine
    functions: tuple[Function, ...]
    tables: tuple[Table, ...]
    topics: tuple[str, ...] = ()  # names of SNS topics
    event_buses: tuple[str, ...] = ()  # EventBridge's, the default one aside: its own, and what its settings name
    rules: tuple[Rule, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)  # of Parameter Store, with their values
    policies: StackPolicies = StackPolicies()
    alarms: tuple[QueueAlarm, ...] = ()


class NoStackHere(LookupError):
    """No synthesized stack goes to the simulated account and Region."""


def stack_of(cdk_out: Path, region: str) -> str:
    """The synthesized stack that goes to that Region of the simulated account. Raises NoStackHere."""
    artifacts: dict[str, Any] = json.loads((cdk_out / "manifest.json").read_text())["artifacts"]
    there = {
        name: one["environment"].removeprefix("aws://").split("/")
        for name, one in artifacts.items()
        if one["type"] == "aws:cloudformation:stack"
    }
    for name, (account, its_region) in there.items():
        if account in (ACCOUNT, "unknown-account") and its_region in (region, "unknown-region"):
            return name
    said = ", ".join(f"{name} to {account} in {its_region}" for name, (account, its_region) in there.items())
    raise NoStackHere(
        f"The settings deploy {said}; the simulated account is {ACCOUNT}, and the scenario's Region {region}. "
        "Leave [[environments]] out, or name this account and Region in one."
    )


def load(
    cdk_out: Path, stack: str = STACK, region: str = "eu-west-1", physical: Mapping[str, str] | None = None
) -> DeployedStack:
    """Read a synthesized stack; `physical` are ids by logical ids. Raises ValueError for an unknown intrinsic."""
    template = json.loads((cdk_out / f"{stack}.template.json").read_text())
    files = json.loads((cdk_out / f"{stack}.assets.json").read_text())["files"]
    assets = {digest: cdk_out / entry["source"]["path"] for digest, entry in files.items()}
    resolve = Resolver(template, stack, region, physical)
    resources = template["Resources"].items()
    machines = [
        _machine(name, resource["Properties"], resolve)
        for name, resource in resources
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    if len(machines) != 1:
        raise ValueError(f"{stack} has {len(machines)} state machines, one is expected")
    invoked = {
        resource["Properties"]["FunctionName"]["Ref"]: resource["Properties"]
        for _name, resource in resources
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig"
    }
    functions = tuple(
        replace(_function(name, resource["Properties"], resolve, assets), **_invoked(invoked.get(name, {}), resolve))
        for name, resource in resources
        if resource["Type"] == "AWS::Lambda::Function"
    )
    tables = (_table(name, resource["Properties"]) for name, resource in resources if resource["Type"] in TABLES)
    topics, buses = (
        tuple(name for name, resource in resources if resource["Type"] == kind)
        for kind in ("AWS::SNS::Topic", "AWS::Events::EventBus")
    )
    rules = (
        _rule(name, resource["Properties"], resolve, target)
        for name, resource in resources
        if resource["Type"] == "AWS::Events::Rule"
        for target in resource["Properties"]["Targets"]
    )
    schedules = (
        _schedule(name, resource["Properties"], resolve)
        for name, resource in resources
        if resource["Type"] == "AWS::Scheduler::Schedule"
    )
    parameters = {
        str(resolve.value(resource["Properties"]["Name"])): str(resolve.value(resource["Properties"]["Value"]))
        for _name, resource in resources
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    named = {function.environment.get("EVENT_BUS", "default") for function in functions} - {"default"}
    buses = (*buses, *sorted(named - set(buses)))
    return DeployedStack(
        machines[0],
        functions,
        tuple(tables),
        topics,
        buses,
        tuple(rules),
        tuple(schedules),
        parameters,
        policies_of(template["Resources"], resolve),
        tuple(_queue_alarms(template["Resources"], resolve)),
    )


def _machine(name: str, properties: dict[str, Any], resolve: Resolver) -> StateMachine:
    return StateMachine(
        name,
        resolve.value(properties["DefinitionString"]),
        str(resolve.value(properties.get("RoleArn", ""))),
        properties.get("LoggingConfiguration", {}).get("Level", "OFF") != "OFF",
        bool(properties.get("TracingConfiguration", {}).get("Enabled")),
    )


def _invoked(config: dict[str, Any], resolve: Resolver) -> dict[str, Any]:
    """What happens to an event that the function failed on; two retries and no destination are Lambda's defaults."""
    destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    return {"retries": config.get("MaximumRetryAttempts", 2), "on_failure": str(resolve.value(destination))}


def _queue_alarms(resources: dict[str, Any], resolve: Resolver) -> Iterator[QueueAlarm]:
    for name, resource in resources.items():
        if resource["Type"] != "AWS::CloudWatch::Alarm":
            continue
        stats = (each.get("MetricStat", {}).get("Metric", {}) for each in resource["Properties"].get("Metrics", ()))
        dimensions = [each for metric in stats for each in metric.get("Dimensions", ())]
        queues = [resolve.arn(each["Value"]["Fn::GetAtt"][0]) for each in dimensions if each["Name"] == QUEUE]
        if queues:
            yield QueueAlarm(name, tuple(queues), tuple(map(resolve.value, resource["Properties"]["AlarmActions"])))


def _dead_letters(target: dict[str, Any], resolve: Resolver) -> str:
    return str(resolve.value(target.get("DeadLetterConfig", {}).get("Arn", "")))


def _function(name: str, properties: dict[str, Any], resolve: Resolver, assets: dict[str, Path]) -> Function:
    digest = str(properties["Code"]["S3Key"]).removesuffix(".zip")
    environment = properties.get("Environment", {}).get("Variables", {})
    return Function(
        name=name,
        arn=resolve.arn(name),
        asset=assets[digest],
        handler=properties["Handler"],
        environment={key: str(resolve.value(value)) for key, value in environment.items()},
        memory=properties.get("MemorySize", 128),
        role=str(resolve.value(properties.get("Role", ""))),
        traced=properties.get("TracingConfig", {}).get("Mode") == "Active",
    )


def _rule(name: str, properties: dict[str, Any], resolve: Resolver, target: dict[str, Any]) -> Rule:
    given = target.get("InputTransformer", {"InputTemplate": target.get("Input", "{}")})
    paths = {str(key): str(path) for key, path in given.get("InputPathsMap", {}).items()}
    arn = str(resolve.value(target["Arn"]))
    template = str(resolve.value(given["InputTemplate"]))
    role = str(resolve.value(target.get("RoleArn", "")))
    letters = _dead_letters(target, resolve)
    return Rule(name, arn, resolve.value(properties["EventPattern"]), template, paths, role, letters)


def _schedule(name: str, properties: dict[str, Any], resolve: Resolver) -> Schedule:
    target, rate = properties["Target"], RATE.fullmatch(properties["ScheduleExpression"])
    if rate is None:
        raise ValueError(f"{name}: the schedule {properties['ScheduleExpression']} is not known here")
    seconds = int(rate[1]) * SECONDS_IN[rate[2]]
    role = str(resolve.value(target.get("RoleArn", "")))
    arn, event = str(resolve.value(target["Arn"])), str(resolve.value(target["Input"]))
    return Schedule(name, arn, seconds, event, role, _dead_letters(target, resolve))


def _table(name: str, properties: dict[str, Any]) -> Table:
    return Table(name, properties["KeySchema"], properties["AttributeDefinitions"])
