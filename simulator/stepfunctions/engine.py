"""What an engine that runs executions of the deployed state machine has, whichever interpreter is in it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from simulator.stepfunctions.lambda_functions import Functions
from simulator.stepfunctions.template_resolver import ACCOUNT

WEEK = 7 * 86_400.0
MOST_EVENTS = 25_000
"""AWS ends an execution whose history is longer."""
STUCK = "SimulationStuck"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/simulated"
"""The state machine's role, as the context object names it."""


@dataclass(frozen=True)
class Result:
    """How an execution ended."""

    status: str
    output: Any
    error: str | None
    cause: str | None


class Execution(Protocol):
    """One execution that this process started."""

    arn: str

    def wait(self) -> Result:
        """How it ended, once it has. Its virtual time passes meanwhile."""

    def event_types(self) -> list[str]:
        """The types of its history events."""


class Engine(Protocol):
    """The engine of one region. `own_calls` are the API calls that came from outside the region, by operation.

    An execution that can never end, runs for more than a week of virtual time or writes more history than AWS keeps
    is FAILED with `SimulationStuck`.
    """

    functions: Functions
    machine_arn: str
    own_calls: Counter[str]

    def start(self, name: str, data: dict[str, Any]) -> Execution:
        """Start an execution."""

    def execution(self, name: str) -> Execution:
        """One that was started, by whomever."""

    def stop(self, name: str) -> None:
        """Stop it, as StopExecution does."""

    def redrive(self, name: str) -> Execution:
        """Go on where a stopped or failed execution was: the state is entered again, with the same data.

        Raises NotImplementedError where the interpreter has no RedriveExecution.
        """

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do it so many virtual seconds from now."""

    def pass_time(self, seconds: float) -> None:
        """Let so much virtual time pass."""

    def history_events(self, name: str) -> int:
        """How many events its history has."""
