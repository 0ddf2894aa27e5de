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
    ends = Counter(f"{verdict.status} {verdict.end}".strip() or verdict.last_state for verdict in verdicts)
    slowest = sorted(verdicts, key=lambda verdict: -verdict.seconds)[:SHOWN]
    eventful = sorted(verdicts, key=lambda verdict: -verdict.history_events)[:SHOWN]
    return Summary(
        runs=len(verdicts),
        ends=dict(ends.most_common()),
        broken=[
            {
                "seed": verdict.seed,
                "strategy": verdict.strategy,
                "replay": verdict.replay,
                "complaints": list(verdict.failures),
            }
            for verdict in verdicts
            if verdict.failures
        ],
        matrix=_matrix(verdicts),
        slowest=[{"seed": verdict.seed, "seconds": round(verdict.seconds, 3)} for verdict in slowest],
        most_eventful=[{"seed": verdict.seed, "history_events": verdict.history_events} for verdict in eventful],
        real_seconds=round(real_seconds, 1),
        rollouts_a_second=round(len(verdicts) / real_seconds, 2) if real_seconds else 0.0,
    )


def _matrix(verdicts: Sequence[Verdict]) -> dict[str, dict[str, dict[str, int]]]:
    strategies = sorted({each.strategy for each in verdicts})
    matrix = {each: {kind: dict.fromkeys(phases(), 0) for kind in sorted(KINDS)} for each in strategies}
    for verdict in verdicts:
        for hit in verdict.fault_hits:
            matrix[verdict.strategy][hit.kind][hit.phase] += 1
    return matrix
