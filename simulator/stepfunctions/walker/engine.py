"""Runs executions of the deployed state machine by walks on the region's clock, behind the engine's interface.

One walk moves at a time, in the order in which what they wait for came. Whatever becomes due while a handler runs has
to wait for its end, as in the full mode.
"""

import base64
import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from simulator.api.dispatch import ApiDispatch, ApiError
from simulator.kernel.clock import Clock, Due
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.stepfunctions.deployed_stack import DeployedStack
from simulator.stepfunctions.engine import MOST_EVENTS, STUCK, WEEK, Result
from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted, LambdaInvoked, arrival
from simulator.stepfunctions.lambda_functions import Functions
from simulator.stepfunctions.template_resolver import ACCOUNT
from simulator.stepfunctions.tokens import INVALID, LATE, TOKEN_BYTES
from simulator.stepfunctions.walker.walk import (
    ExecutionEnd,
    Failed,
    Sleep,
    StateOutcome,
    Suspension,
    Walk,
    Walking,
    YieldTurn,
    check,
)


@dataclass
class WalkedRun:
    """An execution that runs: its walk, and what it waits for."""

    name: str
    walk: Walk
    walking: Walking
    moving: bool = False
    due: Due | None = None
    token: str = ""


@dataclass
class IssuedToken:
    """A token that was handed out, and when: who waits for it, what came before anybody did, and whether it is over."""

    at: float
    run: WalkedRun | None = None
    outcome: StateOutcome | None = None
    over: bool = False


class WalkedExecution:
    """One execution that this process started."""

    def __init__(self, engine: "WalkingEngine", name: str) -> None:
        self._engine, self.name = engine, name
        self.arn = engine.arn(name)

    def wait(self) -> Result:
        """How it ended, once it has. Its virtual time passes meanwhile."""
        return self._engine.result_of(self.name)


