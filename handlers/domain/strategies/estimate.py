"""How long a rollout takes, how often it looks, how many history events that makes. All figures are estimates.

Step Functions keeps 25,000 events an execution. A pass that only waits costs 9 of them (assess 5, choice 2, wait 2),
one that acts 14 (a task more, less a shorter way).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.model.stage import Stage

CYCLE_SECONDS = 210  # launch, connect, start, drain, stop: one slot once round (docs/aws-facts.md, Timings)
PASS_EVENTS, ACT_EVENTS, FRAME_EVENTS = 9, 14, 60
ACTS_A_CYCLE = 3
SHORTEST_POLL, LONGEST_POLL = 15, 60
SMALL_FLEET, SMALL_BUDGET, BUDGET = 20, 950, 2400
PATIENCE = 6
ROLLOUT_SECONDS_AT_LEAST = 7200


@dataclass(frozen=True)
class Estimate:
    """What the plan expects."""

    cycles: int
    expected_seconds: int
    poll_seconds: int
    expected_events: int


def estimate(size: int, window: int, bake_seconds: int) -> Estimate:
    """The pace of `size` instances with `window` of them moving at a time."""
    cycles = math.ceil(size / max(1, window))
    seconds = cycles * CYCLE_SECONDS
    acting = FRAME_EVENTS + cycles * ACTS_A_CYCLE * ACT_EVENTS
    for_polls = max(1, (SMALL_BUDGET if size <= SMALL_FLEET else BUDGET) - acting)
    poll = min(LONGEST_POLL, max(SHORTEST_POLL, math.ceil(PASS_EVENTS * (seconds + bake_seconds) / for_polls)))
    expected = seconds + bake_seconds
    return Estimate(cycles, expected, poll, acting + PASS_EVENTS * math.ceil(expected / poll))


def estimate_of_stages(stages: Sequence[Stage]) -> Estimate:
    """The pace of a rollout that moves all at once in each stage: one slot once round for each, and its bake."""
    seconds = len(stages) * CYCLE_SECONDS + sum(stage.bake_seconds for stage in stages)
    acting = FRAME_EVENTS + len(stages) * ACTS_A_CYCLE * ACT_EVENTS
    for_polls = max(1, SMALL_BUDGET - acting)
    poll = min(LONGEST_POLL, max(SHORTEST_POLL, math.ceil(PASS_EVENTS * seconds / for_polls)))
    return Estimate(len(stages), seconds, poll, acting + PASS_EVENTS * math.ceil(seconds / poll))


def rollout_seconds(estimate: Estimate) -> int:
    """The time-out of the whole rollout where the input names none."""
    return max(ROLLOUT_SECONDS_AT_LEAST, PATIENCE * estimate.expected_seconds)
