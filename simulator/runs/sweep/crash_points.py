"""Crash points: the handler, or the whole execution, dies before or after each API call of a rollout, one at a time.

A first run counts the calls that handlers make. Then every one of them is a point: the same scenario and seed, and at
the n-th call the process dies. A handler's death is Lambda's error, which the graph retries; an execution's is a
StopExecution in the middle of a handler, after which the rule recovers it, or an operator starts it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.model import Scenario
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.lambda_functions import Killed

AGAIN_AFTER_SECONDS = 60.0


class Death(StrEnum):
    """What dies, and how the rollout goes on."""

    HANDLER = "handler"
    EXECUTION_RECOVERED = "execution, recovered"
    EXECUTION_STARTED_AGAIN = "execution, started again"


@dataclass(frozen=True)
class CrashPoint:
    """Who dies at which call (from 1 on), before its effect or after it."""

    dies: Death
    call: int
    after: bool

    def __str__(self) -> str:
        return f"{self.dies} dies {'after' if self.after else 'before'} call {self.call}"


def count_calls(scenario: Scenario, seed: int, cdk_out: Path) -> int:
    """How many API calls the handlers make in a run without any death."""
    seen: list[str] = []
    with InProcessSimulation(scenario, seed, cdk_out) as region:
        region.dispatch.before.append(lambda service, operation, _request: _count(region, seen, service, operation))
        observe(region)
    return len(seen)


def crash_points(calls: int) -> Iterator[CrashPoint]:
    """All of them."""
    for dies in Death:
        for call in range(1, calls + 1):
            for after in (False, True):
                yield CrashPoint(dies, call, after)


def crash(scenario: Scenario, seed: int, cdk_out: Path, point: CrashPoint) -> Outcome:
    """The run with that death."""
    with InProcessSimulation(scenario, seed, cdk_out) as region:
        left = [point.call]
        die = _kill if point.dies is Death.HANDLER else _stop

        def at_call(_service: str, _operation: str, _request: dict[str, Any]) -> None:
            if region.engine.functions.running and left:
                left[0] -= 1
                if left[0] <= 0:
                    left.clear()
                    die(region, point)

        (region.dispatch.after if point.after else region.dispatch.before).append(at_call)
        return observe(region)


def _kill(_region: InProcessSimulation, point: CrashPoint) -> None:
    raise Killed(why=str(point))


def _stop(region: InProcessSimulation, point: CrashPoint) -> None:
    """The execution ends, and with it the handler in which that happened."""
    again = point.dies is Death.EXECUTION_STARTED_AGAIN
    region.rules_enabled = not again
    if again:
        start: Callable[[], Any] = lambda: region.engine.start("again-1", region.scenario.input)  # noqa: E731
        region.expect(AGAIN_AFTER_SECONDS, start)
    region.engine.stop(region.main_execution)
    raise Killed(why=str(point))


def _count(region: InProcessSimulation, seen: list[str], service: str, operation: str) -> None:
    if region.engine.functions.running:
        seen.append(f"{service}.{operation}")
