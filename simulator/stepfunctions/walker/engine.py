"""Runs executions of the deployed state machine by walks on the region's clock, behind the engine's interface.

One walk moves at a time, in the order in which what they wait for came. Whatever becomes due while a handler runs has
to wait for its end, as in the full mode.
"""

import base64
import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from math import inf
from typing import Any

from simulator.api.dispatch import ApiDispatch, ApiError
from simulator.kernel.clock import Clock, Due
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.stepfunctions.deployed_stack import DeployedStack
from simulator.stepfunctions.engine import MOST_EVENTS, ROLE, STUCK, WEEK, Result
from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted, LambdaInvoked, LambdaRefused, arrival
from simulator.stepfunctions.lambda_functions import Functions, InvocationRefused
from simulator.stepfunctions.template_resolver import ACCOUNT
from simulator.stepfunctions.tokens import INVALID, LATE, TOKEN_BYTES
from simulator.stepfunctions.walker.host import (
    ExecutionEnd,
    Host,
    Integration,
    Sleep,
    StateOutcome,
    Suspension,
    Token,
    TooLong,
    Walking,
    YieldTurn,
)
from simulator.stepfunctions.walker.supported import check
from simulator.stepfunctions.walker.walk import Walk


@dataclass
class WalkedRun:
    """An execution that runs: its walk, and what it waits for."""

    name: str
    walk: Walk
    walking: Walking
    moving: bool = False
    due: Due | None = None
    token: Token | None = None


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

    def event_types(self) -> list[str]:
        """The types of its history events."""
        return self._engine.event_types(self.name)


