"""The gate at the end of a stage: bake under load with the alarms watched, then, where asked, somebody's promotion.

The answer lies in the table, so it is read like the rest of the world; the task token only wakes the rollout up.
"""

from handlers.contract import Direction, StepKind
from handlers.domain.looks import look_seconds
from handlers.domain.observation import Observation
from handlers.domain.plan import Plan
from handlers.domain.settling import seconds_left, settling
from handlers.domain.stages import stage_of
from handlers.domain.step import Step

PROMOTE, FLIP, TURN_BACK = "promote", "flip", "roll_back"
UNASKED = "unasked"
DATA_SECONDS = 900


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
    """What was answered at this gate, or unasked; where nobody did in time, what the input says."""
    gate = seen.gate
    if gate is None or gate.rollout_id != plan.rollout_id or gate.question not in (UNASKED, question(plan, seen)):
        return ""
    if gate.answer == FLIP and gate.answered_at <= seen.progress.heard:
        return ""
    late = gate.question != UNASKED and seen.now - gate.asked_at > plan.gates.promotion_seconds
    in_silence = TURN_BACK if seen.progress.flipped else plan.gates.promotion_on_timeout
    return gate.answer or (in_silence if late else "")


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
    asked_at = seen.gate.asked_at if seen.gate and seen.gate.question == question(plan, seen) else seen.now
    return Step(StepKind.WAIT_FOR_PROMOTION, question(plan, seen), seconds=look_seconds(seen.now - asked_at))
