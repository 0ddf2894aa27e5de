"""Records what each Task state of an execution answered, in the in-process mode."""

import json
from collections import Counter, defaultdict
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.runs.mocks.cases import Case
from simulator.runs.rehearsal.run import observe
from simulator.scenario.model import Scenario
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.events import StateEntered
from simulator.stepfunctions.walker.host import Failed
from simulator.stepfunctions.walker.walk import Walk

Response = dict[str, Any]
"""`{"Return": …}` or `{"Throw": {"Error": …, "Cause": …}}`, as Step Functions Local takes it."""


@dataclass(frozen=True)
class MockRecording:
    """One execution: its input, the answers of each Task in order, the states that were entered, and how it ended."""

    input: dict[str, Any]
    answers: dict[str, tuple[Response, ...]]
    states: tuple[str, ...]
    status: str


def record(case: Case, example: Scenario, cdk_out: Path) -> MockRecording:
    """Run the case. Raises LookupError where its execution never ran or a planted error never happened."""
    heard: dict[str, dict[str, list[Response]]] = defaultdict(lambda: defaultdict(list))
    inputs: dict[str, dict[str, Any]] = {}
    entered: list[StateEntered] = []

    class Recorded(Walk):
        def _attempt(self, state: dict[str, Any]) -> Generator[Any, Any, Any]:
            execution, name = self.context["Execution"], self.state
            inputs[execution["Name"]] = execution["Input"]
            answers = heard[execution["Name"]][name]
            try:
                result = yield from super()._attempt(state)
            except Failed as failed:
                answers.append({"Throw": {"Error": failed.error, "Cause": _short(failed.cause)}})
                raise
            answers.append({"Return": result})
            return result

    region = InProcessSimulation(case.ground.scenario(example), 1, cdk_out)
    region.walk = Recorded
    with region:
        region.bus.subscribe(StateEntered, entered.append)
        left = _plant(region, case)
        observe(region)
        name = next((each for each in heard if each.startswith(case.ground.execution)), None)
        if name is None or any(left.values()):
            raise LookupError(f"{case.name}: {case.ground.execution} never ran, or these never happened: {left}")
        status = region.engine.result_of(name).status
    answers = {state: tuple(said) for state, said in heard[name].items()}
    states = tuple(state_entered.state for state_entered in entered if state_entered.execution == name)
    return MockRecording(inputs[name], answers, states, status)


def _plant(region: InProcessSimulation, case: Case) -> Counter[str]:
    """Have the functions fail as the case says; returns what has not happened yet."""
    left = Counter({plant.state: plant.times for plant in case.plants})
    errors = {plant.state: plant.error for plant in case.plants}
    now: dict[str, str] = {}
    region.bus.subscribe(StateEntered, lambda event: now.update({event.execution: event.state}))

    def fail(_function: str, event: dict[str, Any]) -> None:
        execution = str(event.get("execution_id", "")).rsplit(":", 1)[-1]
        state = now.get(execution, "")
        if left[state] > 0 and execution.startswith(case.ground.execution):
            left[state] -= 1
            raise type(errors[state], (Exception,), {})("as the mock says")

    region.engine.functions.before.append(fail)
    return left


def _short(cause: str | None) -> str:
    """Lambda's error object without request and stack trace."""
    try:
        said = json.loads(cause or "")
    except ValueError:
        return cause or ""
    return json.dumps({key: said[key] for key in ("errorMessage", "errorType") if key in said})
