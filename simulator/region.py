"""One simulated AWS Region for one scenario and one seed: everything of `simulator/` assembled on one clock.

    with Region(scenario, seed=1, cdk_out=ensure_synthesized()) as region:
        boto3.client("ecs").list_clusters()        # answered by the region
        region.start_execution()                   # of the synthesized state machine, with the packaged handlers

Inside, the process's own clock, its AWS credentials and its chance are the region's. Only one region can be open.
"""

import os
import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self
from unittest.mock import patch

import time_machine
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.config import DefaultConfig
from moto.dynamodb.models import dynamodb_backends
from moto.ssm.models import ssm_backends

from simulator.apis.alarms import CloudWatch
from simulator.apis.ecr import EcrApi
from simulator.apis.elb import ElbApi
from simulator.apis.images import Images
from simulator.apis.messages import EventBridge, Sns, make_topics_and_buses
from simulator.apis.public_parameters import PUBLIC, PublicParameters
from simulator.autoscaling.api import AutoScalingApi
from simulator.autoscaling.region import AutoScaling
from simulator.clients import client
from simulator.core.clock import Clock
from simulator.core.draws import Draws
from simulator.core.events import Bus, Trace
from simulator.core.host import Host, InstanceLaunched
from simulator.ec2 import Ec2, Ec2Api
from simulator.ecs.api import install as install_ecs
from simulator.ecs.context import ACCOUNT
from simulator.ecs.ecs import Ecs
from simulator.ecs.state import Cluster
from simulator.engine import Engine, Execution, load
from simulator.engine.events import ExecutionStarted
from simulator.engine.template import STACK, Deployment
from simulator.faults.faults import Faults
from simulator.people import People
from simulator.rules import ParameterChanged, Rules
from simulator.scenario.model import Scenario
from simulator.scenario.seed import INSTANT, seed, slow_down
from simulator.schedules import Schedules
from simulator.wire import ApiError, Wire

STARTS_AT = 3600.0
"""The clock's seconds at the execution's start; the time before is for the cluster to settle in."""

MOTO: DefaultConfig = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_SESSION_TOKEN": "simulated",
    "TZ": "UTC",
}
EXECUTION_NAME = "rehearsal"
AWAITED_SECONDS = 7200.0
NAME_IS_TAKEN, START_AGAIN_SECONDS = "ExecutionAlreadyExists", 60.0


