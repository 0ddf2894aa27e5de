"""What will happen, in order, and what it costs: estimates for whoever reads the plan before it runs."""

from typing import Any

from handlers.domain.decision.report_metrics import HOUR, estimated_cost
from handlers.domain.model.plan import Plan
from handlers.domain.model.stage import Stage
from handlers.domain.strategies.estimate import CYCLE_SECONDS
from handlers.planning.strategy_plan import StrategyPlan

EVENTS_A_TRANSITION = 3


def estimate_details(plan: Plan, strategy_plan: StrategyPlan) -> dict[str, Any]:
    """Steps as sentences, extra instance-hours, the machine's own cost in US dollars, moves per task (low, high)."""
    gradual = plan.topology.gradual
    more = plan.sizes.surge if plan.topology.in_place else plan.sizes.size
    seconds = CYCLE_SECONDS if gradual else strategy_plan.estimate.expected_seconds
    rounds = strategy_plan.estimate.cycles if gradual else 1
    transitions = strategy_plan.estimate.expected_events / EVENTS_A_TRANSITION
    return {
        "steps": [_sentence(plan, stage) for stage in strategy_plan.stages],
        "harm_seen_within_seconds": {stage.name: _sees(plan, stage) for stage in strategy_plan.stages},
        "extra_instance_hours": round(more * rounds * seconds / HOUR, 2),
        "estimated_cost_usd": estimated_cost(transitions),
        "expected_moves_per_task": _moves(plan),
    }


def _sees(plan: Plan, stage: Stage) -> int:
    """How long after its start a task may fail and still be seen before the stage ends."""
    return max(plan.policies.min_healthy_seconds, stage.bake_seconds)


def _sentence(plan: Plan, stage: Stage) -> str:
    """One stage for the operator."""
    words = [stage.name]
    if stage.replaced is None:
        words.append(f"until all {plan.at_start.old} old instances are replaced")
    elif stage.replaced:
        words.append(f"until {stage.replaced} of {plan.at_start.old} old instances are replaced")
    if stage.bake_seconds:
        words.append(f"bake for {stage.bake_seconds} s with {len(plan.policies.alarms)} alarms watched")
    if stage.promotion:
        words.append("wait for a promotion")
    words.append(f"tasks that fail within {_sees(plan, stage)} s of their start are seen before it ends")
    return ", ".join(words)


def _moves(plan: Plan) -> list[float]:
    """How often each task moves, at least and at most."""
    if plan.topology.gradual and any(finding.code == "TASKS_MAY_MOVE_TWICE" for finding in plan.summary.findings):
        return [1.0, 2.0]
    deployments = sum(any(label != "before" for label in move.placements) for move in plan.route.moves)
    return (
        [1.0, float(max(1, len(plan.route.stages) - 1))] if deployments and not plan.topology.in_place else [1.0, 1.0]
    )
