"""Runs executions of the deployed state machine in moto's interpreter, on the region's clock."""

import json
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from simulator.core.clock import Clock
from simulator.core.draws import Draws
from simulator.core.events import Bus
from simulator.engine import virtual_threads
from simulator.engine.events import ExecutionEnded, ExecutionStarted, LambdaInvoked, StateEntered
from simulator.engine.handlers import Functions
from simulator.engine.mends import mend
from simulator.engine.template import ACCOUNT, Deployment

WEEK = 7 * 86_400.0
STUCK = "SimulationStuck"


@dataclass(frozen=True)
class Result:
    """How an execution ended."""

    status: str
    output: dict[str, Any] | None
    error: str | None
    cause: str | None


class Execution:
    """One execution that this process started."""

    def __init__(self, engine: "Engine", arn: str) -> None:
        self._engine = engine
        self.arn = arn

    def wait(self) -> Result:
        """How it ended, once it has. Its virtual time passes meanwhile."""
        return self._engine.result_of(self.arn)

    def history(self) -> list[dict[str, Any]]:
        """Its history events."""
        pages = self._engine.client.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [event for page in pages for event in page["events"]]


class Engine:
    """The engine of one region. `client` is a boto3 Step Functions client of it, inside an active mock_aws."""

    def __init__(self, clock: Clock, bus: Bus, lock: Any, draws: Draws, client: Any) -> None:
        self.client = client
        self.functions = Functions(())
        self.machine_arn = ""
        self.history_events = 0
        self._bus = bus
        self._ended: dict[str, threading.Event] = {}
        self._results: dict[str, Result] = {}
        self._stuck: str | None = None
        self._last_state = ""
        self._open = ExitStack()
        self._scheduler = virtual_threads.Scheduler(clock, lock, self._on_stuck, clock.now + WEEK)
        mend(self._open.enter_context, self._invoke, self._on_event, self._on_end, draws.stream("retry-jitter"))
        self._open.callback(virtual_threads.install(self._scheduler))

    def deploy(self, deployment: Deployment) -> str:
        """Create the state machine and bind its functions; returns its ARN."""
        self.functions = Functions(deployment.functions)
        self._open.enter_context(self.functions.environment())
        created = self.client.create_state_machine(
            name=deployment.machine.name,
            definition=deployment.machine.definition,
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/simulated",
        )
        self.machine_arn = created["stateMachineArn"]
        return self.machine_arn

    def start(self, name: str, data: dict[str, Any]) -> Execution:
        """Start an execution; time passes from here on until it ends."""
        self._bus.emit(ExecutionStarted(name, data))
        answer = self.client.start_execution(stateMachineArn=self.machine_arn, name=name, input=json.dumps(data))
        return Execution(self, answer["executionArn"])

    def result_of(self, arn: str) -> Result:
        """Wait for an execution's end. One that can never end is FAILED with `SimulationStuck`."""
        self._end_of(arn).wait()
        if self._stuck is not None:
            return Result("FAILED", None, STUCK, f"In state {self._last_state!r}: {self._stuck}.")
        return self._results[arn]

    def close(self) -> None:
        """End all of the interpreter's threads and take the mends away."""
        try:
            self._scheduler.close()
        finally:
            self._open.close()

    def _end_of(self, arn: str) -> threading.Event:
        return self._ended.setdefault(arn, threading.Event())

    def _invoke(self, arn: str, body: bytes) -> tuple[Any, bool]:
        answer, error = self.functions.invoke(arn, body)
        self._bus.emit(LambdaInvoked(arn.rsplit(":", 1)[-1], error))
        return answer, error is not None

    def _on_event(self, _kind: str, details: dict[str, Any]) -> None:
        self.history_events += 1
        entered = details.get("stateEnteredEventDetails")
        if entered:
            text = entered.get("input", "{}")
            state = json.loads(text)
            assessment = state.get("assessment") if isinstance(state, dict) else None
            self._last_state = entered["name"]
            self._bus.emit(StateEntered(entered["name"], len(text.encode()), assessment))

    def _on_end(self, execution: Any) -> None:
        result = Result(execution.status, execution.output, execution.error, execution.cause)
        self._results[execution.exec_arn] = result
        self._bus.emit(ExecutionEnded(execution.name, result.status, result.error, result.cause))
        self._end_of(execution.exec_arn).set()

    def _on_stuck(self, why: str) -> None:
        self._stuck = why
        for ended in self._ended.values():
            ended.set()
