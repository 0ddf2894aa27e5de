"""Where a rollout stands and what is left of it, as the console shows it beside every state. Pure."""

from dataclasses import dataclass

from handlers.domain.decision.stage_end import bake_left
from handlers.domain.decision.stages import stage_of
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.payloads import Direction

SURE_AFTER_PERCENT = 20
"""From here on the time left follows from the rollout's own pace, before from the plan's."""


@dataclass(frozen=True)
class Outlook:
    """`stage` is number `stage_number` of `stages` in this direction; `percent` how far the whole is.

    `lowest_margin` is how many tasks `margin_service`, the service closest to its floor, has above it; None where
    there is no service. `seconds_left` is an estimate; None on the way back.
    """

    stage: str
    stage_number: int
    stages: int
    percent: int
    lowest_margin: int | None
    margin_service: str
    seconds_left: int | None


def outlook(plan: Plan, observation: Observation) -> Outlook:
    """As this reading shows it."""
    tightest = min(
        (one for one in observation.services if not one.daemon),
        key=lambda one: (one.serving - one.min_running, one.name),
        default=None,
    )
    stages, percent = len(plan.stages_in(observation.direction)), percent_done(plan, observation)
    return Outlook(
        stage=stage_of(plan, observation.progress).name,
        stage_number=min(observation.progress.stage, stages - 1) + 1,
        stages=stages,
        percent=percent,
        lowest_margin=tightest.serving - tightest.min_running if tightest else None,
        margin_service=tightest.name if tightest else "",
        seconds_left=_seconds_left(plan, observation, percent),
    )


def percent_done(plan: Plan, observation: Observation) -> int:
    """How far it is: the instances that are replaced; where a stage moves services first, also the stages behind it."""
    left, total = len(observation.fleet.outgoing), max(1, plan.old)
    replaced = max(0, total - left) / total if plan.old else 1.0
    stages = len(plan.stages_in(observation.direction))
    if plan.strategy == "rolling" or stages == 1:
        return round(100 * replaced)
    behind = min(observation.progress.stage, stages - 1)
    return round(100 * (behind + (replaced if stage_of(plan, observation.progress).replaced is None else 0)) / stages)


def _seconds_left(plan: Plan, observation: Observation, percent: int) -> int | None:
    """What the plan expects, less what has passed; later by the rollout's own pace. Never less than the bake's rest."""
    if observation.direction is Direction.BACK:
        return None
    passed = max(0.0, observation.now - plan.started_at - observation.progress.idle_seconds)
    left = plan.expected_seconds - passed
    if percent >= SURE_AFTER_PERCENT:
        left = passed * (100 - percent) / percent
    return max(0, round(max(left, bake_left(plan, observation))))
