"""One simulated AWS Region on one clock: its services, and the engine that runs the deployed state machine.

What is in it, what goes wrong and which operators act is a simulation's (`simulator.simulation`), which is also what
one opens.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends
from moto.ssm.models import ssm_backends

from simulator.api.dispatch import ApiDispatch, ApiError
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.container_images import ContainerImages
from simulator.aws.ec2.region import Ec2
from simulator.aws.ecs.context import ACCOUNT
from simulator.aws.ecs.ecs import Ecs
from simulator.aws.ecs.state import Cluster
from simulator.aws.hook_messages import HookMessages
from simulator.aws.known_to_iam import KnownToIam
from simulator.aws.public_parameters import PUBLIC, PublicParameters
from simulator.iam.authorization import AccessRefused, Authorization, Caller
from simulator.iam.evaluation import AccessRequest, Decision, Principal
from simulator.iam.needs.need import Place
from simulator.iam.roles import Policies
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus, Trace
from simulator.kernel.random_streams import RandomStreams
from simulator.kernel.simulated_instance import InstanceLaunched, SimulatedInstance
from simulator.scenario.model import INSTANT, Scenario, Timings
from simulator.stepfunctions.deployed_stack import STACK, DeployedStack
from simulator.stepfunctions.deployment_needs import DeploymentNeed, deployment_needs
from simulator.stepfunctions.engine import Engine, Execution
from simulator.stepfunctions.events import ExecutionStarted, ParameterChanged

STARTS_AT = 3600.0
"""The clock's seconds at the execution's start; the time before is for the cluster to settle in."""

EXECUTION_NAME = "rehearsal"
CONTINUES = "continue"  # the action of an execution that another one hands its rollout over to
AWAITED_SECONDS = 7200.0
INVOKE = "lambda:InvokeFunction"
NAME_IS_TAKEN, START_AGAIN_SECONDS = "ExecutionAlreadyExists", 60.0


class DeploymentRefused(Exception):
    """AWS would not make the stack."""


class Region(ABC):
    """The region of `scenario`, its random streams from `seed`, with what is deployed from `cdk_out`: one stack of it.

    Two modes of it differ in what is between the handlers and the services: `full_mode` and `in_process`.
    """

    engine: Engine
    deployment: DeployedStack
    policies: Policies

    def __init__(self, scenario: Scenario, seed: int, cdk_out: Path, stack: str = STACK) -> None:
        self.scenario = scenario
        self._stack = stack
        self.seed = seed
        self.started_at = STARTS_AT
        self.rules_enabled = True
        self.followers: list[Execution] = []  # executions that rules, or operators after an end, have started
        self._expected = 0
        self._versions: dict[str, int] = {}  # of parameters, as far as it was announced
        self.line: list[str] = []  # who acts for the rollout: the first that is started, and whom it hands over to
        self._cdk_out = cdk_out
        self._open = ExitStack()
        self.clock = Clock()
        self.random_streams = RandomStreams(seed)
        self.bus = Bus(self.clock)

    def __enter__(self) -> Self:
        try:
            self._assemble()
            self._fill()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @abstractmethod
    def _assemble(self) -> None:
        """Make the services and the engine, and deploy the stack."""

    @abstractmethod
    def _fill(self) -> None:
        """Put into it what it is opened with."""

    @abstractmethod
    def client(self, service: str) -> Any:
        """A client of the region's own, by which it is made what the scenario says."""

    @abstractmethod
    def lock_keys(self) -> list[str]:
        """Keys of the items in the region's tables that are locks."""

    def start_execution(self, name: str = EXECUTION_NAME) -> Execution:
        """Start the rollout with the scenario's input; virtual time passes until it ends."""
        return self.engine.start(name, self.scenario.input)

    @property
    def main_execution(self) -> str:
        """The execution that acts for the rollout now; empty where none was started yet."""
        return self.line[-1] if self.line else ""

    @property
    def cluster(self) -> Cluster:
        """The scenario's cluster."""
        return self.ecs.clusters[self.scenario.cluster]

    def instances(self, group: str) -> list[SimulatedInstance]:
        """The instances of a group that are pending or running; none where the group is gone."""
        found = self.scaling.groups.get(group)
        return [member.instance for member in found.members.values() if member.instance.alive] if found else []

    def awaited(self, name: str) -> Execution:
        """Wait for the execution of that name, which a rule or an operator starts. TimeoutError after 2 hours."""
        until = self.clock.now + AWAITED_SECONDS
        while self.main_execution != name:
            if self.clock.now > until:
                raise TimeoutError(f"nobody has started {name!r} in {AWAITED_SECONDS} s")
            self.pass_time(AWAITED_SECONDS / 1000)
        return self.engine.execution(name)

    def pass_time(self, seconds: float) -> None:
        """Let so much of it pass, whatever happens meanwhile."""
        self.engine.pass_time(seconds)

    def expect(self, seconds: float, start: Callable[[], Execution]) -> None:
        """An execution is to follow the rollout, so many seconds from now."""
        self._expected += 1
        self.clock.after(seconds, lambda: self._follow(start))

    def settle(self) -> None:
        """Wait for all executions that follow the rollout: those that are there, and those that are expected."""
        seen = 0
        while self._expected or seen < len(self.followers):
            if seen < len(self.followers):
                self.followers[seen].wait()
                seen += 1
            else:
                with self.dispatch.lock:
                    self.clock.advance(1.0)

    def set_alarm(self, name: str, state: str) -> None:
        """Put an alarm into a state."""
        cloudwatch_backends[ACCOUNT][self.scenario.region].set_alarm_state(name, "the scenario says so", "{}", state)

    def set_parameter(self, name: str, value: str) -> None:
        """Give an SSM parameter a value. AWS's public ones, which the API lets nobody write, are replaced in moto."""
        backend = ssm_backends[ACCOUNT][self.scenario.region]
        if name.startswith(PUBLIC):
            self.public_parameters.publish(name, value, self.scenario.amis, self.clock.today())
            return
        backend.put_parameter(name, "", value, "String", "", "", True, [], "text", None, None)
        self.announce_parameter(name)

    def announce_parameter(self, name: str) -> None:
        """Say that it changed, where it has another version than when that was said last."""
        found = ssm_backends[ACCOUNT][self.scenario.region].get_parameter(name)
        before = self._versions.get(name, 0)
        if found is not None and found.version != before:
            self._versions[name] = found.version
            self.bus.emit(ParameterChanged(name, "Update" if found.version > 1 else "Create"))

    def begin(self, timings: Timings) -> None:
        """The scenario's own time begins: its timings, an empty trace, no calls counted."""
        for part in (self.ec2, self.scaling, self.ecs):
            part.timings = timings
        self.dispatch.api_seconds = timings.api_seconds
        self.bus.trace = TraceSince(self.started_at)
        self.dispatch.calls.clear()
        self.bus.subscribe(ExecutionStarted, self._first)

    def _make_services(self) -> None:
        """EC2, Auto Scaling, ECS and what belongs to them, at the scenario's beginning."""
        region = self.scenario.region
        self.dispatch = ApiDispatch(self.clock, self.random_streams, self.bus, INSTANT.api_seconds)
        self.public_parameters = PublicParameters(region)
        self.ec2 = Ec2(self.clock, self.random_streams, self.bus, INSTANT, region)
        self.scaling = AutoScaling(self.clock, self.random_streams, self.bus, INSTANT, self.ec2)
        self.ecs = Ecs(self.clock, self.random_streams, self.bus, INSTANT, self.ec2.images.get, self.scaling, region)
        self.scaling.aws = self.ecs.context.aws = self.scenario.aws
        HookMessages(self.scaling, region)
        self.ecs.context.images = ContainerImages(self.scenario.images)
        self.bus.subscribe(InstanceLaunched, self._attributes)

    def _enforce(self, deployment: DeployedStack) -> None:
        """From now on the stack's functions may do what their roles' policies allow."""
        known = KnownToIam(self.scaling, ACCOUNT, self.scenario.vpc_owner or ACCOUNT)
        self.policies = Policies(deployment.policies.roles, deployment.policies.resources)
        place = Place(self.scenario.region, ACCOUNT, known)
        machine = Principal(ACCOUNT, role=deployment.machine.role)
        if machine.role:
            functions = self.engine.functions
            functions.may_invoke = lambda arn: self.may(deployment.machine.name, machine, INVOKE, arn)
        self.dispatch.authorize = Authorization(
            self.policies, place, self._caller, self.bus.emit, encoded=self.scenario.aws.denied_launches == "encoded"
        ).refused
        if refused := self.check_roles():
            raise DeploymentRefused("; ".join(f"the role of {need.name} may not {need.action}" for need in refused))

    def check_roles(self) -> list[DeploymentNeed]:
        """What the stack's roles lack that AWS asks of them when the stack is deployed."""
        return [
            need
            for need in deployment_needs(self.deployment)
            if not self.may(need.name, Principal(ACCOUNT, role=need.role), need.action, "*")
        ]

    def may(
        self,
        name: str,
        principal: Principal,
        action: str,
        resource: str,
        source: str = "",
        *,
        encrypted: bool = True,
    ) -> bool:
        """Whether a rule, a schedule or the machine of that name may do it. A refusal is an event.

        `source` is the ARN on whose behalf a service asks; `encrypted` whether it asks by TLS.
        """
        context = {"aws:SecureTransport": str(encrypted).lower(), "aws:SourceAccount": ACCOUNT}
        context["aws:SourceOwner"] = ACCOUNT  # as SNS calls it
        if source:
            context["aws:SourceArn"] = source
        decision = self.policies.decide(AccessRequest(principal, action, resource, context))
        if decision is not Decision.ALLOWED:
            self.bus.emit(AccessRefused(name, action, resource, decision))
        return decision is Decision.ALLOWED

    def _caller(self) -> Caller | None:
        """The function that runs; one without a role is no function of the stack."""
        function = self.engine.functions.running_here
        return _caller(function.name, function.role) if function is not None and function.role else None

    def _write_parameters(self, deployment: DeployedStack) -> None:
        for name, value in deployment.parameters.items():
            self.set_parameter(name, value)

    def _attributes(self, event: InstanceLaunched) -> None:
        for group in self.scenario.node_groups:
            if group.name == event.group:
                event.host.attributes.update(group.attributes)

    def _follow(self, start: Callable[[], Execution]) -> None:
        self._expected -= 1
        try:
            self.followers.append(start())
        except (ApiError, ClientError) as error:
            if _code(error) == NAME_IS_TAKEN:
                raise
            self.expect(START_AGAIN_SECONDS, start)  # a rule retries, and so does an operator

    def _first(self, event: ExecutionStarted) -> None:
        """The first is the rollout. One that another one hands over to is waited for, whosever it is."""
        if event.input.get("action") == CONTINUES:
            self.followers.append(self.engine.execution(event.execution))
        before = str(event.input.get("execution", "")).rsplit(":", 1)[-1]
        if not self.line or (event.input.get("action") == CONTINUES and before in self.line):
            self.line.append(event.execution)


@cache
def _caller(function: str, role: str) -> Caller:
    return Caller(function, role)


def _code(error: ApiError | ClientError) -> str:
    return str(error.code if isinstance(error, ApiError) else error.response["Error"]["Code"])


class TraceSince(Trace):
    """A trace whose times count from the execution's start."""

    def __init__(self, started_at: float) -> None:
        super().__init__()
        self._started_at = started_at

    def write(self, now: float, event: object) -> None:
        """Append one event."""
        super().write(now - self._started_at, event)
