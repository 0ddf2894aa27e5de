"""What the engine publishes on the region's bus."""

import json
from dataclasses import dataclass
from typing import Any

from simulator.stepfunctions.failures import size_of


@dataclass(frozen=True)
class ExecutionStarted:
    """An execution began, with this input."""

    execution: str
    input: dict[str, Any]


@dataclass(frozen=True)
class StateEntered:
    """A state was entered. `payload_bytes` is its input's size; `assessment` what the last assessment said, if any.

    `report` is how the rollout says that it ended, where it has come so far.
    """

    state: str
    payload_bytes: int
    assessment: dict[str, Any] | None
    execution: str
    report: dict[str, Any] | None = None


@dataclass(frozen=True)
class ParameterChanged:
    """An SSM parameter was created, or has another value."""

    name: str
    operation: str  # Create | Update


@dataclass(frozen=True)
class LambdaInvoked:
    """A function was invoked and answered; `error` is the class name of what it raised."""

    function: str
    error: str | None
    execution: str


@dataclass(frozen=True)
class LambdaRefused:
    """Lambda itself answered a Task with this error; no function ran."""

    function: str
    error: str
    execution: str


@dataclass(frozen=True)
class ExecutionEnded:
    """An execution ended."""

    execution: str
    status: str
    error: str | None
    cause: str | None


def entered(state: str, text: str, execution: str) -> StateEntered:
    """The event of a state that was entered with `text`, its input's JSON."""
    return arrival(state, json.loads(text), execution)


def arrival(state: str, data: Any, execution: str) -> StateEntered:
    """The same with the input itself."""
    told = data if isinstance(data, dict) else {}
    return StateEntered(state, size_of(data), told.get("assessment"), execution, told.get("report"))
