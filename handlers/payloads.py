"""What the graph and the handlers pass to each other. Standard library only.

The state machine passes two small objects between states, never a list of instances:

    $.rollout      what Plan rollout said: ids, direction-free settings      (Rollout)
    $.assessment   what the last Assess fleet saw and decided                (Assessment)
    $.failure      what a Catch caught, or a take-over found: {"Error": class name, "Cause": text}
    $.report       how it ended: {"status", "error", "cause", ...}           (Report)
"""

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from handlers.errors import (
    InputInvalid,
    NotAnswered,
    NotApproved,
    PayloadOfAnotherVersion,
    PlanImpossible,
    RolloutError,
)

PAYLOAD_VERSION = 1
TELLS = 8  # how often the graph tries again to send what an operator has to know
CALL_TRIES = {"forward": 3, "back": 6}  # how often the graph tries again what AWS refused, by direction
RECOVER = "recover"  # the action by which the recovery rule starts an execution
CONTINUE = "continue"  # the action by which an execution starts the one that it hands its rollout over to
HISTORY, VERSION = "history", "version"  # why: its history is nearly full, or its functions are of another version
FUNCTION_SECONDS = 300  # how long an invocation may take: none outlives that


class Direction(StrEnum):
    """Which way the fleet moves: towards the new AMI, or back to the recorded one."""

    FORWARD = "forward"
    BACK = "back"


class Outcome(StrEnum):
    """What Plan rollout found."""

    PROCEED = "proceed"
    UP_TO_DATE = "up-to-date"
    DRY_RUN = "dry-run"
    APPROVAL = "approval"
    ANSWER = "answer"
    TAKE_OVER = "take-over"
    CLOSED = "closed"
    ITS_TURN = "its-turn"
    REFUSED = "refused"
    ANSWERED = "answered"
    NOT_ANSWERED = "not-answered"


class Way(StrEnum):
    """What Lock cluster and Take over rollout found: which way this execution goes, or who was quicker."""

    FORWARD = "forward"
    BACK = "back"
    ALREADY_RUNNING = "already-running"
    TAKEN_OVER = "taken-over"


class StepKind(StrEnum):
    """What the next step is. The first group acts, the second only waits."""

    REACTIVATE = "reactivate"
    CORDON = "cordon"
    UPDATE_SERVICE_STRATEGY = "update-service-strategy"
    SCALE_OUT = "scale-out"
    DRAIN = "drain"
    SCALE_IN = "scale-in"
    BAKE = "bake"
    WAIT_FOR_PROMOTION = "wait-for-promotion"
    STOP_HERE = "stop-here"
    HAND_OVER = "hand-over"
    DONE = "done"

    WAIT_FOR_AGENTS = "wait-for-agents"
    WAIT_FOR_SERVICES = "wait-for-services"
    WAIT_FOR_DRAIN = "wait-for-drain"
    WAIT_FOR_TERMINATION = "wait-for-termination"
    WAIT_UNDER_LOAD = "wait-under-load"
    WAIT_WHILE_PAUSED = "wait-while-paused"
    WAIT_FOR_WINDOW = "wait-for-window"


REFUSALS: dict[type[RolloutError], Outcome] = {
    InputInvalid: Outcome.REFUSED,
    PlanImpossible: Outcome.REFUSED,
    NotApproved: Outcome.REFUSED,
    NotAnswered: Outcome.NOT_ANSWERED,
}
"""Errors that nothing has to be undone for: the graph is answered with them, and ends."""


@dataclass(frozen=True)
class Refusal:
    """What a handler answers in place of an error that it does not have to undo anything for."""

    outcome: str
    error: str
    cause: str
    wait_seconds: int = 0
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)


@dataclass(frozen=True)
class Rollout:
    """What travels through every state as `$.rollout`."""

    rollout_id: str
    outcome: Outcome
    cluster: str
    auto_scaling_group: str
    target_ami: str
    summary: str
    details: dict[str, Any] = field(default_factory=dict)
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Read it back; refuses another version's payload."""
        _same_version(state)
        return cls(**{**_known(cls, state), "outcome": Outcome(state["outcome"])})


@dataclass(frozen=True)
class Assessment:
    """One reading of AWS plus the decision drawn from it, as `$.assessment`. Counts, never lists.

    `stage` is number `stage_number` of `stages`; `lowest_margin` is how far `margin_service`, the service closest to
    its floor, is above it (None: there is no service); `seconds_left` is an estimate, None on the way back.
    `serving_old`: after a flip the old fleet serves, which is another question at the end of the same stage.
    """

    step: StepKind
    because: str
    wait_seconds: int
    old: int
    new: int
    launching: int
    draining: int
    terminating: int
    percent: int
    stage: str = ""
    stage_number: int = 0
    stages: int = 0
    lowest_margin: int | None = None
    margin_service: str = ""
    seconds_left: int | None = None
    serving_old: bool = False
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """How the rollout ended, as `$.report` and as the execution's output or its error and cause."""

    status: str
    error: str
    cause: str
    details: dict[str, Any] = field(default_factory=dict)
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)


def execution_name(arn: str) -> str:
    """The name of an execution, which is also the id of the rollout that it starts."""
    return arn.rsplit(":", 1)[-1]


def _same_version(state: dict[str, Any]) -> None:
    if state.get("version") != PAYLOAD_VERSION:
        raise PayloadOfAnotherVersion(
            f"The payload is of version {state.get('version')!r}, this code reads version {PAYLOAD_VERSION}: "
            "the functions were deployed in mid-rollout. Start the rollout anew."
        )


def _known(cls: type, state: dict[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(cls)}
    return {key: value for key, value in state.items() if key in names}
