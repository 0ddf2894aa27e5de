"""Runs executions of the deployed state machine in moto's interpreter, on the region's clock."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from math import inf
from typing import Any

from moto.core.config import DefaultConfig

from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.stepfunctions.deployed_stack import DeployedStack
from simulator.stepfunctions.engine import MOST_EVENTS, ROLE, STUCK, WEEK, Result
from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted, LambdaInvoked, LambdaRefused, entered
from simulator.stepfunctions.lambda_functions import Functions, InvocationRefused
from simulator.stepfunctions.moto_interpreter import virtual_threads
from simulator.stepfunctions.moto_interpreter.moto_patches import patch_moto
from simulator.stepfunctions.moto_interpreter.running import RunningExecution
from simulator.stepfunctions.moto_interpreter.task_tokens import Tokens
from simulator.stepfunctions.moto_interpreter.thread_scheduler import ThreadScheduler

MOTO: DefaultConfig = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}


class MotoExecution:
    """One execution that this process started."""

    def __init__(self, engine: "MotoEngine", arn: str) -> None:
        self._engine = engine
        self.arn = arn

    def wait(self) -> Result:
        """How it ended, once it has. Its virtual time passes meanwhile."""
        return self._engine.result_of(self.arn)

    def history(self) -> list[dict[str, Any]]:
        """Its history events."""
        pages = self._engine.client.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [event for page in pages for event in page["events"]]

    def event_types(self) -> list[str]:
        """The types of its history events."""
        return [event["type"] for event in self.history()]


class MotoEngine:
    """The engine of one region. `client` is a boto3 Step Functions client of it, inside an active mock_aws.

    `own_calls` are the API calls that this process made from outside the region, by operation.
    An execution that can never end, runs for more than a week of virtual time or writes more history than AWS keeps
    is FAILED with `SimulationStuck`, and so is any other that runs beside it.
    """

    def __init__(self, clock: Clock, bus: Bus, lock: Any, random_streams: RandomStreams, client: Any) -> None:
        self.client = client
        self.functions = Functions(())
        self.machine_arn = ""
        self.own_calls: Counter[str] = Counter()
        self._history: Counter[str] = Counter()
        self._on_thread: dict[int, str] = {}
        self._clock, self._bus, self._lock = clock, bus, lock
        self._running: dict[str, RunningExecution] = {}
        self._results: dict[str, Result] = {}
        self._ended: dict[str, threading.Event] = {}
        self._failure: Exception | None = None
        self._closed = False
        self._open = ExitStack()
        self._scheduler = ThreadScheduler(clock, lock, self._on_stuck)
        self._sleep = virtual_threads.sleeper(self._scheduler)
        patch_moto(self._open.enter_context, self, random_streams.stream("retry-jitter"), self._sleep)
        event = virtual_threads.virtual_event(self._scheduler)
        Tokens(random_streams.stream("task-token"), event).patch_moto(self._open.enter_context)
        self._thread = virtual_threads.virtual_thread(self._scheduler, event)
        self._open.callback(virtual_threads.install(self._scheduler))

    def deploy(self, deployment: DeployedStack) -> str:
        """Create the state machine and bind its functions; returns its ARN."""
        created = self.client.create_state_machine(
            name=deployment.machine.name,
            definition=deployment.machine.definition,
            roleArn=ROLE,
        )
        self.adopt(deployment, created["stateMachineArn"])
        return self.machine_arn

    def adopt(self, deployment: DeployedStack, machine_arn: str) -> None:
        """The same for a state machine that is there already."""
        self.functions = Functions(deployment.functions)
        self._open.enter_context(self.functions.environment())
        self.machine_arn = machine_arn

    def start(self, name: str, data: dict[str, Any]) -> MotoExecution:
        """Start an execution; time passes from here on until it ends."""
        self.own_calls["StartExecution"] += 1
        answer = self.client.start_execution(stateMachineArn=self.machine_arn, name=name, input=json.dumps(data))
        return MotoExecution(self, answer["executionArn"])

    def execution(self, name: str) -> MotoExecution:
        """One that was started, by whomever."""
        return MotoExecution(self, f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}")

    def stop(self, name: str) -> None:
        """Stop an execution, as an operator would: no Catch runs."""
        self.own_calls["StopExecution"] += 1
        arn = f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        self.client.stop_execution(executionArn=arn, error="Stopped", cause="Stopped by the scenario")

    def redrive(self, name: str) -> MotoExecution:
        """As moto: not at all."""
        raise NotImplementedError(f"{name}: moto has no RedriveExecution. The in-process mode redrives.")

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something that invokes functions, in its turn, so many seconds from now."""
        self._clock.after(seconds, lambda: self._in_turn(action))

    def pass_time(self, seconds: float) -> None:
        """Let so much of it pass, whatever happens meanwhile."""
        passed = threading.Event()

        def nap() -> None:
            self._sleep(seconds)
            passed.set()

        self._in_turn(nap)
        passed.wait()

    def sleep(self, seconds: float) -> None:
        """For a function that takes its time: the calling thread goes on so many seconds later."""
        self._sleep(seconds)

    def let_time_pass(self, seconds: float) -> None:
        """Let so much of it pass at once, and no more by itself: for whoever gives it a pace. Less where it is busy."""
        with self._lock:
            self._scheduler.let_pass(seconds)

    def go_freely(self) -> None:
        """Time passes by itself again while an execution waits."""
        with self._lock:
            self._scheduler.horizon = inf
            self._scheduler.dispatch()

    def _in_turn(self, action: Callable[[], None]) -> None:
        self._thread(target=action, daemon=True).start()

    def result_of(self, arn: str) -> Result:
        """Wait for an execution's end. Raises RuntimeError where the simulated region failed or was closed before."""
        ended = self._end_of(arn)  # known before the look at `_closed`, so that `close` finds it
        if not self._closed:
            ended.wait()
        if self._failure is not None:
            raise RuntimeError(f"the simulated region failed: {self._failure!r}") from self._failure
        if arn not in self._results:
            raise RuntimeError(f"the simulated region was closed before {arn} ended")
        return self._results[arn]

    def history_events(self, name: str) -> int:
        """How many events the history of the execution of that name has."""
        return self._history[name]

    def close(self) -> None:
        """End all of the interpreter's threads and take the patches away."""
        try:
            self._scheduler.close()
        finally:
            self._open.close()
            self._closed = True
            for ended in list(self._ended.values()):
                ended.set()

    def on_start(self, execution: Any) -> None:
        """An execution starts, whoever asked for it."""
        with self._lock:
            self._running[execution.exec_arn] = RunningExecution(execution)
            self._scheduler.until = self._clock.now + WEEK
            self._emit(ExecutionStarted(execution.name, execution.input_data))

    def on_invoke(self, arn: str, body: bytes) -> tuple[Any, bool]:
        """A Task invokes a function; its answer, and whether that is an error. Raises InvocationRefused."""
        function, execution = arn.rsplit(":", 1)[-1], self._on_thread.get(threading.get_ident(), "")
        try:
            answer, error = self.functions.call(arn, body)
        except InvocationRefused as refused:
            self._emit(LambdaRefused(function, refused.error, execution))
            raise
        self._emit(LambdaInvoked(function, error, execution))
        self._scheduler.check()
        return answer, error is not None

    def on_event(self, manager: Any, details: dict[str, Any]) -> None:
        """An execution's history got one more event."""
        run = next((run for run in list(self._running.values()) if run.writes(manager)), None)
        if run is None:
            return
        name = run.execution.name
        self._on_thread[threading.get_ident()] = name
        self._history[name] += 1
        if self._history[name] == MOST_EVENTS:
            self._scheduler.stop(f"its history has {MOST_EVENTS} events, and AWS keeps no more")
        if state := details.get("stateEnteredEventDetails"):
            run.state = state["name"]
            self._emit(entered(state["name"], state.get("input", "{}"), name))
        self._scheduler.check()

    def on_end(self, execution: Any) -> None:
        """An execution ended."""
        with self._lock:
            run = self._running.pop(execution.exec_arn, None)
            if run is None:  # abandoned before
                return
            result = Result(execution.status, execution.output, execution.error, execution.cause)
            self._results[execution.exec_arn] = result
            self._emit(ExecutionEnded(execution.name, result.status, result.error, result.cause))
            self._end_of(execution.exec_arn).set()

    def _on_stuck(self, why: str, failure: Exception | None) -> None:
        self._failure = self._failure or failure
        for run in list(self._running.values()):
            run.fail(STUCK, f"In state {run.state!r}: {why}.", self._clock.today())
            self.on_end(run.execution)

    def _end_of(self, arn: str) -> threading.Event:
        return self._ended.setdefault(arn, threading.Event())

    def _emit(self, event: object) -> None:
        """Tell the bus. An error of a listener is the region's; moto would make a failed state of it."""
        with self._lock:
            try:
                self._bus.emit(event)
            except Exception as error:  # noqa: BLE001  whatever it is
                self._failure = self._failure or error
                self._scheduler.stop(f"the simulated region failed: {error!r}", error)
