"""What a walk yields, how it ends, and what it needs of whoever runs it."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

Invoke = Callable[[str, bytes], tuple[Any, str | None]]
"""A function's answer and None, or Lambda's error object and the error's name. Raises InvocationRefused."""
Integration = Callable[[dict[str, Any]], dict[str, Any]]
"""What a service answers to a Task's Parameters. Raises Failed."""


@dataclass(frozen=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Token:
    """Wait for the task token to come back; resumed with its StateOutcome, or None after so many seconds.

    `heartbeat` is for how many seconds at most no heartbeat may come.
    """

    token: str
    seconds: float
    heartbeat: float


@dataclass(frozen=True)
class YieldTurn:
    """Let whoever is ready go first."""


Suspension = Sleep | Token | YieldTurn


@dataclass(frozen=True)
class StateOutcome:
    """What came back with a token: an output, or an error with its cause. Both may be missing in a failure."""

    output: Any = None
    failed: bool = False
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class ExecutionEnd:
    """How a walk ended."""

    status: str
    output: Any = None
    error: str | None = None
    cause: str | None = None


Walking = Generator[Suspension, Any, ExecutionEnd]


class Failed(Exception):
    """A state failed with that error name and cause."""

    def __init__(self, error: str | None, cause: str | None) -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


class TooLong(Exception):
    """The history is longer than AWS keeps: the walk is over, whatever Retry and Catch say."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


def _nothing(*_: Any) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Host:
    """Who runs a walk: answers its Tasks, draws its jitter and tokens, tells the time, hears where it is.

    `entered` hears each state with its input, `wrote` the history's length after each event. `integrations` are by
    what stands behind `arn:aws:states:::`, without a pattern such as `.waitForTaskToken`; Lambda needs none.
    """

    invoke: Invoke
    chance: Random = field(default_factory=lambda: Random(0))
    new_token: Callable[[], str] = str
    seconds: Callable[[], float] = float
    timestamp: Callable[[], str] = str
    entered: Callable[[str, Any], None] = _nothing
    wrote: Callable[[int], None] = _nothing
    integrations: Mapping[str, Integration] = field(default_factory=dict)