class WalkingEngine:
    """The engine of one region in the in-process mode."""

    def __init__(
        self, clock: Clock, bus: Bus, random_streams: RandomStreams, dispatch: ApiDispatch, walk: type[Walk] = Walk
    ) -> None:
        self.functions = Functions(())
        self._walk = walk
        self.machine_arn = ""
        self.own_calls: Counter[str] = Counter()
        self._clock, self._bus, self._random_streams, self._dispatch = clock, bus, random_streams, dispatch
        self._definition: dict[str, Any] = {}
        self._runs: dict[str, WalkedRun] = {}
        self._redrivable: dict[str, WalkedRun] = {}  # stopped or failed ones, for a redrive
        self._results: dict[str, Result] = {}
        self._inputs: dict[str, Any] = {}
        self._history: Counter[str] = Counter()
        self._tokens: dict[str, IssuedToken] = {}
        self._ready: deque[Callable[[], None]] = deque()
        self._until = 0.0

    def deploy(self, deployment: DeployedStack, region: str) -> None:
        """The definition and its functions. Raises UnknownToTheFastLane."""
        self.functions = Functions(deployment.functions)
        self._definition = _definition(deployment.machine.definition)
        self.machine_arn = f"arn:aws:states:{region}:{ACCOUNT}:stateMachine:{deployment.machine.name}"

    def arn(self, name: str) -> str:
        """The ARN of an execution."""
        return f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}"

    def start(self, name: str, data: dict[str, Any]) -> WalkedExecution:
        """Start an execution. Raises ApiError, ExecutionAlreadyExists, for a name that was used for another input."""
        self.own_calls["StartExecution"] += 1
        request = {"input": json.dumps(data), "name": name, "stateMachineArn": self.machine_arn}
        self._dispatch.call_in_process("stepfunctions", "StartExecution", request, self.begin)
        return WalkedExecution(self, name)

    def execution(self, name: str) -> WalkedExecution:
        """One that was started, by whomever."""
        return WalkedExecution(self, name)

    def begin(self, **request: Any) -> None:
        """The effect of StartExecution. Raises ApiError, ExecutionAlreadyExists."""
        name, data = request["name"], json.loads(request["input"])
        if name in self._inputs:
            if self._inputs[name] == data and name in self._runs:
                return
            raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{self.arn(name)}'")
        self._inputs[name] = data
        context = {"Execution": {"Id": self.arn(name), "Name": name, "Input": data}}
        walk = self._walk(
            self._definition,
            context,
            partial(self._invoke, name),
            self._random_streams.stream("retry-jitter"),
            self._new_token,
            partial(self._entered, name),
            partial(self._wrote, name),
        )
        self._launch(name, walk)
        self._bus.emit(ExecutionStarted(name, data))

    def stop(self, name: str) -> None:
        """Stop an execution: no Catch runs. A handler that runs goes on to its end, as Lambda's would."""
        self.own_calls["StopExecution"] += 1
        request = {"cause": "Stopped by the scenario", "error": "Stopped", "executionArn": self.arn(name)}
        self._dispatch.call_in_process("stepfunctions", "StopExecution", request, self._stop)

    def _stop(self, **request: Any) -> None:
        run = self._runs.get(request["executionArn"].rsplit(":", 1)[-1])
        if run is not None:
            self._end(run, ExecutionEnd("ABORTED", error=request["error"], cause=request["cause"]))

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something that invokes functions, in its turn, so many seconds from now."""
        self._clock.after(seconds, lambda: self._ready.append(action))

    def redrive(self, name: str) -> WalkedExecution:
        """Go on where a stopped or failed execution was: its last state is entered again, with the same data."""
        before = self._redrivable.pop(name)
        self._results.pop(name, None)
        self._launch(name, before.walk)
        self._bus.emit(ExecutionStarted(name, self._inputs[name]))
        return WalkedExecution(self, name)

    def result_of(self, name: str) -> Result:
        """Let time pass until the execution has ended."""
        while name not in self._results:
            self._advance()
        return self._results[name]

    def pass_time(self, seconds: float) -> None:
        """Let so much of it pass, whatever happens meanwhile."""
        until = self._clock.now + seconds
        while self._ready or (self._clock.next_due() or inf) <= until:
            if self._ready:
                self._ready.popleft()()
            else:
                self._clock.step()
        self._clock.advance(max(0.0, until - self._clock.now))

    def status_of(self, arn: str) -> str:
        """As DescribeExecution says it. Raises ApiError, ExecutionDoesNotExist."""
        name = arn.rsplit(":", 1)[-1]
        if name in self._runs:
            return "RUNNING"
        if name not in self._results:
            raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return self._results[name].status

    def error_of(self, arn: str) -> str | None:
        """The error that an execution ended with, as DescribeExecution says it; None while it runs."""
        result = self._results.get(arn.rsplit(":", 1)[-1])
        return result.error if result is not None else None

    def history_events(self, name: str) -> int:
        """How many events the history of the execution of that name has."""
        return self._history[name]

    def complete_token(self, token: str, outcome: StateOutcome) -> None:
        """A task token comes back. Raises ApiError, InvalidToken or TaskTimedOut."""
        if token not in self._tokens:
            raise ApiError(*INVALID)
        issued = self._tokens[token]
        if issued.over or (issued.run is not None and issued.run.token != token):
            raise ApiError(*LATE)
        issued.over = True
        if issued.run is None:
            issued.outcome = outcome  # its Task does not wait yet
        else:
            self._wake(issued.run, outcome)

    def _launch(self, name: str, walk: Walk) -> None:
        run = WalkedRun(name, walk, walk.walk())
        self._runs[name] = run
        self._until = self._clock.now + WEEK
        self._ready.append(partial(self._resume, run, None))

    def _advance(self) -> None:
        if self._ready:
            self._ready.popleft()()
            return
        due = self._clock.next_due()
        if due is None or due > self._until:
            for run in list(self._runs.values()):
                self._end(
                    run,
                    ExecutionEnd("FAILED", error=STUCK, cause=f"In state {run.walk.state!r}: nothing more happens."),
                )
            return
        self._clock.step()

    def _resume(self, run: WalkedRun, brought: Any) -> None:
        if self._runs.get(run.name) is not run:
            return
        run.moving = True
        try:
            suspension = run.walking.send(brought)
        except StopIteration as stop:  # whoever was woken meanwhile has its turn first
            self._ready.append(partial(self._end, run, stop.value))
            return
        except Failed as failed:
            ended = ExecutionEnd("FAILED", error=failed.error, cause=failed.cause)
            self._ready.append(partial(self._end, run, ended))
            return
        finally:
            run.moving = False
        if self._runs.get(run.name) is run:
            self._wait(run, suspension)

    def _wait(self, run: WalkedRun, suspension: Suspension) -> None:
        if isinstance(suspension, YieldTurn):
            self._ready.append(partial(self._resume, run, None))
            return
        if isinstance(suspension, Sleep):
            run.due = self._clock.after(suspension.seconds, lambda: self._wake(run, None))
            return
        issued = self._tokens[suspension.token]
        if issued.outcome is not None:
            self._wake(run, issued.outcome)
            return
        issued.run, run.token = run, suspension.token
        run.due = self._clock.at(issued.at + suspension.seconds, lambda: self._wake(run, None))

    def _wake(self, run: WalkedRun, brought: Any) -> None:
        if run.due is not None:
            run.due.cancel()
        run.due, run.token = None, ""
        self._ready.append(partial(self._resume, run, brought))

    def _end(self, run: WalkedRun, ended: ExecutionEnd) -> None:
        if self._runs.pop(run.name, None) is not run:
            return
        if run.due is not None:
            run.due.cancel()
        run.token = ""
        if ended.status != "SUCCEEDED":
            self._redrivable[run.name] = run
        self._results[run.name] = Result(ended.status, ended.output, ended.error, ended.cause)
        self._bus.emit(ExecutionEnded(run.name, ended.status, ended.error, ended.cause))

    def _invoke(self, name: str, arn: str, body: bytes) -> tuple[Any, str | None]:
        answer, error = self.functions.invoke(arn, body)
        self._bus.emit(LambdaInvoked(arn.rsplit(":", 1)[-1], error, name))
        return answer, error

    def _entered(self, name: str, state: str, data: Any) -> None:
        self._bus.emit(arrival(state, data, name))

    def _wrote(self, name: str, events: int) -> None:
        self._history[name] += events
        if self._history[name] >= MOST_EVENTS:
            raise Failed(STUCK, f"its history has {MOST_EVENTS} events, and AWS keeps no more")

    def _new_token(self) -> str:
        token = base64.b64encode(self._random_streams.stream("task-token").randbytes(TOKEN_BYTES)).decode()
        self._tokens[token] = IssuedToken(self._clock.now)
        return token


_DEFINITIONS: dict[str, dict[str, Any]] = {}


def _definition(text: str) -> dict[str, Any]:
    if text not in _DEFINITIONS:
        parsed = json.loads(text)
        check(parsed)
        _DEFINITIONS[text] = parsed
    return _DEFINITIONS[text]
