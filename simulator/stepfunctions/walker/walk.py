"""Walks the synthesized graph: the part of Amazon States Language that it uses, and nothing else.

A walk is a generator. It yields what it waits for, and is resumed when that has come; a handler's invocation is one
piece that nothing interleaves.
"""

import json
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.stepfunctions.walker.json_path import NotSupportedInProcess, at, put, template

INVOKE = "arn:aws:states:::lambda:invoke"
WITH_TOKEN = f"{INVOKE}.waitForTaskToken"
KNOWN = {
    "Task": {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", "TimeoutSeconds",
             "TimeoutSecondsPath", "Next"},
    "Wait": {"Seconds", "SecondsPath", "Next"},
    "Choice": {"Choices", "Default"},
    "Pass": {"Parameters", "ResultPath", "Next"},
    "Parallel": {"Branches", "ResultSelector", "ResultPath", "Catch", "Next"},
    "Succeed": {"OutputPath"},
    "Fail": {"Error", "Cause", "ErrorPath", "CausePath"},
}  # fmt: skip
TERMINAL = ("States.Runtime",)  # no Catch takes it
TIMED_OUT = "States.Timeout"


@dataclass(frozen=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Token:
    """Wait for the task token to come back, at most so many seconds; resumed with its Outcome or None."""

    token: str
    seconds: float


@dataclass(frozen=True)
class StateOutcome:
    """What came back with a token: an output, or an error with its cause."""

    output: Any = None
    error: str | None = None
    cause: str = ""


@dataclass(frozen=True)
class ExecutionEnd:
    """How a walk ended."""

    status: str
    output: Any = None
    error: str | None = None
    cause: str | None = None


class Failed(Exception):
    """A state failed with that error name and cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


@dataclass(frozen=True)
class YieldTurn:
    """Let whoever is ready go first."""


Suspension = Sleep | Token | YieldTurn
Walking = Generator[Suspension, Any, ExecutionEnd]
Invoke = Callable[[str, bytes], tuple[Any, str | None]]


def check(definition: dict[str, Any]) -> None:
    """Raise UnknownToTheFastLane for anything in the definition that a walk would get wrong."""
    for name, state in definition["States"].items():
        for branch in state.get("Branches", ()):
            check(branch)
        if len(state.get("Branches", [None])) != 1:
            raise NotSupportedInProcess(f"{name}: {len(state['Branches'])} branches")
        unknown = set(state) - KNOWN.get(state["Type"], set()) - {"Type", "Comment", "End"}
        if state["Type"] not in KNOWN or unknown:
            raise NotSupportedInProcess(f"{name}: {state['Type']} with {', '.join(sorted(unknown))}")
        if state["Type"] == "Task" and state["Resource"] not in (INVOKE, WITH_TOKEN):
            raise NotSupportedInProcess(f"{name}: resource {state['Resource']}")
        for rule in state.get("Choices", ()):
            if set(rule) != {"Variable", "StringEquals", "Next"}:
                raise NotSupportedInProcess(f"{name}: rule with {', '.join(sorted(rule))}")
        for retry in state.get("Retry", ()):
            if retry.get("JitterStrategy") != "FULL":
                raise NotSupportedInProcess(f"{name}: a retry without full jitter")


@dataclass
class Scope:
    """The whole graph, or the branch of a Parallel in it: where the execution is in it, and with what."""

    states: dict[str, Any]
    state: str
    data: Any


class Walk:
    """One execution's way through the graph. `levels` are where it is, outermost first, for a redrive."""

    def __init__(
        self,
        definition: dict[str, Any],
        context: dict[str, Any],
        invoke: Invoke,
        chance: Random,
        new_token: Callable[[], str],
        entered: Callable[[str, Any], None],
        wrote: Callable[[int], None],
    ) -> None:
        self._context, self._invoke, self._chance = context, invoke, chance
        self._new_token, self._entered, self._wrote = new_token, entered, wrote
        self.levels = [Scope(definition["States"], definition["StartAt"], context["Execution"]["Input"])]

    @property
    def state(self) -> str:
        """The name of the state that it is in, the innermost."""
        return self.levels[-1].state

    @property
    def data(self) -> Any:
        """What that state works on."""
        return self.levels[-1].data

    @data.setter
    def data(self, data: Any) -> None:
        self.levels[-1].data = data

    def walk(self) -> Walking:
        """From the current state to an end."""
        self._wrote(1)
        while True:
            state = self._state
            self._wrote(1)
            self._entered(self.state, self.data)
            if state["Type"] == "Parallel":
                self._wrote(1)
                (branch,) = state["Branches"]
                self.levels.append(Scope(branch["States"], branch["StartAt"], self.data))
                continue
            if state["Type"] in ("Succeed", "Fail") and len(self.levels) == 1:
                self._wrote(2 if state["Type"] == "Succeed" else 1)
                return self._ended(state)
            try:
                following = yield from self._through(state)
            except Failed as failed:
                following = self._caught_by_parallel(failed)
            self._wrote(1)
            if following is None and len(self.levels) == 1:
                self._wrote(1)
                return ExecutionEnd("SUCCEEDED", self.data)
            self.levels[-1].state = following or self._leave_parallel()

    @property
    def _state(self) -> dict[str, Any]:
        here: dict[str, Any] = self.levels[-1].states[self.state]
        return here

    def _through(self, state: dict[str, Any]) -> Generator[Suspension, Any, str | None]:
        """The next state's name; None at the end of a branch. Raises Failed."""
        kind = state["Type"]
        if kind == "Fail":
            ended = self._ended(state)
            raise Failed(ended.error or "", ended.cause or "")
        if kind == "Task":
            return (yield from self._task(state))
        if kind == "Wait":
            yield Sleep(self._seconds(state))
        elif kind == "Choice":
            return self._choose(state)
        else:
            result = template(state["Parameters"], self.data, self._context) if "Parameters" in state else self.data
            self.data = put(state.get("ResultPath", "$"), self.data, result)
        return state.get("Next")

    def _caught_by_parallel(self, failed: Failed) -> str:
        """The state that the innermost Parallel around it names for that error. Raises it again where there is none."""
        while len(self.levels) > 1:
            self.levels.pop()
            self._wrote(1)
            with suppress(Failed):
                return self._caught(self._state, failed)
        raise failed

    def _leave_parallel(self) -> str:
        """What follows the Parallel whose branch has come to its end."""
        output = [self.levels.pop().data]
        self._wrote(2)
        state = self._state
        if "ResultSelector" in state:
            output = template(state["ResultSelector"], output, self._context)
        self.data = put(state.get("ResultPath", "$"), self.data, output)
        return str(state["Next"])

    def _ended(self, state: dict[str, Any]) -> ExecutionEnd:
        if state["Type"] == "Succeed":
            return ExecutionEnd("SUCCEEDED", at(state.get("OutputPath", "$"), self.data, self._context))
        error, cause = state.get("Error"), state.get("Cause")
        if "ErrorPath" in state:
            error = at(state["ErrorPath"], self.data, self._context)
        if "CausePath" in state:
            cause = at(state["CausePath"], self.data, self._context)
        return ExecutionEnd("FAILED", error=error, cause=cause)

    def _seconds(self, state: dict[str, Any]) -> float:
        seconds = state["Seconds"] if "Seconds" in state else at(state["SecondsPath"], self.data, self._context)
        if not isinstance(seconds, int) or seconds < 0:
            raise Failed("States.Runtime", f"The SecondsPath parameter cannot be parsed as a long value: {seconds!r}")
        return float(seconds)

    def _choose(self, state: dict[str, Any]) -> str:
        for rule in state["Choices"]:
            if at(rule["Variable"], self.data, self._context) == rule["StringEquals"]:
                return str(rule["Next"])
        if "Default" not in state:
            raise Failed("States.NoChoiceMatched", f"No rule of {self.state!r} matches.")
        return str(state["Default"])

    def _task(self, state: dict[str, Any]) -> Generator[Suspension, Any, str | None]:
        """The next state's name, after retries; the data is what Result or Catch made of it."""
        tried = [0] * len(state.get("Retry", ()))
        while True:
            try:
                result = yield from self._attempt(state, sum(tried))
            except Failed as failed:
                place = self._retrier(state, failed.error, tried)
                if place is not None:
                    yield Sleep(self._delay(state["Retry"][place], tried[place]))
                    tried[place] += 1
                    continue
                return self._caught(state, failed)
            if "ResultSelector" in state:
                result = template(state["ResultSelector"], result, self._context)
            self.data = put(state.get("ResultPath", "$"), self.data, result)
            return state.get("Next")

    def _attempt(self, state: dict[str, Any], tries: int) -> Generator[Suspension, Any, Any]:
        waits = state["Resource"] == WITH_TOKEN
        token = self._new_token() if waits else ""
        context = {**self._context, "State": {"Name": self.state, "RetryCount": tries}}
        context |= {"Task": {"Token": token}} if waits else {}
        parameters = template(state["Parameters"], self.data, context)
        seconds = float(at(state["TimeoutSecondsPath"], self.data, context)) if "TimeoutSecondsPath" in state else 0.0
        self._wrote(2)
        yield YieldTurn()  # an attempt begins in its turn, as in the full mode
        body = json.dumps(parameters.get("Payload", {})).encode()
        answer, error = self._invoke(parameters["FunctionName"], body)
        self._wrote(1)
        if error is not None:
            raise Failed(error, json.dumps(answer, separators=(",", ":")))
        if not waits:
            return {"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200}
        outcome = yield Token(token, seconds)
        self._wrote(1)
        if outcome is None:
            raise Failed(TIMED_OUT, "")
        if outcome.error is not None:
            raise Failed(outcome.error, outcome.cause)
        return outcome.output

    def _retrier(self, state: dict[str, Any], error: str, tried: list[int]) -> int | None:
        """Which retrier takes the error and has attempts left; only the first that matches is asked."""
        for place, retry in enumerate(state.get("Retry", ())):
            if _matches(retry["ErrorEquals"], error):
                return place if tried[place] < retry.get("MaxAttempts", 3) else None
        return None

    def _delay(self, retry: dict[str, Any], before: int) -> float:
        seconds = retry.get("IntervalSeconds", 1) * retry.get("BackoffRate", 2.0) ** before
        return self._chance.uniform(0, min(seconds, retry.get("MaxDelaySeconds", seconds)))

    def _caught(self, state: dict[str, Any], failed: Failed) -> str:
        for catch in state.get("Catch", ()):
            if _matches(catch["ErrorEquals"], failed.error):
                caught = {"Error": failed.error, "Cause": failed.cause}
                self.data = put(catch.get("ResultPath", "$"), self.data, caught)
                return str(catch["Next"])
        raise failed


def _matches(names: list[str], error: str) -> bool:
    if error in names or ("States.ALL" in names and error not in TERMINAL):
        return True
    return "States.TaskFailed" in names and error not in (*TERMINAL, TIMED_OUT)
