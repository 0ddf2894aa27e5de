"""Walks a definition: the part of Amazon States Language that `supported.py` names, and nothing else.

A walk is a generator. It yields what it waits for, and is resumed when that has come; a handler's invocation is one
piece that nothing interleaves.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from math import inf
from typing import Any

from simulator.stepfunctions.failures import (
    DATA_LIMIT,
    RUNTIME,
    TIMED_OUT,
    entered,
    invalid_path,
    not_found,
    too_large,
    within_limit,
)
from simulator.stepfunctions.walker.host import ExecutionEnd, Failed, Host, Sleep, Suspension, Token, Walking, YieldTurn
from simulator.stepfunctions.walker.json_path import NoSuchPath, at, put, template
from simulator.stepfunctions.walker.supported import LAMBDA_ARN, WAITING, service_of
from simulator.stepfunctions.walker.tasks import call, catcher, delay, retrier

Following = Generator[Suspension, Any, str | None]
"""Ends with the next state's name; None at the end of the graph or of a branch. Raises Failed."""
State = dict[str, Any]


@dataclass
class Scope:
    """The whole graph, or the branch of a Parallel in it: in which state the execution is, and with what.

    `began` is the event (its id) by which the state was entered, `since` when; `tried` how often by each retrier.
    """

    states: dict[str, Any]
    state: str
    data: Any
    began: int = 0
    since: str = ""
    tried: list[int] = field(default_factory=list)