class WalkingEngine:
    """The engine of one region in the in-process mode."""

    def __init__(
        self, clock: Clock, bus: Bus, random_streams: RandomStreams, dispatch: ApiDispatch, walk: type[Walk] = Walk
    ) -> None:
        self.functions = Functions(())
        self.integrations: dict[str, Integration] = {}
        self._walk = walk
        self.machine_arn = ""
        self.own_calls: Counter[str] = Counter()
        self._clock, self._bus, self._random_streams, self._dispatch = clock, bus, random_streams, dispatch
        self._definition: dict[str, Any] = {}
        self._runs: dict[str, WalkedRun] = {}
        self._walks: dict[str, Walk] = {}
        self._redrivable: dict[str, WalkedRun] = {}  # stopped or failed ones, for a redrive
        self._results: dict[str, Result] = {}
        self._inputs: dict[str, Any] = {}
        self._tokens: dict[str, IssuedToken] = {}
        self._ready: deque[Callable[[], None]] = deque()
        self._until = 0.0

    def deploy(self, deployment: DeployedStack, region: str) -> None:
        """The definition and its functions. Raises NotSupportedInProcess."""
        self.functions = Functions(deployment.functions)
        self._definition = _definition(deployment.machine.definition, tuple(self.integrations))
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
        self._launch(name, self._walk(self._definition, self._context(name, data), self._host(name)))
        self._bus.emit(ExecutionStarted(name, data))

    def stop(self, name: str) -> None:
        """Stop an execution: no Catch runs. A handler that runs goes on to its end, as Lambda's would."""
        self.own_calls["StopExecution"] += 1
        request = {"cause": "Stopped by the scenario", "error": "Stopped", "executionArn": self.arn(name)}
        self._dispatch.call_in_process("stepfunctions", "StopExecution", request, self._stop)

    def abort(self, arn: str, error: str | None, cause: str | None) -> None:
        """The effect of StopExecution. One that has ended stays as it is."""
        run = self._runs.get(arn.rsplit(":", 1)[-1])
        if run is not None:
            self._end(run, ExecutionEnd("ABORTED", error=error, cause=cause))

    def _stop(self, **request: Any) -> None:
        self.abort(request["executionArn"], request["error"], request["cause"])

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something that invokes functions, in its turn, so many seconds from now."""
        self._clock.after(seconds, lambda: self._ready.append(action))

    def redrive(self, name: str) -> WalkedExecution:
        """Go on where a stopped or failed execution was: its last state is entered again, with the same data."""
        before = self._redrivable.pop(name)
        before.walk.context["Execution"]["RedriveCount"] += 1
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

    def began_at(self, arn: str) -> datetime:
        """When it was started, as DescribeExecution says it."""
        return datetime.fromisoformat(self._walks[arn.rsplit(":", 1)[-1]].context["Execution"]["StartTime"])

    def history_events(self, name: str) -> int:
        """How many events the history of the execution of that name has."""
        return len(self.event_types(name))

    def event_types(self, name: str) -> list[str]:
        """The types of the events of the execution of that name, or ARN."""
        return self._walks[name.rsplit(":", 1)[-1]].history

    def complete_token(self, token: str, outcome: StateOutcome) -> None:
        """A task token comes back. Raises ApiError, InvalidToken or TaskTimedOut."""
        issued = self._waited_for(token)
        issued.over = True
        if issued.run is None:
            issued.outcome = outcome  # its Task does not wait yet
        else:
            self._wake(issued.run, outcome)

    def heartbeat(self, token: str) -> None:
        """Who waits for the token gets its HeartbeatSeconds anew. Raises ApiError, InvalidToken or TaskTimedOut."""
        run = self._waited_for(token).run
        if run is not None and run.token is not None:
            self._expect(run, run.token)

    def _waited_for(self, token: str) -> IssuedToken:
        if token not in self._tokens:
            raise ApiError(*INVALID)
        issued = self._tokens[token]
        if issued.over or (issued.run is not None and (issued.run.token is None or issued.run.token.token != token)):
            raise ApiError(*LATE)
        return issued

    def _context(self, name: str, data: Any) -> dict[str, Any]:
        """The context object, without what the walk knows of it."""
        execution = {
            "Id": self.arn(name),
            "Input": data,
            "Name": name,
            "RoleArn": ROLE,
            "StartTime": self._timestamp(),
            "RedriveCount": 0,
        }
        machine = {"Id": self.machine_arn, "Name": self.machine_arn.rsplit(":", 1)[-1]}
        return {"Execution": execution, "StateMachine": machine}

    def _host(self, name: str) -> Host:
        return Host(
            partial(self._invoke, name),
            self._random_streams.stream("retry-jitter"),
            self._new_token,
            lambda: self._clock.now,
            self._timestamp,
            partial(self._entered, name),
            self._wrote,
            self.integrations,
        )

    def _timestamp(self) -> str:
        return self._clock.today().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _launch(self, name: str, walk: Walk) -> None:
        run = WalkedRun(name, walk, walk.walk())
        self._runs[name], self._walks[name] = run, walk
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
        except TooLong as failed:
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
        issued.run, run.token = run, suspension
        self._expect(run, suspension)

    def _expect(self, run: WalkedRun, token: Token) -> None:
        """Wake it when its token is overdue, or its next heartbeat."""
        if run.due is not None:
            run.due.cancel()
        when = min(self._tokens[token.token].at + token.seconds, self._clock.now + token.heartbeat)
        run.due = self._clock.at(when, lambda: self._wake(run, None)) if when < inf else None

    def _wake(self, run: WalkedRun, brought: Any) -> None:
        if run.due is not None:
            run.due.cancel()
        run.due, run.token = None, None
        self._ready.append(partial(self._resume, run, brought))

    def _end(self, run: WalkedRun, ended: ExecutionEnd) -> None:
        if self._runs.pop(run.name, None) is not run:
            return
        if run.due is not None:
            run.due.cancel()
        run.token = None
        if ended.status == "ABORTED":
            run.walk.write("ExecutionAborted")
        if ended.status != "SUCCEEDED":
            self._redrivable[run.name] = run
        self._results[run.name] = Result(ended.status, ended.output, ended.error, ended.cause)
        self._bus.emit(ExecutionEnded(run.name, ended.status, ended.error, ended.cause))

    def _invoke(self, name: str, arn: str, body: bytes) -> tuple[Any, str | None]:
        function = arn.rsplit(":", 1)[-1]
        try:
            answer, error = self.functions.call(arn, body)
        except InvocationRefused as refused:
            self._bus.emit(LambdaRefused(function, refused.error, name))
            raise
        self._bus.emit(LambdaInvoked(function, error, name))
        return answer, error

    def _entered(self, name: str, state: str, data: Any) -> None:
        self._bus.emit(arrival(state, data, name))

    def _wrote(self, events: int) -> None:
        if events == MOST_EVENTS:
            raise TooLong(STUCK, f"its history has {MOST_EVENTS} events, and AWS keeps no more")

    def _new_token(self) -> str:
        token = base64.b64encode(self._random_streams.stream("task-token").randbytes(TOKEN_BYTES)).decode()
        self._tokens[token] = IssuedToken(self._clock.now)
        return token


@lru_cache(maxsize=64)
def _definition(text: str, integrations: tuple[str, ...]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text)
    check(parsed, integrations)
    return parsed
