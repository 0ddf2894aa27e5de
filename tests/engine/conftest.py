"""Small machines with handlers written in the test, on virtual time."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import time_machine
from moto import mock_aws

from simulator.clients import client
from simulator.core.clock import Clock
from simulator.core.draws import Draws
from simulator.core.events import Bus
from simulator.engine import Deployment, Engine, Execution
from simulator.engine.template import Function, Machine
from simulator.region import MOTO
from simulator.wire import Wire

REGION = "eu-west-1"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:{}"
States = dict[str, dict[str, Any]]


def invoke(function: str, **more: Any) -> dict[str, Any]:
    """A Task state that invokes a function with the whole state."""
    parameters = {"FunctionName": ARN.format(function), "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, **more}


@dataclass
class Bench:
    """An engine on a clock of its own."""

    clock: Clock
    bus: Bus
    engine: Engine
    moments: dict[str, list[float]] = field(default_factory=dict)

    def run(self, states: States, data: dict[str, Any] | None = None, **handlers: Callable[[Any], Any]) -> Execution:
        """Start a machine whose first state is the first one named."""
        definition = {"StartAt": next(iter(states)), "States": states}
        functions = tuple(Function(name, ARN.format(name), Path(), "none", {}, 128) for name in handlers)
        self.engine.deploy(Deployment(Machine("machine", json.dumps(definition)), (), ()))
        self.engine.functions._by_arn = {one.arn: one for one in functions}
        self.engine.functions.handlers = {name: self._noting(name, call) for name, call in handlers.items()}
        return self.engine.start("run", data or {})

    def _noting(self, name: str, call: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
        def handler(event: Any, _context: object) -> Any:
            self.moments.setdefault(name, []).append(round(self.clock.now))
            return call(event)

        return handler


def open_bench(opened: ExitStack, seed: int = 1) -> Bench:
    clock, draws = Clock(), Draws(seed)
    bus = Bus(clock)
    opened.enter_context(mock_aws(config=MOTO))
    traveller = time_machine.travel(clock.today(), tick=False)
    clock.follow(traveller.start().move_to)
    opened.callback(traveller.stop)
    wire = Wire(clock, draws, bus, (0.0, 0.0))
    wire.install()
    opened.callback(wire.remove)
    engine = Engine(clock, bus, wire.lock, draws, client("stepfunctions", REGION))
    opened.callback(engine.close)
    return Bench(clock, bus, engine)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as opened:
        yield open_bench(opened)
