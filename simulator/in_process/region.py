"""A region in the in-process mode: the same services, dispatch, faults and invariants; other clients, another engine.

The handlers come from the same packaged asset. Their `boto3`, their clock and their log are the region's while it is
open. The process's own clock and moto's front stay out of it.
"""

import logging
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from moto.cloudwatch.models import cloudwatch_backends
from moto.elbv2.models import elbv2_backends
from moto.events.models import events_backends
from moto.sns.models import sns_backends
from moto.ssm.models import ssm_backends

from simulator.aws.autoscaling.api import AutoScalingApi
from simulator.aws.ecr import EcrApi
from simulator.aws.ecs.api import EcsApi
from simulator.aws.ecs.context import ACCOUNT
from simulator.aws.elb import ElbApi
from simulator.aws.messages import EventBridge, Sns
from simulator.in_process.clients import InProcessClient
from simulator.in_process.dynamodb import DynamoDb
from simulator.in_process.fakes import Alarms, Ec2WithTypes, Ssm, States
from simulator.kernel.clock import Clock
from simulator.region import Region
from simulator.stepfunctions.deployed_stack import load
from simulator.stepfunctions.lambda_functions import LOGS, loaded_clients
from simulator.stepfunctions.walker.engine import WalkingEngine
from simulator.stepfunctions.walker.walk import Walk

LOGGER = "ecs-ami-rollout"


class InProcessRegion(Region):
    """The region of `scenario` in the in-process mode."""

    engine: WalkingEngine
    walk: type[Walk] = Walk
    """How its executions go through the graph; another class may listen."""

    def client(self, service: str) -> Any:
        """A client of the region's own."""
        return self._clients[service]

    def lock_keys(self) -> list[str]:
        """Keys of the items in the region's tables that are locks."""
        return sorted(key for table in self._dynamodb.tables.values() for key in table if key.startswith("lock#"))

    def set_alarm(self, name: str, state: str) -> None:
        """Put an alarm into a state."""
        super().set_alarm(name, state)
        alarm = cloudwatch_backends[ACCOUNT][self.scenario.region].alarms[name]
        alarm.state_updated_timestamp = self.clock.today().replace(tzinfo=None)

    def _assemble(self) -> None:
        region = self.scenario.region
        random.seed(self.seed)  # the in-process clients' jitter
        for backends in (ssm_backends, cloudwatch_backends, sns_backends, events_backends, elbv2_backends):
            backends[ACCOUNT][region].reset()
        self._make_services()
        self.engine = WalkingEngine(self.clock, self.bus, self.random_streams, self.dispatch, self.walk)
        self._dynamodb = DynamoDb()
        apis = {
            "ec2": Ec2WithTypes(self.ec2),
            "autoscaling": AutoScalingApi(self.scaling),
            "ecs": EcsApi(self.ecs),
            "elbv2": ElbApi(self.ecs),
            "ecr": EcrApi(self.ecs.context.images, ACCOUNT, region),
            "cloudwatch": Alarms(region),
            "sns": Sns(self.bus, region),
            "events": EventBridge(self.bus, self.random_streams, region),
            "ssm": Ssm(region),
            "dynamodb": self._dynamodb,
            "stepfunctions": States(self.engine),
        }
        self._clients = {
            name: InProcessClient(name, api, self.dispatch, self.clock, region) for name, api in apis.items()
        }
        self._deploy()

    def _deploy(self) -> None:
        region = self.scenario.region
        deployment = load(self._cdk_out, self._stack, region)
        self._dynamodb.tables = {table.name: {} for table in deployment.tables}
        for topic in deployment.topics:
            sns_backends[ACCOUNT][region].create_topic(topic)
        for bus in deployment.event_buses:
            events_backends[ACCOUNT][region].create_event_bus(bus)
        self.engine.deploy(deployment, region)
        self._write_parameters(deployment)
        self.deployment = deployment
        self._enforce(deployment)
        asset = deployment.functions[0].asset
        environment = {key: value for function in deployment.functions for key, value in function.environment.items()}
        self._open.enter_context(_serving(loaded_clients(asset), self._clients, self.clock, environment))


@contextmanager
def _serving(
    clients_module: ModuleType, clients: dict[str, InProcessClient], clock: Clock, environment: dict[str, str]
) -> Iterator[None]:
    """The handlers talk to this region: its clients, its clock, and nothing on the log."""

    class Now(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.today().astimezone(tz)

    def client(name: str, **_settings: object) -> InProcessClient:
        return clients[name]

    events = SimpleNamespace(register=lambda *_: None)  # who listens to attempts: an in-process client makes no others
    boto3 = SimpleNamespace(session=SimpleNamespace(Session=lambda: SimpleNamespace(client=client, events=events)))
    logger = logging.getLogger(LOGGER)
    level = logger.level
    with (
        patch.object(clients_module, "boto3", boto3),
        patch.object(clients_module, "datetime", Now),
        patch.dict(os.environ, environment),
    ):
        logger.setLevel(logging.CRITICAL + 1)
        clients_module.build_clients.cache_clear()
        LOGS.lines.clear()
        try:
            yield
        finally:
            clients_module.build_clients.cache_clear()
            logger.setLevel(level)
