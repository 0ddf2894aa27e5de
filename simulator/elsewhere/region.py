"""A region whose state machine another engine runs.

with ministack.running() as elsewhere, DistantRegion(scenario, 1, ensure_synthesized(), elsewhere) as region:
    region.start_execution().wait()
"""

from pathlib import Path
from typing import Protocol

import boto3

from simulator.clients import client
from simulator.elsewhere.door import Door
from simulator.elsewhere.engine import DistantEngine
from simulator.engine.template import Deployment
from simulator.region import Region
from simulator.scenario.model import Scenario


class Elsewhere(Protocol):
    """Another engine: where its Step Functions API is, and the door at which it invokes functions."""

    endpoint: str
    door: Door

    def bind(self, deployment: Deployment, region: str) -> None:
        """See to it that the functions of the deployment are invoked at the door."""


class DistantRegion(Region):
    """The region of `scenario`, its executions run by the engine `elsewhere`."""

    engine: DistantEngine  # type: ignore[assignment]

    def __init__(self, scenario: Scenario, seed: int, cdk_out: Path, elsewhere: Elsewhere) -> None:
        super().__init__(scenario, seed, cdk_out)
        self._elsewhere = elsewhere

    def _run_machine(self, deployment: Deployment) -> None:
        region, elsewhere = self.scenario.region, self._elsewhere
        elsewhere.bind(deployment, region)
        there = boto3.client("stepfunctions", region_name=region, endpoint_url=elsewhere.endpoint)
        here = client("stepfunctions", region)
        self.engine = DistantEngine(self.clock, self.bus, self.wire, elsewhere.door, there, here)
        self._open.callback(self.engine.close)
        self.engine.deploy(deployment)
        self._open.enter_context(self.engine.functions.environment())
