"""What came of one seed: enough to count, to compare and to replay it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from handlers import catalogue

PHASES = {
    "plan": (
        catalogue.PLAN.forward,
        catalogue.LOCK.forward,
        catalogue.TAKE_OVER.forward,
        catalogue.WAIT_FOR_INVOCATIONS.forward,
        catalogue.HAND_OVER.forward,
        catalogue.HAND_OVER_AFTER_DEPLOYMENT.forward,
        catalogue.HANDED_OVER.forward,
    ),
    "prepare": (catalogue.CREATE_VERSION.forward, catalogue.PREPARE.forward),
    "launch": (catalogue.SCALE_OUT.forward, catalogue.WAIT_FOR_AGENTS.forward),
    "move": (
        catalogue.UPDATE_SERVICE_STRATEGY.forward,
        catalogue.WAIT_FOR_SERVICES.forward,
        catalogue.CORDON.forward,
        catalogue.REACTIVATE.forward,
    ),
    "drain": (catalogue.DRAIN.forward, catalogue.WAIT_FOR_DRAIN.forward),
    "scale in": (catalogue.SCALE_IN.forward, catalogue.WAIT_FOR_TERMINATION.forward),
    "bake": (
        catalogue.START_BAKE.forward,
        catalogue.BAKE.forward,
        catalogue.PROMOTION.forward,
        catalogue.WAIT_WHILE_PAUSED.forward,
    ),
    "finish": (
        catalogue.ALL_REPLACED.forward,
        catalogue.FINISH.forward,
        catalogue.ROLLED_OUT.forward,
        catalogue.STOP_IN_PLACE.forward,
        catalogue.STOPPED.forward,
    ),
    "between": (
        catalogue.ASSESS.forward,
        catalogue.NEXT_STEP.forward,
        catalogue.PLAN_OUTCOME.forward,
        catalogue.RESUME_OR_ROLL_BACK.forward,
    ),
}
"""The forward states by phase; all others are of the way back."""

BACK = "way back"
OVER = "over"
IN_RESULTS_FILES = {"failures": "complaints", "fault_hits": "strikes"}
"""Fields by another name there."""


@dataclass(frozen=True)
class FaultHit:
    """A fault that struck, and in which phase of the rollout."""

    kind: str
    phase: str


@dataclass(frozen=True)
class Verdict:
    """One seed's run. `failures` is empty where all rules hold; `seconds` are real, `virtual_seconds` the region's."""

    seed: int
    strategy: str
    status: str
    end: str
    last_state: str
    error: str | None
    failures: tuple[str, ...]
    fault_hits: tuple[FaultHit, ...]
    virtual_seconds: float
    history_events: int
    seconds: float
    trace_sha256: str

    @property
    def replay(self) -> str:
        """The line that runs it again."""
        return f"rollout sweep --seed {self.seed}"

    def to_json(self) -> dict[str, Any]:
        """The JSON object, the keys as results files have always had them."""
        data = asdict(self)
        return {IN_RESULTS_FILES.get(name, name): value for name, value in data.items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Verdict":
        """Read it back."""
        hits = tuple(FaultHit(**strike) for strike in data["strikes"])
        others = {name: value for name, value in data.items() if name not in IN_RESULTS_FILES.values()}
        return cls(**others, failures=tuple(data["complaints"]), fault_hits=hits)


def phase_of(state: str, *, ended: bool) -> str:
    """The phase that a state belongs to."""
    if ended:
        return OVER
    return next((phase for phase, states in PHASES.items() if state in states), BACK if state else "plan")


def phases() -> Iterator[str]:
    """All phases, in the order of a rollout."""
    yield from (*PHASES, BACK, OVER)
