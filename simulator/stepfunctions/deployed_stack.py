"""The synthesized template as the engine needs it: definition, functions with their assets, tables, topics, buses.

CloudFormation's intrinsics are resolved as CloudFormation would for one account and Region; names that it would make
up are the logical ids.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
STACK = "EcsAmiRollout"
PARTITION = "aws"
# Resource type -> service and the ARN's last part. Where Ref gives the ARN and not the name, the type is in BY_ARN.
ARNS = {
    "AWS::Lambda::Function": ("lambda", "function:{}"),
    "AWS::StepFunctions::StateMachine": ("states", "stateMachine:{}"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", "table/{}"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/{}"),
    "AWS::IAM::Role": ("iam", "role/{}"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{}:*"),
    "AWS::SNS::Topic": ("sns", "{}"),
    "AWS::SQS::Queue": ("sqs", "{}"),
    "AWS::Events::EventBus": ("events", "event-bus/{}"),
    "AWS::Events::Rule": ("events", "rule/{}"),
}
VERSION = "AWS::Lambda::Version"  # the simulated Lambda has one version of each function
BY_ARN = ("AWS::StepFunctions::StateMachine", "AWS::SNS::Topic")
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
SECONDS_IN = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}
TABLES = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")


@dataclass(frozen=True)
class Function:
    """A Lambda function: where its code lies, what is called, with which environment."""

    name: str
    arn: str
    asset: Path
    handler: str
    environment: dict[str, str]
    memory: int


@dataclass(frozen=True)
class StateMachine:
    """A state machine; `definition` is its ASL as JSON text."""

    name: str
    definition: str


@dataclass(frozen=True)
class Table:
    """A DynamoDB table, as CreateTable takes it."""

    name: str
    key_schema: list[dict[str, str]]
    attributes: list[dict[str, str]]


@dataclass(frozen=True)
class Rule:
    """A rule and one of its targets, by ARN. `template` is the input, `paths` lead into the event."""

    name: str
    target: str
    pattern: dict[str, Any]
    template: str
    paths: dict[str, str]


@dataclass(frozen=True)
class Schedule:
    """A schedule of EventBridge Scheduler: which function is invoked how often, and with which event."""

    name: str
    target: str
    seconds: float
    event: str


@dataclass(frozen=True)
class DeployedStack:
    """What one stack deploys, as far as a rollout needs it."""

    machine: StateMachine
    functions: tuple[Function, ...]
    tables: tuple[Table, ...]
    topics: tuple[str, ...] = ()  # names of SNS topics
    event_buses: tuple[str, ...] = ()  # names of EventBridge's, the default one aside
    rules: tuple[Rule, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)  # of Parameter Store, with their values


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


def load(cdk_out: Path, stack: str = STACK, region: str = "eu-west-1") -> DeployedStack:
    """Read a synthesized stack. Raises ValueError for an intrinsic that this does not know."""
    template = json.loads((cdk_out / f"{stack}.template.json").read_text())
    files = json.loads((cdk_out / f"{stack}.assets.json").read_text())["files"]
    assets = {digest: cdk_out / entry["source"]["path"] for digest, entry in files.items()}
    resolve = _Resolver(template, stack, region)
    resources = template["Resources"].items()
    machines = [
        StateMachine(name, resolve.value(resource["Properties"]["DefinitionString"]))
        for name, resource in resources
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    if len(machines) != 1:
        raise ValueError(f"{stack} has {len(machines)} state machines, one is expected")
    functions = (
        _function(name, resource["Properties"], resolve, assets)
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
    return DeployedStack(
        machines[0], tuple(functions), tuple(tables), topics, buses, tuple(rules), tuple(schedules), parameters
    )


def _function(name: str, properties: dict[str, Any], resolve: "_Resolver", assets: dict[str, Path]) -> Function:
    digest = str(properties["Code"]["S3Key"]).removesuffix(".zip")
    environment = properties.get("Environment", {}).get("Variables", {})
    return Function(
        name=name,
        arn=resolve.arn(name),
        asset=assets[digest],
        handler=properties["Handler"],
        environment={key: str(resolve.value(value)) for key, value in environment.items()},
        memory=properties.get("MemorySize", 128),
    )


def _rule(name: str, properties: dict[str, Any], resolve: "_Resolver", target: dict[str, Any]) -> Rule:
    given = target.get("InputTransformer", {"InputTemplate": target.get("Input", "{}")})
    paths = {str(key): str(path) for key, path in given.get("InputPathsMap", {}).items()}
    arn = str(resolve.value(target["Arn"]))
    return Rule(name, arn, resolve.value(properties["EventPattern"]), str(resolve.value(given["InputTemplate"])), paths)


def _schedule(name: str, properties: dict[str, Any], resolve: "_Resolver") -> Schedule:
    target, rate = properties["Target"], RATE.fullmatch(properties["ScheduleExpression"])
    if rate is None:
        raise ValueError(f"{name}: the schedule {properties['ScheduleExpression']} is not known here")
    seconds = int(rate[1]) * SECONDS_IN[rate[2]]
    return Schedule(name, str(resolve.value(target["Arn"])), seconds, str(resolve.value(target["Input"])))


def _table(name: str, properties: dict[str, Any]) -> Table:
    return Table(name, properties["KeySchema"], properties["AttributeDefinitions"])


class _Resolver:
    """Resolves intrinsics of one template."""

    def __init__(self, template: dict[str, Any], stack: str, region: str) -> None:
        self._resources = template["Resources"]
        self._parameters = template.get("Parameters", {})
        self._region = region
        self._pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": region,
            "AWS::Partition": PARTITION,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": stack,
        }

    def arn(self, name: str) -> str:
        """The ARN of a resource of the template."""
        kind = self._kind(name)
        if kind not in ARNS:
            raise ValueError(f"{name}: the ARN of a {kind} is not known here")
        service, last = ARNS[kind]
        where = "" if service == "iam" else self._region
        return f"arn:{PARTITION}:{service}:{where}:{ACCOUNT}:{last.format(name)}"

    def value(self, value: Any) -> Any:
        """The value with its intrinsics resolved."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref":
                return self._ref(argument)
            if key.startswith("Fn::"):
                return self._function(key, argument)
        return {key: self.value(item) for key, item in value.items()}

    def _ref(self, name: str) -> str:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return str(self._parameters[name].get("Default", ""))
        if self._kind(name) == VERSION:
            return self.arn(self._resources[name]["Properties"]["FunctionName"]["Ref"])
        return self.arn(name) if self._kind(name) in BY_ARN else name

    def _function(self, key: str, argument: Any) -> str:
        if key == "Fn::Join":
            return str(argument[0]).join(str(self.value(item)) for item in argument[1])
        if key == "Fn::GetAtt":
            name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self.arn(name) if attribute.endswith("Arn") else f"{name}.{attribute}"
        if key == "Fn::Sub":
            text, given = (argument, {}) if isinstance(argument, str) else argument
            return re.sub(r"\$\{([^}!]+)\}", lambda found: self._substitute(found[1], given), text)
        raise ValueError(f"the intrinsic {key} is not known here: {argument!r}")

    def _substitute(self, name: str, given: dict[str, Any]) -> str:
        if name in given:
            return str(self.value(given[name]))
        return self._function("Fn::GetAtt", name) if "." in name else self._ref(name)

    def _kind(self, name: str) -> str:
        if name not in self._resources:
            raise ValueError(f"the template refers to {name}, which it does not have")
        return str(self._resources[name]["Type"])
