"""How one simulated rollout went, as data: what `rollout simulate --json` prints."""

from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.invariants.floor_ledger import FloorRecord
from simulator.invariants.violation import Violation
from simulator.operators import OperatorResult


@dataclass(frozen=True)
class Outcome:
    """The end of one rollout in the simulated region. Nothing here depends on the machine that simulated it.

    `end` is read from the region's instances, never from what the execution says of itself.
    """

    name: str
    description: str
    seed: int
    as_expected: bool
    unexpected: tuple[str, ...]  # where the end differs from the scenario's `expect`, one line each
    status: str  # SUCCEEDED | FAILED | TIMED_OUT | ABORTED
    end: str  # all_new | all_old | needs_a_human
    last_state: str
    error: str | None
    cause: str | None
    violations: tuple[Violation, ...]
    virtual_seconds: float
    lower_bound_seconds: float
    moves_per_task: float
    surge_instance_hours: float
    lowest_margin: dict[str, int]  # service -> the fewest tasks above its floor at any moment, negative below it
    floors: dict[str, FloorRecord]  # service -> how it stood against its floor
    peak_instances: int
    state_transitions: int
    history_events: int  # of the longest history
    peak_payload_bytes: int
    lambda_invocations: int
    api_calls: dict[str, int]  # "service.Operation" -> how many
    cost_usd: float
    costs: dict[str, float]  # what cost_usd is made of
    trace_sha256: str
    first_error: str | None = None  # that of the last of its own executions, where others acted after it
    executions: tuple[str, ...] = ()  # that acted for it one after the other, each handed over to by the one before
    followers: tuple[str, ...] = ()  # executions that acted on the fleet beside or after the rollout, and their ends
    report: dict[str, Any] = field(default_factory=dict)  # the last report, as the machine's state has it
    people: tuple[OperatorResult, ...] = ()  # the scenario's, with what came of the executions that they started

    @property
    def passed(self) -> bool:
        """It ended as the scenario says, and no invariant was broken."""
        return self.as_expected and not self.violations

    def to_json(self) -> dict[str, Any]:
        """The JSON object, keys in the order above."""
        lists = {
            "unexpected": list(self.unexpected),
            "violations": [asdict(violation) for violation in self.violations],
            "executions": list(self.executions),
            "followers": list(self.followers),
            "people": [asdict(operator_result) for operator_result in self.people],
        }
        return asdict(self) | lists
