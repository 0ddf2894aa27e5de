"""Builds the plan: what was discovered, the stages of the strategy and the record of all settings, in one."""

from dataclasses import replace

from handlers.domain.decision.report_metrics import versions
from handlers.domain.decision.zone_balance import spread
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.model.amount import count
from handlers.domain.model.group_record import GroupRecord, ProviderSettings
from handlers.domain.model.plan import AtStart, Plan, Policies, Route, Summary, Timeouts
from handlers.domain.model.topology import OneGroup, Sizes, Topology, TwoGroups
from handlers.domain.strategies.estimate import rollout_seconds
from handlers.planning.discover import Discovery
from handlers.planning.second_group import SecondGroup
from handlers.planning.strategy_plan import StrategyPlan, plan_strategy

THIRD = "34%"


def build_plan(spec: RolloutInput, found: Discovery, rollout_id: str) -> tuple[Plan, StrategyPlan]:
    """The plan, and what the strategy makes of this cluster. Raises PlanImpossible where it makes nothing of it."""
    node_group, second = found.node_group, found.second
    amis = (found.original, found.target.image_id)
    strategy_plan = plan_strategy(spec, node_group, second, found.services, amis, found.other_amis, found.older)
    plan = Plan(
        rollout_id=rollout_id,
        cluster=node_group.cluster,
        topology=_topology(strategy_plan, found.old_record, second),
        target_ami=found.target.image_id,
        original_ami=found.original,
        started_at=found.read_at,
        at_start=_at_start(found),
        sizes=_sizes(spec, found, strategy_plan),
        route=Route(strategy_plan.stages, strategy_plan.rollback_stages, strategy_plan.moves, strategy_plan.rescues),
        policies=_policies(spec, found, strategy_plan),
        recorded=found.recorded,
        summary=Summary(
            expected_seconds=strategy_plan.estimate.expected_seconds,
            software=versions(found.members),
            labels={"strategy": strategy_plan.strategy},
        ),
        left_alone=strategy_plan.left_alone,
        cordon=strategy_plan.cordon,
        publish_to=spec.publish_to,
    )
    return plan, strategy_plan


def _sizes(spec: RolloutInput, found: Discovery, strategy_plan: StrategyPlan) -> Sizes:
    """How many at a time, either way.

    On the way back a third of the old group or what the input says; without its word MaxSize is not widened to be
    quicker, only where services would find no room.
    """
    surge, old = _within_the_budget(spec, strategy_plan, found.read_at), found.old_record
    asked = spec.roll_back.surge
    third = count(THIRD, old.desired, up=True) if asked is None else count(asked, old.desired, up=True)
    quicker = max(0, min(third, old.maximum - old.desired)) if asked is None else third
    return Sizes(strategy_plan.size, surge, strategy_plan.max_unavailable, quicker, third)


def _at_start(found: Discovery) -> AtStart:
    return AtStart(
        old=len(found.old),
        ready=sum(instance.lifecycle == "InService" and instance.status == "ACTIVE" for instance in found.members),
        spread=spread(found.members, found.node_group.group.zones),
    )


def _policies(spec: RolloutInput, found: Discovery, strategy_plan: StrategyPlan) -> Policies:
    return Policies(
        alarms=_alarms(spec, found.alarm_states),
        standalone_tasks=spec.standalone_tasks,
        protected_instances=_protection(spec, found.old_record.provider),
        timeouts=_timeouts(spec, strategy_plan),
        approval=spec.gates,
        maintenance=spec.maintenance,
        min_healthy_seconds=spec.min_healthy_seconds,
        poll_seconds=strategy_plan.estimate.poll_seconds,
        hand_over_at=spec.hand_over_at,
    )


def _alarms(spec: RolloutInput, states: dict[str, str]) -> tuple[str, ...]:
    """The alarms to watch: all that are named, but those that fire already and that the input ignores by name."""
    ignored = [name for name in spec.alarms if states.get(name) == "ALARM" and name in spec.alarms_at_start]
    return tuple(name for name in spec.alarms if name not in ignored)


def _topology(strategy_plan: StrategyPlan, old: GroupRecord, second: SecondGroup | None) -> Topology:
    if second is None:
        return OneGroup(old, gradual=strategy_plan.gradual)
    return TwoGroups(old, second.record, strategy_plan.managed, strategy_plan.after == "delete", second.copy)


def _within_the_budget(spec: RolloutInput, strategy_plan: StrategyPlan, now: float) -> int:
    """The surge, or less where the maintenance window that is open, or opens next, allows less at once."""
    window = spec.maintenance.open_window(spec.maintenance.next_opening(now))
    if window is None or window.at_most is None or not strategy_plan.surge:
        return strategy_plan.surge
    return max(1, min(strategy_plan.surge, count(window.at_most, strategy_plan.size, up=False)))


def _protection(spec: RolloutInput, provider: ProviderSettings | None) -> str:
    """A provider's own protection of instances with tasks is no word of an operator: such instances are replaced."""
    managed = provider is not None and provider.managed_termination_protection == "ENABLED"
    return "replace" if managed else spec.protected_instances


def _timeouts(spec: RolloutInput, strategy_plan: StrategyPlan) -> Timeouts:
    """As asked; the whole gets what the plan expects, some times over, and as long as launches may fail."""
    if spec.timeouts.rollout_seconds:
        return spec.timeouts
    return replace(
        spec.timeouts, rollout_seconds=rollout_seconds(strategy_plan.estimate) + spec.timeouts.launch_seconds
    )
