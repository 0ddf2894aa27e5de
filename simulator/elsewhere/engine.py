"""Conducts executions that another engine runs: the same face as the embedded engine's.

The other engine skips its Waits, or scales them down; their seconds pass here, on the region's clock. It invokes the
functions at the door, and a knock is answered when its virtual moment has come: when every execution is held at the
door, by a task token or by its end, nothing else can come first. So there is one order of events here too.
"""

import json
import queue
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from botocore.exceptions import ClientError

from simulator.core.clock import Clock
from simulator.core.events import Bus
from simulator.elsewhere.door import Door, Knock
from simulator.elsewhere.journal import Journal
from simulator.elsewhere.states import States
from simulator.engine.engine import WEEK, Result
from simulator.engine.events import ExecutionEnded, ExecutionStarted, LambdaInvoked
from simulator.engine.handlers import Functions, unqualified
from simulator.engine.running import entered
from simulator.engine.template import ACCOUNT, Deployment
from simulator.wire import Wire

LISTENS_SECONDS = 0.01
PATIENCE_SECONDS = 120.0
"""Real seconds in which the other engine must come with something, while it has an execution to move."""


class NoAnswer(Exception):
    """The other engine has an execution to move, and does not."""


@dataclass
class Run:
    """An execution there. It is under way, or held: by a knock, by a token, or by its end."""

    name: str
    arn: str
    journal: Journal
    at: float  # the virtual moment up to which it has come
    knock: Knock | None = None
    token: str = ""
    result: Result | None = None

    @property
    def under_way(self) -> bool:
        """Whether it may still come with something at any moment."""
        return not self.knock and not self.token and not self.result


class DistantExecution:
    """One execution that this process started."""

    def __init__(self, engine: "DistantEngine", arn: str) -> None:
        self._engine, self.arn = engine, arn

    def wait(self) -> Result:
        """How it ended, once it has. Its virtual time passes meanwhile."""
        return self._engine.result_of(self.arn)