class Walk:
    """One execution's way through the graph. `levels` are where it is, outermost first, for a redrive.

    `context` is the context object without State and Task. `history` has the types of the events.
    """

    def __init__(self, definition: dict[str, Any], context: dict[str, Any], host: Host) -> None:
        self.context, self._host = context, host
        self.history: list[str] = []
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

    def write(self, event: str) -> None:
        """One more event of this type."""
        self.history.append(event)
        self._host.wrote(len(self.history))

    def walk(self) -> Walking:
        """From the current state to an end."""
        self.write("ExecutionRedriven" if self.history else "ExecutionStarted")
        while True:
            try:
                following = yield from self._through()
                while following is None and len(self.levels) > 1:
                    yield YieldTurn()
                    following = self._leave_parallel()
            except Failed as failed:
                try:
                    following = yield from self._turn_back(failed)
                except Failed:
                    self.write("ExecutionFailed")
                    return ExecutionEnd("FAILED", error=failed.error or None, cause=failed.cause or None)
            if following is None:
                self.write("ExecutionSucceeded")
                return ExecutionEnd("SUCCEEDED", self.data)
            self.levels[-1].state = following

    @property
    def _state(self) -> State:
        here: State = self.levels[-1].states[self.state]
        return here

    def _through(self) -> Following:
        """From a state's entry to its exit. Of a Parallel the entry alone: its branch follows."""
        state, scope = self._state, self.levels[-1]
        self.write(f"{state['Type']}StateEntered")
        scope.began, scope.since = len(self.history), self._host.timestamp()
        scope.tried = [0] * len(state.get("Retry", ()))
        self._host.entered(self.state, self.data)
        following = yield from self._inside(state)
        if state["Type"] != "Parallel":
            self.write(f"{state['Type']}StateExited")
        return following

    def _inside(self, state: State) -> Following:
        kind = state["Type"]
        if kind == "Parallel":
            first = self._enter_branch(state)
            yield YieldTurn()  # a Parallel begins in its turn, and its branch in its own, as in the full mode
            yield YieldTurn()
            return first
        if kind == "Fail":
            raise Failed(self._told(state, "Error"), self._told(state, "Cause"))
        if kind == "Task":
            return (yield from self._task(state))
        given, following = self._filtered(state), state.get("Next")
        if kind == "Wait":
            if seconds := self._seconds(state, given):  # none takes no turn, as in the full mode
                yield Sleep(seconds)
        elif kind == "Choice":
            following = self._choose(state, given)
        elif kind == "Pass":
            result = state["Result"] if "Result" in state else self._filled(state, "Parameters", given)
            given = put(state.get("ResultPath", "$"), self.data, result)
        self._leave(state, given)
        return following

    def _enter_branch(self, state: State) -> str:
        self.write("ParallelStateStarted")
        (branch,) = state["Branches"]
        given = self._filled(state, "Parameters", self._filtered(state))
        self.levels.append(Scope(branch["States"], branch["StartAt"], given))
        return str(branch["StartAt"])

    def _leave_parallel(self) -> str | None:
        """What follows the Parallel whose branch has come to its end."""
        output = [self.levels.pop().data]
        self.write("ParallelStateSucceeded")
        state = self._state
        self._leave(state, put(state.get("ResultPath", "$"), self.data, self._filled(state, "ResultSelector", output)))
        self.write("ParallelStateExited")
        return state.get("Next")

    def _turn_back(self, failed: Failed) -> Following:
        """Where the innermost Parallel that takes the error goes on. Raises it again where there is none."""
        if len(self.levels) > 1 and self._state["Type"] == "Task" and failed.error != RUNTIME:
            self.write("TaskStateAborted")
        while len(self.levels) > 1:
            yield YieldTurn()  # the branch ends in its turn, and the Parallel fails in its own, as in the full mode
            yield YieldTurn()
            self.levels.pop()
            state = self._state
            if (yield from self._again(state, failed)):
                return self._enter_branch(state)
            self.write("ParallelStateFailed")
            if (following := self._caught(state, failed)) is not None:
                self.write("ParallelStateExited")
                return following
        raise failed

    def _task(self, state: State) -> Following:
        while True:
            try:
                result = yield from self._attempt(state)
            except Failed as failed:
                if (yield from self._again(state, failed)):
                    continue
                if (following := self._caught(state, failed)) is not None:
                    return following
                raise
            self._leave(
                state, put(state.get("ResultPath", "$"), self.data, self._filled(state, "ResultSelector", result))
            )
            return state.get("Next")

    def _attempt(self, state: State) -> Generator[Suspension, Any, Any]:
        """What the Task returns. Raises Failed."""
        resource = state["Resource"]
        direct = resource.startswith(LAMBDA_ARN)
        token = self._host.new_token() if resource.endswith(WAITING) else ""
        given = self._filtered(state)
        parameters = self._filled(state, "Parameters", given, token) if direct or "Parameters" in state else {}
        wait = Token(token, *(self._limit(state, key, given) for key in ("TimeoutSeconds", "HeartbeatSeconds")))
        events = "LambdaFunction" if direct else "Task"
        self.write(f"{events}Scheduled")
        self.write(f"{events}Started")
        yield YieldTurn()  # an attempt begins in its turn, as in the full mode
        try:
            result = yield from self._result(resource, parameters, wait)
        except Failed as failed:
            self.write(f"{events}{'TimedOut' if failed.error == TIMED_OUT else 'Failed'}")
            raise
        self.write(f"{events}Succeeded")
        return result

    def _result(self, resource: str, parameters: Any, wait: Token) -> Generator[Suspension, Any, Any]:
        began = self._host.seconds()
        result = call(self._host, resource, parameters)
        if self._host.seconds() - began > wait.seconds:
            raise Failed(TIMED_OUT, "")
        if wait.token:
            self.write("TaskSubmitted")
            result = yield from self._brought(wait)
        if not within_limit(result):
            by_name = resource if resource.startswith(LAMBDA_ARN) else service_of(resource).split(":")[0]
            raise Failed(DATA_LIMIT, too_large(by_name))
        return result

    def _brought(self, token: Token) -> Generator[Suspension, Any, Any]:
        outcome = yield token
        if outcome is None:
            raise Failed(TIMED_OUT, "")
        if outcome.failed:
            raise Failed(outcome.error, outcome.cause)
        return outcome.output

    def _again(self, state: State, failed: Failed) -> Generator[Suspension, Any, bool]:
        """Whether a retrier takes the error; it has waited then."""
        scope = self.levels[-1]
        place = retrier(state, failed.error, scope.tried)
        if place is None:
            return False
        yield Sleep(delay(state["Retry"][place], scope.tried[place], self._host.chance))
        scope.tried[place] += 1
        return True

    def _caught(self, state: State, failed: Failed) -> str | None:
        catch = catcher(state, failed.error)
        if catch is None:
            return None
        self.data = put(catch.get("ResultPath", "$"), self.data, {"Error": failed.error, "Cause": failed.cause})
        return str(catch["Next"])

    def _leave(self, state: State, output: Any) -> None:
        """The state's output goes on."""
        if "OutputPath" in state:
            output = self._selected(state["OutputPath"], output)
        if not within_limit(output):
            raise Failed(DATA_LIMIT, too_large(self.state))
        self.data = output

    def _filtered(self, state: State) -> Any:
        return self._selected(state["InputPath"], self.data) if "InputPath" in state else self.data

    def _selected(self, path: str | None, data: Any) -> Any:
        if path is None:
            return {}
        try:
            return at(path, data, self._context_object())
        except NoSuchPath as missing:
            raise self._broken(invalid_path(path, missing.data)) from None

    def _filled(self, state: State, key: str, data: Any, token: str = "") -> Any:
        """The data as the state's template has it; as it is without one."""
        if key not in state:
            return data
        try:
            return template(state[key], data, self._context_object(token))
        except NoSuchPath as missing:
            raise self._broken(not_found(missing.path, missing.field, missing.data)) from None

    def _told(self, state: State, key: str) -> str | None:
        """A Fail's Error or Cause."""
        path = state.get(f"{key}Path")
        if path is None:
            return state.get(key)
        try:
            return at(path, self._filtered(state), self._context_object())  # type: ignore[no-any-return]
        except NoSuchPath as missing:
            raise self._broken(not_found(path, f"{key}Path", missing.data)) from None

    def _limit(self, state: State, key: str, given: Any) -> float:
        """A Task's seconds, a whole number of them."""
        seconds = self._selected(state[f"{key}Path"], given) if f"{key}Path" in state else state.get(key, inf)
        if seconds != inf and not _whole(seconds):
            raise self._broken(f"The {key}Path parameter cannot be parsed as a long value: {seconds!r}")
        return float(seconds)

    def _seconds(self, state: State, given: Any) -> float:
        if "Seconds" in state:
            return float(state["Seconds"])
        path = state["SecondsPath"]
        try:
            seconds = at(path, given, self._context_object())
        except NoSuchPath:
            raise self._broken(f"The SecondsPath parameter does not reference an input value: {path}") from None
        if not _whole(seconds):
            raise self._broken(f"The SecondsPath parameter cannot be parsed as a long value: {path} == {seconds}")
        if seconds < 0:
            raise self._broken(f"The SecondsPath parameter references a negative value: {path} == {seconds}")
        return float(seconds)

    def _choose(self, state: State, given: Any) -> str:
        for rule in state["Choices"]:
            try:
                value = at(rule["Variable"], given, self._context_object())
            except NoSuchPath as missing:
                words = "The choice state's condition path references an invalid value."
                raise self._broken(f"Invalid path '{missing.path}': {words}") from None
            wanted = rule["StringEquals"] if "StringEquals" in rule else rule["BooleanEquals"]
            if type(value) is type(wanted) and value == wanted:
                return str(rule["Next"])
        if "Default" not in state:
            raise Failed("States.NoChoiceMatched", f"No rule of {self.state!r} matches.")
        return str(state["Default"])

    def _context_object(self, token: str = "") -> dict[str, Any]:
        scope = self.levels[-1]
        state: dict[str, Any] = {"EnteredTime": scope.since, "Name": scope.state}
        if self._state["Type"] in ("Task", "Parallel"):
            state["RetryCount"] = sum(scope.tried)
        return {**self.context, "State": state, **({"Task": {"Token": token}} if token else {})}

    def _broken(self, cause: str) -> Failed:
        return Failed(RUNTIME, entered(self.state, self.levels[-1].began, cause))


def _whole(seconds: Any) -> bool:
    return isinstance(seconds, int) and not isinstance(seconds, bool)
