"""Where a rollout stands and what is left of it, as the console shows it beside every state. Pure."""

from dataclasses import dataclass

from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stage_end import bake_left
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


def outlook(situation: Situation) -> Outlook:
    """As this reading shows it."""
    tightest = min(
        (service for service in situation.services if not service.daemon),
        key=lambda service: (service.serving - service.min_running, service.name),
        default=None,
    )
    stages, percent = len(situation.plan.route.stages_in(situation.direction)), percent_done(situation)
    return Outlook(
        stage=situation.stage.name,
        stage_number=min(situation.progress.stage.index, stages - 1) + 1,
        stages=stages,
        percent=percent,
        lowest_margin=tightest.serving - tightest.min_running if tightest else None,
        margin_service=tightest.name if tightest else "",
        seconds_left=_seconds_left(situation, percent),
    )


def percent_done(situation: Situation) -> int:
    """How far it is: the instances that are replaced; where a stage moves services first, also the stages behind it."""
    left, total = len(situation.fleet.outgoing), max(1, situation.plan.at_start.old)
    replaced = max(0, total - left) / total if situation.plan.at_start.old else 1.0
    stages = len(situation.plan.route.stages_in(situation.direction))
    if situation.plan.topology.gradual or stages == 1:
        return round(100 * replaced)
    behind = min(situation.progress.stage.index, stages - 1)
    return round(100 * (behind + (replaced if situation.stage.replaced is None else 0)) / stages)


def _seconds_left(situation: Situation, percent: int) -> int | None:
    """What the plan expects, less what has passed; later by the rollout's own pace. Never less than the bake's rest."""
    if situation.direction is Direction.BACK:
        return None
    passed = max(0.0, situation.now - situation.plan.started_at - situation.progress.pause.idle_seconds)
    left = situation.plan.summary.expected_seconds - passed
    if percent >= SURE_AFTER_PERCENT:
        left = passed * (100 - percent) / percent
    return max(0, round(max(left, bake_left(situation))))
