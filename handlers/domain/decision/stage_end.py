"""The gate at the end of a stage: bake under load with the alarms watched, then, where asked, somebody's promotion.

The answer lies in the table, so it is read like the rest of the world; the task token only wakes the rollout up.
So does what silence means, once the time for an answer is over: whoever writes first has decided.
"""

import math
from enum import StrEnum

from handlers.domain.decision.poll_interval import look_seconds
from handlers.domain.decision.settling import seconds_left, settling
from handlers.domain.decision.stages import stage_of
from handlers.domain.model.observation import ApprovalRequest, Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind

PROMOTE, FLIP, TURN_BACK = "promote", "flip", "roll_back"
UNSOLICITED = "unasked"
DATA_SECONDS = 900


class Closed(StrEnum):
    """Why a question cannot be answered any more."""

    TIMED_OUT = "timed-out"
    TURNED_BACK = "turned-back"


def is_open(approval: ApprovalRequest, now: float) -> bool:
    """Whether somebody may answer it now."""
    return not (approval.response or approval.closed or time_is_over(approval, now))


def time_is_over(approval: ApprovalRequest, now: float) -> bool:
    """Whether it was to be answered before now, whether or not somebody has written down what silence means."""
    return 0 < approval.respond_by <= now


def gate_of(plan: Plan, observation: Observation) -> Step | None:
    """What the gate of the current stage still wants; None when it is passed."""
    if observation.direction is Direction.BACK:
        return None
    return (
        _bake(plan, observation)
        or _settled(plan, observation)
        or _data(plan, observation)
        or _promotion(plan, observation)
    )


def prompt(plan: Plan, observation: Observation) -> str:
    """What is asked at this gate, unlike any other question of this rollout."""
    progress = observation.progress
    return f"{progress.stage + 1}. {stage_of(plan, progress).name}" + (
        " (old fleet serves)" if progress.serving_old else ""
    )


def response_to(plan: Plan, observation: Observation) -> str:
    """What was answered at this gate, or unasked; where the table says that nobody did in time, what silence means."""
    approval = observation.approval
    if (
        approval is None
        or approval.rollout_id != plan.rollout_id
        or approval.prompt not in (UNSOLICITED, prompt(plan, observation))
    ):
        return ""
    if approval.response == FLIP and approval.responded_at <= observation.progress.last_switch_handled_at:
        return ""
    return approval.response or approval.silence


def in_silence(plan: Plan, observation: Observation) -> str:
    """What it means that nobody answers in time: as the input says; after a flip, the way back."""
    return TURN_BACK if observation.progress.serving_old else plan.approval_policy.promotion_on_timeout


def flips(plan: Plan, observation: Observation) -> bool:
    """Whether somebody asks for the other fleet to serve, and it can."""
    return response_to(plan, observation) == FLIP and stage_of(plan, observation.progress).standby is not None


def bake_left(plan: Plan, observation: Observation) -> float:
    """Seconds of baking that are left."""
    began, seconds = observation.progress.bake_began_at, stage_of(plan, observation.progress).bake_seconds
    return seconds if began is None else began + seconds - observation.now


def asks(plan: Plan, observation: Observation) -> bool:
    """Whether this stage ends with a promotion: by plan, because alarms without data say so, or after a flip."""
    paused = bool(observation.alarms_without_data) and plan.approval_policy.inconclusive == "pause"
    stage = stage_of(plan, observation.progress)
    return stage.promotion or observation.progress.serving_old or (paused and stage.bake_seconds > 0)


def _bake(plan: Plan, observation: Observation) -> Step | None:
    left = bake_left(plan, observation)
    if left <= 0 or observation.progress.serving_old:
        return None
    kind = StepKind.BAKE if observation.progress.bake_began_at is None else StepKind.WAIT_UNDER_LOAD
    return Step(kind, f"{left:.0f} s of the bake left", seconds=max(1, min(plan.poll_seconds, round(left))))


def _settled(plan: Plan, observation: Observation) -> Step | None:
    """Whatever moved in this stage has run for `min_healthy_seconds`, in the bake or after it."""
    left = seconds_left(plan, observation)
    return settling(plan, left) if left and not observation.progress.serving_old else None


def _data(plan: Plan, observation: Observation) -> Step | None:
    """Alarms without data get some more time after the bake."""
    left = bake_left(plan, observation) + DATA_SECONDS
    if not observation.alarms_without_data or stage_of(plan, observation.progress).bake_seconds == 0 or left <= 0:
        return None
    because = f"no data for {', '.join(observation.alarms_without_data[:3])}, {left:.0f} s more"
    return Step(StepKind.WAIT_UNDER_LOAD, because, seconds=max(1, min(plan.poll_seconds, round(left))))


def _promotion(plan: Plan, observation: Observation) -> Step | None:
    if not asks(plan, observation) or response_to(plan, observation) == PROMOTE:
        return None
    return Step(StepKind.WAIT_FOR_PROMOTION, prompt(plan, observation), seconds=_until_next_look(plan, observation))


def _until_next_look(plan: Plan, observation: Observation) -> int:
    """No longer than somebody may answer: then silence decides."""
    approval = observation.approval
    if approval is None or (approval.rollout_id, approval.prompt) != (plan.rollout_id, prompt(plan, observation)):
        return look_seconds(0.0)
    every = look_seconds(observation.now - approval.asked_at)
    return max(1, min(every, math.ceil(approval.respond_by - observation.now))) if approval.respond_by else every
