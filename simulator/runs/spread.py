"""What many measurements come to."""

import math


def spread(seconds: list[float]) -> dict[str, float]:
    """How many there are, their median, 95th percentile (nearest rank) and maximum; of none only how many."""
    if not seconds:
        return {"runs": 0}
    ordered = sorted(seconds)
    ranks = {"median": 0.5, "p95": 0.95, "worst": 1.0}
    return {"runs": len(ordered)} | {name: ordered[math.ceil(rank * len(ordered)) - 1] for name, rank in ranks.items()}