class DistantEngine:
    """The engine of one region: `there` is a client of the other one, `here` one of the region's own."""

    def __init__(self, clock: Clock, bus: Bus, wire: Wire, door: Door, there: Any, here: Any) -> None:
        self.functions = Functions(())
        self.machine_arn = ""
        self.own_calls: Counter[str] = Counter()
        self._clock, self._bus, self._wire, self._door, self._there, self._here = clock, bus, wire, door, there, here
        self._definition: dict[str, Any] = {}
        self._runs: dict[str, Run] = {}
        self._results: dict[str, Result] = {}
        self._history: Counter[str] = Counter()
        self._ready: deque[Callable[[], None]] = deque()
        self._until = 0.0
        wire.serve("stepfunctions", States(there, self._began, self._returned))

    def deploy(self, deployment: Deployment) -> None:
        """Create the state machine there, and bind its functions here."""
        self.functions = Functions(deployment.functions)
        self._definition = json.loads(deployment.machine.definition)
        created = self._there.create_state_machine(
            name=deployment.machine.name,
            definition=deployment.machine.definition,
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/simulated",
        )
        self.machine_arn = created["stateMachineArn"]

    def start(self, name: str, data: dict[str, Any]) -> DistantExecution:
        """Start an execution; time passes for it while somebody waits for its end, or for another one's."""
        self.own_calls["StartExecution"] += 1
        answer = self._here.start_execution(stateMachineArn=self.machine_arn, name=name, input=json.dumps(data))
        return DistantExecution(self, answer["executionArn"])

    def execution(self, name: str) -> DistantExecution:
        """One that was started, by whomever."""
        return DistantExecution(self, f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}")

    def stop(self, name: str) -> None:
        """Stop an execution, as an operator would: no Catch runs. What it knocked for is not done."""
        self.own_calls["StopExecution"] += 1
        arn = self.execution(name).arn
        self._here.stop_execution(executionArn=arn, error="Stopped", cause="Stopped by the scenario")
        if run := self._runs.get(arn):
            if run.knock:
                run.knock.say({"errorMessage": "stopped", "errorType": "Stopped"}, failed=True)
            run.knock, run.token, run.at = None, "", self._clock.now

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something that invokes functions, in its turn, so many seconds from now."""
        self._clock.after(seconds, lambda: self._ready.append(action))

    def pass_time(self, seconds: float) -> None:
        """Let so much of it pass, whatever happens meanwhile."""
        until = self._clock.now + seconds
        while self._ready or self._earliest() <= until:
            self._move_on()
        self._clock.advance(max(0.0, until - self._clock.now))

    def result_of(self, arn: str) -> Result:
        """Let time pass until the execution has ended. Raises NoAnswer."""
        while arn not in self._results:
            self._move_on()
        return self._results[arn]

    def history_events(self, name: str) -> int:
        """How many events the history of the execution of that name has."""
        return self._history[name]

    def close(self) -> None:
        """Stop what still runs there, and leave nothing behind."""
        for run in list(self._runs.values()):
            with suppress(ClientError):  # it may have ended without our noticing
                self._there.stop_execution(executionArn=run.arn)
            if run.knock:
                run.knock.say({"errorMessage": "closed", "errorType": "Closed"}, failed=True)
        if self.machine_arn:
            self._there.delete_state_machine(stateMachineArn=self.machine_arn)

    def _began(self, arn: str, text: str) -> None:
        name = arn.rsplit(":", 1)[-1]
        if arn in self._runs or arn in self._results:
            return
        self._runs[arn] = Run(name, arn, Journal(self._there, arn, self._definition["States"]), self._clock.now)
        self._until = self._clock.now + WEEK
        self._bus.emit(ExecutionStarted(name, json.loads(text)))

    def _returned(self, token: str) -> None:
        for run in self._runs.values():
            if run.token == token:
                run.token, run.at = "", self._clock.now

    def _earliest(self) -> float:
        """When something happens next; at once, as long as an execution is under way."""
        self._hear()
        return min([self._clock.next_due() or inf, *(run.at for run in self._runs.values() if not run.token)])

    def _move_on(self) -> None:
        """Do the one thing that comes next."""
        if self._ready:
            self._ready.popleft()()
            return
        self._hear()
        held = [run for run in self._runs.values() if not run.token]
        first = min(held, key=lambda run: run.at, default=None)
        due = self._clock.next_due()
        if first is not None and (due is None or first.at < due):
            with self._wire.lock:
                self._clock.advance_to(first.at)
            self._let_in(first)
        elif due is None or due > self._until:
            raise NoAnswer("nothing more happens, and an execution waits for a token")
        else:
            with self._wire.lock:
                self._clock.step()

    def _let_in(self, run: Run) -> None:
        if run.knock:
            self._answer(run, run.knock)
        elif run.result:
            del self._runs[run.arn]
            self._results[run.arn] = run.result
            self._bus.emit(ExecutionEnded(run.name, run.result.status, run.result.error, run.result.cause))

    def _answer(self, run: Run, knock: Knock) -> None:
        answer, error = self.functions.invoke(self._function(knock), knock.body)
        self._bus.emit(LambdaInvoked(self._function(knock).rsplit(":", 1)[-1], error, run.name))
        if run.knock is knock:  # it was not stopped meanwhile
            run.knock, run.at = None, self._clock.now
            run.token = str(knock.event.get("token", "")) if error is None else ""
        knock.say(answer, failed=error is not None)

    def _function(self, knock: Knock) -> str:
        """The ARN of the function."""
        name = knock.function
        return unqualified(name) if name.startswith("arn:") else self.functions.arn_of(name)

    def _hear(self) -> None:
        """Listen until every execution is held. Raises NoAnswer."""
        heard = time.monotonic()
        while under_way := [run for run in self._runs.values() if run.under_way]:
            try:
                self._take(self._door.knocks.get(timeout=LISTENS_SECONDS))
                heard = time.monotonic()
            except queue.Empty:
                for run in under_way:
                    self._look(run)
            if time.monotonic() > heard + PATIENCE_SECONDS:
                self._be_patient(under_way, time.monotonic() - heard)

    def _be_patient(self, under_way: list[Run], silent: float) -> None:
        """An engine that does not skip its Waits is silent for as long as the longest of them."""
        for run in under_way:
            self._catch_up(run)
        if silent > PATIENCE_SECONDS + max(run.journal.waits for run in under_way):
            names = ", ".join(run.name for run in under_way)
            raise NoAnswer(f"{names}: the other engine has not come with anything for {silent:.0f} s")

    def _take(self, knock: Knock) -> None:
        run = self._runs[knock.event["execution_id"]]
        self._catch_up(run)
        run.knock = knock

    def _look(self, run: Run) -> None:
        """Whether it has ended."""
        seen = self._there.describe_execution(executionArn=run.arn)
        if seen["status"] == "RUNNING":
            return
        self._catch_up(run)
        output = json.loads(seen["output"]) if "output" in seen else None
        run.result = Result(seen["status"], output, seen.get("error"), seen.get("cause"))

    def _catch_up(self, run: Run) -> None:
        """The states that it has entered meanwhile happen when their time comes."""
        for entry in run.journal.news():
            self._clock.at(run.at, partial(self._bus.emit, entered(entry.state, entry.text, run.name)))
            run.at += entry.seconds
        self._history[run.name] = run.journal.events
