"""Small machines with handlers written in the test, on virtual time."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulator.api.dispatch import ApiDispatch
from simulator.aws.messages import EventBridge, Sns
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.stepfunctions.deployed_stack import DeployedStack, Function, StateMachine
from simulator.stepfunctions.engine import Result
from simulator.stepfunctions.moto_interpreter.engine import MotoEngine, MotoExecution
from simulator.stepfunctions.moto_interpreter.standalone import open_standalone
from tests.engine.machines import ARN

REGION = "eu-west-1"
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
    engine: MotoEngine
    lock: Any
    dispatch: ApiDispatch
    moments: dict[str, list[float]] = field(default_factory=dict)
    steps: list[tuple[float, str]] = field(default_factory=list)

    def run(
        self, states: States, data: dict[str, Any] | None = None, **handlers: Callable[[Any], Any]
    ) -> MotoExecution:
        """Start a machine whose first state is the first one named."""
        return self.start({"StartAt": next(iter(states)), "States": states}, data, **handlers)

    def start(self, definition: dict[str, Any], data: Any = None, **handlers: Callable[[Any], Any]) -> MotoExecution:
        """Start a machine of this definition."""
        self.engine.deploy(DeployedStack(StateMachine("machine", json.dumps(definition)), (), ()))
        for name, call in handlers.items():
            function = Function(name, ARN.format(name), Path("asset"), "none", {}, 128)
            self.engine.functions.bind(function, self._noting(name, call))
        return self.engine.start("run", data or {})

    def result(self, definition: dict[str, Any], data: Any = None, **handlers: Callable[[Any], Any]) -> Result:
        """The same, to its end."""
        return self.start(definition, data, **handlers).wait()

    def note(self, what: str) -> Callable[[Any], dict[str, Any]]:
        """A handler that notes in `steps` when it was called, and answers nothing."""

        def noted(_event: Any) -> dict[str, Any]:
            self.steps.append((self.clock.now, what))
            return {}

        return noted

    def _noting(self, name: str, call: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
        def handler(event: Any, _context: object) -> Any:
            self.moments.setdefault(name, []).append(round(self.clock.now))
            return call(event)

        return handler


def open_bench(opened: ExitStack, seed: int = 1) -> Bench:
    alone = open_standalone(opened, seed, REGION)
    alone.dispatch.serve("sns", Sns(alone.bus, REGION))
    alone.dispatch.serve("events", EventBridge(alone.bus, alone.random_streams, REGION))
    return Bench(alone.clock, alone.bus, alone.engine, alone.dispatch.lock, alone.dispatch)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as opened:
        yield open_bench(opened)
