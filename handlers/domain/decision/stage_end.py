"""The gate at the end of a stage: bake under load with the alarms watched, then, where asked, somebody's promotion.

The answer lies in the table, so it is read like the rest of the world; the task token only wakes the rollout up.
So does what silence means, once the time for an answer is over: whoever writes first has decided.
"""

import math
from enum import StrEnum

from handlers.domain.decision.poll_interval import look_seconds
from handlers.domain.decision.settling import seconds_left, settling
from handlers.domain.decision.stages import stage_of
from handlers.domain.model.observation import Gate, Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind

PROMOTE, FLIP, TURN_BACK = "promote", "flip", "roll_back"
UNASKED = "unasked"
DATA_SECONDS = 900


class Closed(StrEnum):
    """Why a question cannot be answered any more."""

    TIMED_OUT = "timed-out"
    TURNED_BACK = "turned-back"


def is_open(gate: Gate, now: float) -> bool:
    """Whether somebody may answer it now."""
    return not (gate.answer or gate.closed or time_is_over(gate, now))


def time_is_over(gate: Gate, now: float) -> bool:
    """Whether it was to be answered before now, whether or not somebody has written down what silence means."""
    return 0 < gate.answer_by <= now


def gate_of(plan: Plan, seen: Observation) -> Step | None:
    """What the gate of the current stage still wants; None when it is passed."""
    if seen.direction is Direction.BACK:
        return None
    return _bake(plan, seen) or _settled(plan, seen) or _data(plan, seen) or _promotion(plan, seen)


def question(plan: Plan, seen: Observation) -> str:
    """What is asked at this gate, unlike any other question of this rollout."""
    progress = seen.progress
    return f"{progress.stage + 1}. {stage_of(plan, progress).name}" + (
        " (old fleet serves)" if progress.flipped else ""
    )


def answer_of(plan: Plan, seen: Observation) -> str:
    """What was answered at this gate, or unasked; where the table says that nobody did in time, what silence means."""
    gate = seen.gate
    if gate is None or gate.rollout_id != plan.rollout_id or gate.question not in (UNASKED, question(plan, seen)):
        return ""
    if gate.answer == FLIP and gate.answered_at <= seen.progress.heard:
        return ""
    return gate.answer or gate.silence


def in_silence(plan: Plan, seen: Observation) -> str:
    """What it means that nobody answers in time: as the input says; after a flip, the way back."""
    return TURN_BACK if seen.progress.flipped else plan.gates.promotion_on_timeout


def flips(plan: Plan, seen: Observation) -> bool:
    """Whether somebody asks for the other fleet to serve, and it can."""
    return answer_of(plan, seen) == FLIP and stage_of(plan, seen.progress).standby is not None


def bake_left(plan: Plan, seen: Observation) -> float:
    """Seconds of baking that are left."""
    began, seconds = seen.progress.bake_began_at, stage_of(plan, seen.progress).bake_seconds
    return seconds if began is None else began + seconds - seen.now


def asks(plan: Plan, seen: Observation) -> bool:
    """Whether this stage ends with a promotion: by plan, because alarms without data say so, or after a flip."""
    paused = bool(seen.alarms_without_data) and plan.gates.inconclusive == "pause"
    stage = stage_of(plan, seen.progress)
    return stage.promotion or seen.progress.flipped or (paused and stage.bake_seconds > 0)


def _bake(plan: Plan, seen: Observation) -> Step | None:
    left = bake_left(plan, seen)
    if left <= 0 or seen.progress.flipped:
        return None
    kind = StepKind.BAKE if seen.progress.bake_began_at is None else StepKind.WAIT_UNDER_LOAD
    return Step(kind, f"{left:.0f} s of the bake left", seconds=max(1, min(plan.poll_seconds, round(left))))


def _settled(plan: Plan, seen: Observation) -> Step | None:
    """Whatever moved in this stage has run for `min_healthy_seconds`, in the bake or after it."""
    left = seconds_left(plan, seen)
    return settling(plan, left) if left and not seen.progress.flipped else None


def _data(plan: Plan, seen: Observation) -> Step | None:
    """Alarms without data get some more time after the bake."""
    left = bake_left(plan, seen) + DATA_SECONDS
    if not seen.alarms_without_data or stage_of(plan, seen.progress).bake_seconds == 0 or left <= 0:
        return None
    because = f"no data for {', '.join(seen.alarms_without_data[:3])}, {left:.0f} s more"
    return Step(StepKind.WAIT_UNDER_LOAD, because, seconds=max(1, min(plan.poll_seconds, round(left))))


def _promotion(plan: Plan, seen: Observation) -> Step | None:
    if not asks(plan, seen) or answer_of(plan, seen) == PROMOTE:
        return None
    return Step(StepKind.WAIT_FOR_PROMOTION, question(plan, seen), seconds=_until_next_look(plan, seen))


def _until_next_look(plan: Plan, seen: Observation) -> int:
    """No longer than somebody may answer: then silence decides."""
    gate = seen.gate
    if gate is None or (gate.rollout_id, gate.question) != (plan.rollout_id, question(plan, seen)):
        return look_seconds(0.0)
    every = look_seconds(seen.now - gate.asked_at)
    return max(1, min(every, math.ceil(gate.answer_by - seen.now))) if gate.answer_by else every