class Region:
    """The region of `scenario`, its chance drawn from `seed`, with what is deployed from `cdk_out`: one stack of it."""

    def __init__(self, scenario: Scenario, seed: int, cdk_out: Path, stack: str = STACK) -> None:
        self.scenario = scenario
        self._stack = stack
        self.seed = seed
        self.started_at = STARTS_AT
        self.followers: list[Execution] = []  # executions that rules, or people after an end, have started
        self._expected = 0
        self._versions: dict[str, int] = {}  # of parameters, as far as anybody was told
        self.main_execution = ""  # the first that is started: the rollout
        self._cdk_out = cdk_out
        self._open = ExitStack()
        self.clock = Clock()
        self.draws = Draws(seed)
        self.bus = Bus(self.clock)

    def __enter__(self) -> Self:
        try:
            self._assemble()
            seed(self)
        except BaseException:
            self._open.close()
            raise
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def cluster(self) -> Cluster:
        """The scenario's cluster."""
        return self.ecs.clusters[self.scenario.cluster]

    def client(self, service: str) -> Any:
        """A client of the region's own, by which it is made what the scenario says."""
        return client(service, self.scenario.region)

    def lock_keys(self) -> list[str]:
        """Keys of the items in the region's tables that are locks."""
        tables = dynamodb_backends[ACCOUNT][self.scenario.region].tables.values()
        keys = (item.attrs["pk"].value for table in tables for item in table.all_items() if "pk" in item.attrs)
        return sorted(key for key in keys if key.startswith("lock#"))

    def hosts(self, group: str) -> list[Host]:
        """The instances of a group that are pending or running; none where the group is gone."""
        found = self.scaling.groups.get(group)
        return [member.host for member in found.members.values() if member.host.alive] if found else []

    def start_execution(self, name: str = EXECUTION_NAME) -> Execution:
        """Start the rollout with the scenario's input; virtual time passes until it ends."""
        return self.engine.start(name, self.scenario.input)

    def awaited(self, name: str) -> Execution:
        """The execution of that name, once a rule or somebody has started it. Raises TimeoutError after two hours."""
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
                with self.wire.lock:
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
        self.tell_of_parameter(name)

    def tell_of_parameter(self, name: str) -> None:
        """Say that it changed, where it has another version than when that was said last."""
        found = ssm_backends[ACCOUNT][self.scenario.region].get_parameter(name)
        before = self._versions.get(name, 0)
        if found is not None and found.version != before:
            self._versions[name] = found.version
            self.bus.emit(ParameterChanged(name, "Update" if found.version > 1 else "Create"))

    def _assemble(self) -> None:
        enter = self._open.enter_context
        region = self.scenario.region
        enter(patch.dict(os.environ))
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]  # a profile or an endpoint of the visitor's
        os.environ.update(ENVIRONMENT | {"AWS_DEFAULT_REGION": region, "AWS_REGION": region})
        enter(mock_aws(config=MOTO))
        random.seed(self.seed)  # botocore's jitter
        self._follow_the_clock()
        self._make_world()
        self._open.callback(install_ecs(self.ecs))
        self.wire.install()
        self._open.callback(self.wire.remove)
        enter(patch("botocore.endpoint.time", SimpleNamespace(sleep=self._sleep)))
        self._deploy()

    def _make_world(self) -> None:
        """EC2, Auto Scaling, ECS and what belongs to them, at the scenario's beginning."""
        region = self.scenario.region
        self.wire = Wire(self.clock, self.draws, self.bus, INSTANT.api_seconds)
        self.public_parameters = PublicParameters(region)
        self.ec2 = Ec2(self.clock, self.draws, self.bus, INSTANT, region)
        self.scaling = AutoScaling(self.clock, self.draws, self.bus, INSTANT, self.ec2)
        self.ecs = Ecs(self.clock, self.draws, self.bus, INSTANT, self.ec2.images.get, self.scaling, region)
        self.ecs.context.images = Images(self.scenario.images)
        self.wire.serve("ec2", Ec2Api(self.ec2))
        self.wire.serve("autoscaling", AutoScalingApi(self.scaling))
        self.wire.serve("elbv2", ElbApi(self.ecs))
        self.wire.serve("ecr", EcrApi(self.ecs.context.images, ACCOUNT, region))
        self.wire.serve("cloudwatch", CloudWatch(region))
        self.wire.serve("sns", Sns(self.bus, region))
        self.wire.serve("events", EventBridge(self.bus, self.draws, region))
        self.bus.subscribe(InstanceLaunched, self._attributes)

    def _deploy(self) -> None:
        """The synthesized stack: tables, topics, event buses, and the state machine with its functions."""
        region = self.scenario.region
        deployment = load(self._cdk_out, self._stack, region)
        for table in deployment.tables:
            client("dynamodb", region).create_table(
                TableName=table.name,
                KeySchema=table.key_schema,
                AttributeDefinitions=table.attributes,
                BillingMode="PAY_PER_REQUEST",
            )
        make_topics_and_buses(deployment.topics, deployment.event_buses, region)
        self._run_machine(deployment)
        self._write_parameters(deployment)
        self.deployment = deployment

    def _write_parameters(self, deployment: Deployment) -> None:
        for name, value in deployment.parameters.items():
            self.set_parameter(name, value)

    def _run_machine(self, deployment: Deployment) -> None:
        """The engine, and the deployment's state machine in it."""
        self._make_engine()
        self.engine.deploy(deployment)

    def _make_engine(self) -> None:
        steps = client("stepfunctions", self.scenario.region)
        self.engine = Engine(self.clock, self.bus, self.wire.lock, self.draws, steps)
        self._open.callback(self.engine.close)

    def _sleep(self, seconds: float) -> None:
        """How botocore waits before it tries again."""
        with self.wire.lock:
            self.clock.advance(seconds)

    def _follow_the_clock(self) -> None:
        traveller = time_machine.travel(self.clock.today(), tick=False)
        coordinates = traveller.start()
        self._open.callback(traveller.stop)
        self.clock.follow(coordinates.move_to)

    def _attributes(self, event: InstanceLaunched) -> None:
        for group in self.scenario.node_groups:
            if group.name == event.group:
                event.host.attributes.update(group.attributes)

    def _begin(self) -> None:
        """The scenario's own time begins: its timings, an empty trace, no calls counted."""
        slow_down(self, self.scenario.timings)
        self.bus.trace = TraceSince(self.started_at)
        self.wire.calls.clear()
        self.bus.subscribe(ExecutionStarted, self._first)
        Faults(self)
        self.people = People(self)
        self.rules = Rules(self, self.deployment.rules)
        self.schedules = Schedules(self, self.deployment.schedules)

    def _follow(self, start: Callable[[], Execution]) -> None:
        self._expected -= 1
        try:
            self.followers.append(start())
        except (ApiError, ClientError) as error:
            if NAME_IS_TAKEN in str(error):
                raise
            self.expect(START_AGAIN_SECONDS, start)  # a rule retries, and so does a person

    def _first(self, event: ExecutionStarted) -> None:
        self.main_execution = self.main_execution or event.execution


class TraceSince(Trace):
    """A trace whose times count from the execution's start."""

    def __init__(self, started_at: float) -> None:
        super().__init__()
        self._started_at = started_at

    def write(self, now: float, event: object) -> None:
        """Append one event."""
        super().write(now - self._started_at, event)
