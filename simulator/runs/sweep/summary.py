"""What a sweep came to: ends, speeds, the matrix of fault by phase, the slowest and the most eventful."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simulator.faults.faults import KINDS
from simulator.runs.sweep.verdict import Verdict, phases

SHOWN = 5


@dataclass(frozen=True)
class Summary:
    """The figures. `matrix` is by strategy, fault kind and phase: how many struck there."""

    runs: int
    ends: dict[str, int]
    broken: list[dict[str, Any]]
    matrix: dict[str, dict[str, dict[str, int]]]
    slowest: list[dict[str, Any]]
    most_eventful: list[dict[str, Any]]
    real_seconds: float
    rollouts_a_second: float

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self)


def summarize(verdicts: Sequence[Verdict], real_seconds: float) -> Summary:
    """The summary of verdicts; `real_seconds` is how long the sweep took."""
    ends = Counter(f"{one.status} {one.end}".strip() or one.last_state for one in verdicts)
    slowest = sorted(verdicts, key=lambda one: -one.seconds)[:SHOWN]
    eventful = sorted(verdicts, key=lambda one: -one.history_events)[:SHOWN]
    return Summary(
        runs=len(verdicts),
        ends=dict(ends.most_common()),
        broken=[
            {"seed": one.seed, "strategy": one.strategy, "replay": one.replay, "complaints": list(one.failures)}
            for one in verdicts
            if one.failures
        ],
        matrix=_matrix(verdicts),
        slowest=[{"seed": one.seed, "seconds": round(one.seconds, 3)} for one in slowest],
        most_eventful=[{"seed": one.seed, "history_events": one.history_events} for one in eventful],
        real_seconds=round(real_seconds, 1),
        rollouts_a_second=round(len(verdicts) / real_seconds, 2) if real_seconds else 0.0,
    )


def _matrix(verdicts: Sequence[Verdict]) -> dict[str, dict[str, dict[str, int]]]:
    strategies = sorted({one.strategy for one in verdicts})
    matrix = {each: {kind: dict.fromkeys(phases(), 0) for kind in sorted(KINDS)} for each in strategies}
    for verdict in verdicts:
        for hit in verdict.fault_hits:
            matrix[verdict.strategy][hit.kind][hit.phase] += 1
    return matrix
