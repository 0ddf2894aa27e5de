"""The gate at the end of a stage: bake under load with the alarms watched, then, where asked, an operator's promotion.

The answer lies in the table, so it is read like all else; the task token only wakes the rollout up.
So does what silence means, once the time for an answer is over: whoever writes first has decided.
"""

import math

from handlers.domain.decision.doubt import watched
from handlers.domain.decision.poll_interval import look_seconds
from handlers.domain.decision.settling import seconds_left, settling
from handlers.domain.decision.situation import Situation
from handlers.domain.model.approval import FLIP, PROMOTE, TURN_BACK
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind

DATA_SECONDS = 900


def end_of_stage(situation: Situation) -> Step | None:
    """What the gate of the current stage still wants; None when it is passed."""
    if situation.direction is Direction.BACK:
        return None
    return _bake(situation) or _settled(situation) or _watched(situation) or _data(situation) or _promotion(situation)


def in_silence(situation: Situation) -> str:
    """What it means that nobody answers in time: as the input says; after a flip, the way back."""
    return TURN_BACK if situation.progress.stage.serving_old else situation.plan.policies.approval.promotion_on_timeout


def flips(situation: Situation) -> bool:
    """Whether an operator asks for the other fleet to serve, and it can."""
    return situation.response == FLIP and situation.stage.standby is not None


def bake_left(situation: Situation) -> float:
    """Seconds of baking that are left."""
    began, seconds = situation.progress.stage.bake_began_at, situation.stage.bake_seconds
    return seconds if began is None else began + seconds - situation.now


def asks(situation: Situation) -> bool:
    """Whether this stage ends with a promotion: by plan, because alarms without data say so, or after a flip."""
    paused = (
        bool(situation.observation.alarms_without_data) and situation.plan.policies.approval.inconclusive == "pause"
    )
    stage = situation.stage
    return stage.promotion or situation.progress.stage.serving_old or (paused and stage.bake_seconds > 0)


def _bake(situation: Situation) -> Step | None:
    left = bake_left(situation)
    if left <= 0 or situation.progress.stage.serving_old:
        return None
    kind = StepKind.BAKE if situation.progress.stage.bake_began_at is None else StepKind.WAIT_UNDER_LOAD
    return Step(
        kind, f"{left:.0f} s of the bake left", seconds=max(1, min(situation.plan.policies.poll_seconds, round(left)))
    )


def _settled(situation: Situation) -> Step | None:
    """Whatever moved in this stage has run for `min_healthy_seconds`, in the bake or after it."""
    left = seconds_left(situation)
    return settling(situation.plan, left) if left and not situation.progress.stage.serving_old else None


def _watched(situation: Situation) -> Step | None:
    """A bake that is over does not end well while it is open what it showed."""
    return watched(situation) if not situation.progress.stage.serving_old else None


def _data(situation: Situation) -> Step | None:
    """Alarms without data get some more time after the bake."""
    left = bake_left(situation) + DATA_SECONDS
    if not situation.observation.alarms_without_data or situation.stage.bake_seconds == 0 or left <= 0:
        return None
    because = f"no data for {', '.join(situation.observation.alarms_without_data[:3])}, {left:.0f} s more"
    return Step(
        StepKind.WAIT_UNDER_LOAD, because, seconds=max(1, min(situation.plan.policies.poll_seconds, round(left)))
    )


def _promotion(situation: Situation) -> Step | None:
    if not asks(situation) or situation.response == PROMOTE:
        return None
    return Step(StepKind.WAIT_FOR_PROMOTION, situation.prompt, seconds=_until_next_look(situation))


def _until_next_look(situation: Situation) -> int:
    """No longer than an operator may answer: then silence decides."""
    approval = situation.observation.approval
    if approval is None or (approval.rollout_id, approval.about) != (situation.plan.rollout_id, situation.about):
        return look_seconds(0.0)
    every = look_seconds(situation.now - approval.asked_at)
    return max(1, min(every, math.ceil(approval.respond_by - situation.now))) if approval.respond_by else every
