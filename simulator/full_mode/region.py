"""A region in the full mode: whatever uses boto3 in this process talks to it.

Inside, the process's own clock, its AWS credentials and its random numbers are the region's. Only one region can be
open.
"""

import os
import random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import time_machine
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from simulator.api.clients import client
from simulator.api.dispatch import FUNCTIONS_KEY
from simulator.aws.autoscaling.api import AutoScalingApi
from simulator.aws.cloudwatch import CloudWatch
from simulator.aws.ec2.api import Ec2Api
from simulator.aws.ecr import EcrApi
from simulator.aws.ecs.api import install as install_ecs
from simulator.aws.ecs.context import ACCOUNT
from simulator.aws.elb import ElbApi
from simulator.aws.messages import EventBridge, Sns, make_topics_and_buses
from simulator.region import Region
from simulator.stepfunctions.deployed_stack import DeployedStack, load
from simulator.stepfunctions.moto_interpreter.engine import MOTO, MotoEngine

OF_OUR_EC2 = r"Instance(s|Attribute|Status)?$|Image(s|Attribute)?$|LaunchTemplate|^DescribeTags$|Fleet"
"""Operations of EC2 about what is ours and not moto's: instances, images, launch templates, and the tags of those."""

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": FUNCTIONS_KEY,
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_SESSION_TOKEN": "simulated",
    "TZ": "UTC",
}


class FullRegion(Region):
    """The region of `scenario` behind moto's front."""

    engine: MotoEngine

    def client(self, service: str) -> Any:
        """A client of the region's own, by which it is made what the scenario says."""
        return client(service, self.scenario.region)

    def lock_keys(self) -> list[str]:
        """Keys of the items in the region's tables that are locks."""
        tables = dynamodb_backends[ACCOUNT][self.scenario.region].tables.values()
        keys = (item.attrs["pk"].value for table in tables for item in table.all_items() if "pk" in item.attrs)
        return sorted(key for key in keys if key.startswith("lock#"))

    def _assemble(self) -> None:
        enter = self._open.enter_context
        region = self.scenario.region
        enter(patch.dict(os.environ))
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]  # a profile or an endpoint of the user's
        enter(mock_aws(config=MOTO))  # with credentials of its own
        os.environ.update(ENVIRONMENT | {"AWS_DEFAULT_REGION": region, "AWS_REGION": region})
        random.seed(self.seed)  # botocore's jitter
        self._follow_the_clock()
        self._make_services()
        self._serve()
        self._open.callback(install_ecs(self.ecs))
        self.dispatch.install()
        self._open.callback(self.dispatch.remove)
        enter(patch("botocore.endpoint.time", SimpleNamespace(sleep=self._sleep)))
        self._deploy()

    def _serve(self) -> None:
        """What of moto's front is answered by our own services."""
        region = self.scenario.region
        self.dispatch.serve("ec2", Ec2Api(self.ec2), refuses=OF_OUR_EC2)
        self.dispatch.serve("autoscaling", AutoScalingApi(self.scaling), refuses="")
        self.dispatch.serve("elbv2", ElbApi(self.ecs))
        self.dispatch.serve("ecr", EcrApi(self.ecs.context.images, ACCOUNT, region))
        self.dispatch.serve("cloudwatch", CloudWatch(region))
        self.dispatch.serve("sns", Sns(self.bus, region))
        self.dispatch.serve("events", EventBridge(self.bus, self.random_streams, region))

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
        self._enforce(deployment)

    def _run_machine(self, deployment: DeployedStack) -> None:
        """The engine, and the deployment's state machine in it."""
        self._make_engine()
        self.engine.deploy(deployment)

    def _make_engine(self) -> None:
        steps = client("stepfunctions", self.scenario.region)
        self.engine = MotoEngine(self.clock, self.bus, self.dispatch.lock, self.random_streams, steps)
        self._open.callback(self.engine.close)

    def _sleep(self, seconds: float) -> None:
        """How botocore waits before it tries again."""
        with self.dispatch.lock:
            self.clock.advance(seconds)

    def _follow_the_clock(self) -> None:
        traveller = time_machine.travel(self.clock.today(), tick=False)
        coordinates = traveller.start()
        self._open.callback(traveller.stop)
        self.clock.follow(coordinates.move_to)
