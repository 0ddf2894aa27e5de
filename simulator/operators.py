"""A scenario's people: each starts another execution of the state machine, to answer the rollout or to ask for more."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from simulator.region import Region
from simulator.scenario.model import Person
from simulator.stepfunctions.engine import Execution
from simulator.stepfunctions.events import ExecutionEnded, StateEntered

ASKS = "Wait for promotion"
NEVER_CAME = "NEVER_CAME"
REFUSED = "REFUSED"


@dataclass(frozen=True)
class OperatorResult:
    """What came of a person's execution.

    `status` is the execution's, or NEVER_CAME when the rollout had ended before, or REFUSED when StartExecution failed.
    """

    name: str
    input: dict[str, Any]
    status: str
    error: str | None = None
    cause: str | None = None

    @property
    def asked(self) -> str:
        """The input in short: without the cluster, which is the rollout's."""
        return asked(self.input)


class Operators:
    """Lets the scenario's people come, from the rollout's start until its end: `person-1`, `person-2`, … by place."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._people = region.scenario.people
        self._entered: Counter[str] = Counter()
        self._asked: tuple[int, bool] | None = None
        self._came: dict[int, Execution | ClientError] = {}
        self._over = False
        for place, person in enumerate(self._people):
            if person.after.at is not None:
                self._expect(place, person, person.after.at)
        region.bus.subscribe(StateEntered, self._on_state)
        region.bus.subscribe(ExecutionEnded, self._on_end)

    def stay_away(self) -> None:
        """None of those who have not come yet comes any more: somebody else is all of them."""
        self._over = True

    def visits(self) -> tuple[OperatorResult, ...]:
        """What came of each, once all executions of those who came have ended: waits for that."""
        return tuple(self._visit(place, person) for place, person in enumerate(self._people))

    @property
    def came(self) -> tuple[str, ...]:
        """Those who have come so far, each with what they asked, in the order of their coming."""
        return tuple(f"{_name(place)} {asked(self._people[place].input)}" for place in self._came)

    def _visit(self, place: int, person: Person) -> OperatorResult:
        came = self._came.get(place)
        if came is None:
            return OperatorResult(_name(place), person.input, NEVER_CAME)
        if isinstance(came, ClientError):
            return OperatorResult(_name(place), person.input, REFUSED, came.response["Error"].get("Code"), str(came))
        result = came.wait()
        return OperatorResult(_name(place), person.input, result.status, result.error, result.cause)

    def _on_state(self, event: StateEntered) -> None:
        if event.execution != self._region.main_execution:
            return
        if self._asks_again(event):
            return
        self._entered[event.state] += 1
        for place, person in enumerate(self._people):
            if (person.after.state, person.after.nth) == (event.state, self._entered[event.state]):
                self._expect(place, person, 0.0)

    def _asks_again(self, event: StateEntered) -> bool:
        """Whether it is the same question: its wait ends now and then, so that the rollout looks around.

        A stage asks one question, and another one while the old fleet serves again.
        """
        if event.state != ASKS:
            return False
        assessment = event.assessment or {}
        before, self._asked = self._asked, (assessment.get("stage_number", 0), assessment.get("serving_old", False))
        return before == self._asked

    def _on_end(self, event: ExecutionEnded) -> None:
        self._over = self._over or event.execution == self._region.main_execution

    def _expect(self, place: int, person: Person, seconds: float) -> None:
        self._region.clock.after(seconds + person.seconds, lambda: self._come(place, person))

    def _come(self, place: int, person: Person) -> None:
        if self._over:
            return
        try:
            self._came[place] = self._region.engine.start(_name(place), person.input)
        except ClientError as error:
            self._came[place] = error


def asked(data: dict[str, Any]) -> str:
    """What an input asks, in short."""
    return json.dumps({key: value for key, value in data.items() if key != "cluster"})


def _name(place: int) -> str:
    return f"person-{place + 1}"
