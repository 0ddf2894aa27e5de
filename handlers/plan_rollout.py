"""Plan rollout: read the input and the world, refuse what cannot work, write the plan. Nothing is changed."""

from dataclasses import replace
from typing import Any

from handlers.contract import PLAN, Outcome, PlanImpossible, Rollout
from handlers.domain.fleet import Instance
from handlers.domain.observation import Observation, Progress
from handlers.domain.pace import Pace, count, pace, rollout_seconds
from handlers.domain.plan import Plan, ProviderSettings, Timeouts
from handlers.domain.rollout_input import RolloutInput, read_input
from handlers.domain.strategies import rolling
from handlers.doorway import doorway
from handlers.observe import instances, observe
from handlers.planning import checks
from handlers.planning.node_group import NodeGroup, find_node_group
from handlers.planning.record import record, template_in_use, version_to_return_to
from handlers.planning.target import check_architecture, find_target, running_ami
from handlers.world import World


@doorway(PLAN)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """`{"input": …, "execution_id": ARN}` -> Rollout. Raises InputInvalid or PlanImpossible; nothing was changed."""
    return plan_rollout(read_input(event["input"]), event["execution_id"], world).to_state()


def plan_rollout(asked: RolloutInput, execution_id: str, world: World) -> Rollout:
    """The plan, written to the table unless nothing is to be done or it is a dry run."""
    node_group = find_node_group(world, asked)
    group = node_group.group
    used, version = template_in_use(world, group)
    members = [one for one in instances(world, group, node_group.cluster) if not one.going]
    target = find_target(world, asked.ami, running_ami(members, version))
    check_architecture(world, target, group, version)
    old = [one for one in members if one.ami != target.image_id]
    if not old and version.image_id == target.image_id:
        return _nothing_to_do(execution_id, node_group, target.image_id, len(members))
    services = world.ecs.services(node_group.cluster)
    checks.check_services(services)
    checks.check_alarms(asked.alarms, world.cloudwatch.alarm_states(asked.alarms) if asked.alarms else {})
    back = version_to_return_to(world, group, members, version, used.template_id, target.image_id)
    recorded = record(world, node_group, used, back, services)
    checks.check_protection(old, asked.protected_instances, recorded.provider)
    surge = count(asked.strategy.surge, group.desired, up=True)
    unavailable = count(asked.strategy.max_unavailable, group.desired, up=False)
    paced = pace(group.desired, surge or unavailable, asked.bake_seconds)
    checks.check_history(paced)
    plan = Plan(
        rollout_id=_rollout_id(execution_id),
        cluster=node_group.cluster,
        group=group.name,
        target_ami=target.image_id,
        original_ami=running_ami(old, version),
        started_at=world.now(),
        size=group.desired,
        ready=sum(one.lifecycle == "InService" and one.status == "ACTIVE" for one in members),
        surge=surge,
        max_unavailable=unavailable,
        bake_seconds=asked.bake_seconds,
        alarms=asked.alarms,
        standalone_tasks=asked.standalone_tasks,
        protected_instances=_protection(asked, recorded.provider),
        timeouts=_timeouts(asked.timeouts, paced),
        poll_seconds=paced.poll_seconds,
        recorded=recorded,
    )
    checks.check_counts(plan)
    progress = Progress(began_at=plan.started_at, since=plan.started_at)
    seen = observe(world, plan, progress)
    _check_first_drain(plan, seen)
    plan = replace(plan, findings=checks.findings(seen.fleet.outgoing, services, recorded.provider))
    if not asked.dry_run:
        world.table.save_plan(plan, progress)
    return _rollout(plan, Outcome.DRY_RUN if asked.dry_run else Outcome.PROCEED, paced, old)


def _check_first_drain(plan: Plan, seen: Observation) -> None:
    """Without a surge the first instance must be able to drain into what is there: nothing is ever added first."""
    if plan.surge == 0 and seen.fleet.outgoing and not rolling.to_drain(plan, seen):
        raise PlanImpossible(
            "strategy.surge: it is 0, and the tasks of the oldest instance fit nowhere else and may not be missing. "
            "Allowed is a surge of at least 1 here."
        )


def _rollout(plan: Plan, outcome: Outcome, paced: Pace, old: list[Instance]) -> Rollout:
    summary = (
        f"{len(old)} of {plan.size} instances of {plan.group} move from {plan.original_ami} to {plan.target_ami}, "
        f"{plan.surge} ahead and {plan.max_unavailable} missing at a time: about {paced.expected_seconds // 60} minutes"
    )
    details = {
        "old": len(old),
        "size": plan.size,
        "surge": plan.surge,
        "max_unavailable": plan.max_unavailable,
        "poll_seconds": paced.poll_seconds,
        "expected_seconds": paced.expected_seconds,
        "expected_history_events": paced.expected_events,
        "findings": list(plan.findings),
    }
    return Rollout(plan.rollout_id, outcome, plan.cluster, plan.group, plan.target_ami, summary, details)


def _nothing_to_do(execution_id: str, node_group: NodeGroup, target: str, size: int) -> Rollout:
    name = node_group.group.name
    summary = f"all {size} instances of {name} run {target}, and so will the next ones: nothing to do"
    return Rollout(_rollout_id(execution_id), Outcome.UP_TO_DATE, node_group.cluster, name, target, summary)


def _rollout_id(execution_id: str) -> str:
    """The execution's own name: the same for every retry of this state."""
    return execution_id.rsplit(":", 1)[-1]


def _protection(asked: RolloutInput, provider: ProviderSettings | None) -> str:
    """A provider's own protection of instances with tasks is no word of an operator: such instances are replaced."""
    managed = provider is not None and provider.managed_termination_protection == "ENABLED"
    return "replace" if managed else asked.protected_instances


def _timeouts(asked: Timeouts, paced: Pace) -> Timeouts:
    return asked if asked.rollout_seconds else replace(asked, rollout_seconds=rollout_seconds(paced))
