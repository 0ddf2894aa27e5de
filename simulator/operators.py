"""A scenario's operators: each starts another execution of the state machine, as a response or a command."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers import catalogue
from simulator.region import Region
from simulator.scenario.model import Person
from simulator.stepfunctions.engine import Execution
from simulator.stepfunctions.events import ExecutionEnded, StateEntered

PROMOTION = catalogue.PROMOTION.forward
NEVER_CAME = "NEVER_CAME"
REFUSED = "REFUSED"


@dataclass(frozen=True)
class OperatorResult:
    """What came of an operator's execution.

    `status` is the execution's, or NEVER_CAME when the rollout had ended before, or REFUSED when StartExecution failed.
    """

    name: str
    input: dict[str, Any]
    status: str
    error: str | None = None
    cause: str | None = None

    @property
    def request(self) -> str:
        """The input in short: without the cluster, which is the rollout's."""
        return request_of(self.input)


class Operators:
    """Starts the operators' executions, from the rollout's start until its end: `person-1`, `person-2`, … by place."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._actions = region.scenario.people
        self._entered: Counter[str] = Counter()
        self._asked: tuple[int, bool] | None = None
        self._started: dict[int, Execution | ClientError] = {}
        self._over = False
        for place, action in enumerate(self._actions):
            if action.after.at is not None:
                self._schedule(place, action, action.after.at)
        region.bus.subscribe(StateEntered, self._on_state)
        region.bus.subscribe(ExecutionEnded, self._on_end)

    def stay_out(self) -> None:
        """Start no further execution: whoever uses the region acts instead."""
        self._over = True

    def results(self) -> tuple[OperatorResult, ...]:
        """What came of each, once all executions that were started have ended: waits for that."""
        return tuple(self._result(place, action) for place, action in enumerate(self._actions))

    @property
    def acted(self) -> tuple[str, ...]:
        """Operators that have acted so far, each with the request, in the order of their executions' starts."""
        return tuple(f"{_name(place)} {request_of(self._actions[place].input)}" for place in self._started)

    def _result(self, place: int, action: Person) -> OperatorResult:
        started = self._started.get(place)
        if started is None:
            return OperatorResult(_name(place), action.input, NEVER_CAME)
        if isinstance(started, ClientError):
            return OperatorResult(
                _name(place), action.input, REFUSED, started.response["Error"].get("Code"), str(started)
            )
        result = started.wait()
        return OperatorResult(_name(place), action.input, result.status, result.error, result.cause)

    def _on_state(self, event: StateEntered) -> None:
        if event.execution != self._region.main_execution:
            return
        if self._asks_again(event):
            return
        self._entered[event.state] += 1
        for place, action in enumerate(self._actions):
            if (action.after.state, action.after.nth) == (event.state, self._entered[event.state]):
                self._schedule(place, action, 0.0)

    def _asks_again(self, event: StateEntered) -> bool:
        """Whether it is the same question: its wait ends now and then, so that the rollout looks around.

        A stage asks one question, and another one while the old fleet serves again.
        """
        if event.state != PROMOTION:
            return False
        assessment = event.assessment or {}
        before, self._asked = self._asked, (assessment.get("stage_number", 0), assessment.get("serving_old", False))
        return before == self._asked

    def _on_end(self, event: ExecutionEnded) -> None:
        self._over = self._over or event.execution == self._region.main_execution

    def _schedule(self, place: int, action: Person, seconds: float) -> None:
        self._region.clock.after(seconds + action.seconds, lambda: self._start(place, action))

    def _start(self, place: int, action: Person) -> None:
        if self._over:
            return
        try:
            self._started[place] = self._region.engine.start(_name(place), action.input)
        except ClientError as error:
            self._started[place] = error


def request_of(data: dict[str, Any]) -> str:
    """An input in short: without the cluster."""
    return json.dumps({key: value for key, value in data.items() if key != "cluster"})


def _name(place: int) -> str:
    return f"person-{place + 1}"
