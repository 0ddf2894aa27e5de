"""No sentence decides anything: with every message worded otherwise, each rollout goes the same way to the same end."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from handlers import catalogue
from simulator.aws.autoscaling.activities import Activities
from simulator.runs.rehearsal.run import observe
from simulator.runs.rehearsal.view import View
from simulator.runs.sweep.run import run_seed
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.events import StateEntered
from simulator.stepfunctions.lambda_functions import loaded_modules
from tests.rollouts.test_failing_strategies import scenario
from tests.rollouts.test_late_responses import approving, operator
from tests.rollouts.test_strategies_from_anywhere import PROMOTE, undisturbed

EXAMPLES = Path(__file__).parents[2] / "examples"
REWORDED = "message "
MESSAGES = {
    "domain.model.step": {"Step": "because"},
    "domain.model.findings": {"Finding": "what"},
    "overrides.difference": {"Difference": "because"},
    "payloads": {"Rollout": "summary", "Report": "cause", "Refusal": "cause"},
}
"""The texts of handlers that travel as fields, by module and class. Errors and notifications come beside them."""
SEEDS = (3, 11, 49)


def second_question(*people: dict[str, Any]) -> dict[str, Any]:
    """A rollout that asks twice: after half of the tasks, and at the end."""
    made = undisturbed("capacity-provider")
    half = made["input"]["strategy"]["steps"][0]
    steps = [half, {"percent": 100, "promotion": True}]
    return {**made, "input": {**made["input"], "strategy": {"type": "capacity-provider", "steps": steps}},
            "people": list(people)}  # fmt: skip


def example(name: str) -> dict[str, Any]:
    return json.loads((EXAMPLES / f"{name}.json").read_text())  # type: ignore[no-any-return]


def second_time(each: dict[str, Any]) -> dict[str, Any]:
    return {**each, "after": {**each["after"], "nth": 2}}


SCENARIOS: dict[str, Callable[[], dict[str, Any]]] = {
    "rolling, promoted": lambda: undisturbed("rolling-cordoned-canary"),
    "rolling, rejected": lambda: scenario("rolling-cordoned-canary", "promotion-rejected"),
    "rolling, tasks that fail": lambda: scenario("rolling", "crash-loop"),
    "rolling, a launch that fails": lambda: scenario("rolling", "launch"),
    "capacity-provider, promoted late and twice": lambda: second_question(
        operator("promote", 5400), second_time(operator("promote", 3600))
    ),
    "capacity-provider, answered too late": lambda: {
        **second_question(operator("promote", 60), second_time(operator("promote", 1500))),
        "input": {**second_question()["input"], "promotion": {"timeout_seconds": 900, "on_timeout": "roll_back"}},
    },
    "capacity-provider, with managed scaling": lambda: example("provider-managed-scaling"),
    "blue-green, approved and promoted": lambda: approving(
        3600, operator("approve", 60, state=catalogue.APPROVAL.forward), PROMOTE
    ),
    "blue-green, flipped twice": lambda: example("blue-green-flip"),
    "blue-green, an alarm in the bake": lambda: scenario("blue-green", "alarm-in-the-bake"),
    "stopped by an operator": lambda: {
        **undisturbed("rolling"),
        "people": [
            {
                "after": {"state": catalogue.SCALE_OUT.forward},
                "seconds": 1,
                "input": {"action": "abort", "keep": True, "by": "on-call"},
            }
        ],
    },
    "an execution that is stopped": lambda: {
        **undisturbed("capacity-provider"),
        "faults": [{"kind": "stop_execution", "state": catalogue.BAKE.forward}],
    },
    "refused by its plan": lambda: example("deadlocked-service"),
}


@dataclass(frozen=True)
class Run:
    """What a rollout did and how it ended, without a word of what it said."""

    states: tuple[tuple[str, str], ...]
    shown: tuple[tuple[str, str, int], ...]
    status: str
    end: str
    last_state: str
    error: str | None
    violations: tuple[str, ...]
    people: tuple[tuple[str, str, str | None], ...]
    api_calls: dict[str, int]


def run(made: dict[str, Any], cdk_out: Path) -> tuple[Run, str]:
    """The run, and all that was said on the way."""
    entered: list[StateEntered] = []
    views: list[View] = []
    with InProcessSimulation(from_json(made, "test"), 1, cdk_out) as region:
        region.bus.subscribe(StateEntered, entered.append)
        outcome = observe(region, views.append)
    said = " ".join([outcome.cause or "", *(view.because for view in views), json.dumps(outcome.report)])
    return Run(
        tuple((state_entered.execution, state_entered.state) for state_entered in entered),
        tuple((view.state, view.direction, view.percent) for view in views),
        outcome.status,
        outcome.end,
        outcome.last_state,
        outcome.error,
        tuple(violation.invariant for violation in outcome.violations),
        tuple(
            (operator_result.name, operator_result.status, operator_result.error) for operator_result in outcome.people
        ),
        outcome.api_calls,
    ), said


@contextmanager
def reworded() -> Iterator[None]:
    """Every message of the handlers begins with a number of its own, and the causes that Auto Scaling gives are gone.

    So no two messages are equal, and none begins or reads as the code once wrote it.
    """
    run_seed(0)  # loads all of the handlers
    numbers = count(1)

    def text(words: object) -> str:
        return f"{REWORDED}{next(numbers)}: {words}"

    with ExitStack() as patched:
        whole = [modules for modules in loaded_modules() if "handlers.errors" in modules]  # not a test's own function
        assert whole
        for modules in whole:
            _reword_errors(patched, modules["handlers.errors"].RolloutError, text)
            for name, classes in MESSAGES.items():
                for each, field in classes.items():
                    _reword_field(patched, getattr(modules[f"handlers.{name}"], each), field, text)
            messages = modules["handlers.aws.messages"].Messages
            publish = messages.publish
            patched.enter_context(
                patch.object(
                    messages,
                    "publish",
                    lambda self, subject, words, publish=publish: publish(self, text(subject), text(words)),
                )
            )
        start = Activities.start
        patched.enter_context(
            patch.object(
                Activities,
                "start",
                lambda self, group, description, _cause, zone="": start(self, group, description, text(""), zone),
            )
        )
        yield


def _reword_errors(patched: ExitStack, error: type[Exception], text: Callable[[object], str]) -> None:
    patched.enter_context(patch.object(error, "__init__", lambda self, words="": Exception.__init__(self, text(words))))


def _reword_field(patched: ExitStack, owner: type[Any], field: str, text: Callable[[object], str]) -> None:
    right, place = owner.__init__, [each.name for each in fields(owner)].index(field)

    def init(self: Any, *given: Any, **named: Any) -> None:
        if field in named:
            named[field] = text(named[field])
        elif place < len(given):
            given = (*given[:place], text(given[place]), *given[place + 1 :])
        right(self, *given, **named)

    patched.enter_context(patch.object(owner, "__init__", init))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_rollout_does_the_same_whatever_its_messages_say(name: str, cdk_out: Path) -> None:
    made = SCENARIOS[name]()
    as_they_are, _ = run(made, cdk_out)
    with reworded():
        otherwise, said = run(made, cdk_out)
    assert REWORDED in said
    assert otherwise == as_they_are


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_of_the_sweep_has_the_same_verdict_whatever_its_messages_say(seed: int) -> None:
    as_they_are = run_seed(seed)
    with reworded():
        otherwise = run_seed(seed)
    assert (otherwise.status, otherwise.end, otherwise.last_state, otherwise.error) == (
        as_they_are.status,
        as_they_are.end,
        as_they_are.last_state,
        as_they_are.error,
    )
    assert len(otherwise.failures) == len(as_they_are.failures)
    assert otherwise.fault_hits == as_they_are.fault_hits
