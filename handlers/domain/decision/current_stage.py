"""Where in its stages a rollout is. Pure."""

from dataclasses import replace

from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.domain.model.stage import Stage
from handlers.payloads import Direction

STOPPING = "stopping as asked"


def stage_of(plan: Plan, progress: Progress) -> Stage:
    """The current stage; after the last one, the last one. One that is to stop finishes only what has begun."""
    strategy_plan = plan.route.stages_in(progress.direction)
    stage = strategy_plan[min(progress.stage.index, len(strategy_plan) - 1)]
    if not stopping(progress):
        return stage
    return replace(stage, name=STOPPING, replaced=progress.pause.stops_at, ahead=False, bake_seconds=0, promotion=False)


def stopping(progress: Progress) -> bool:
    """Whether the rollout only finishes what has begun, as an operator asked."""
    return progress.pause.stops_at is not None and progress.direction is Direction.FORWARD


def is_last(plan: Plan, progress: Progress) -> bool:
    """Whether no other stage follows."""
    return stopping(progress) or progress.stage.index >= len(plan.route.stages_in(progress.direction)) - 1


def placement_label(plan: Plan, progress: Progress) -> str | None:
    """The label of the placement that services are to have now; None where they are left as they are."""
    stage = stage_of(plan, progress)
    return stage.standby if progress.stage.serving_old and stage.standby else stage.placement
