"""Plan rollout: read the input and the world, refuse what cannot work, write the plan. Nothing is changed."""

from dataclasses import replace
from typing import Any

from handlers.contract import PLAN, Outcome, PlanImpossible, Rollout
from handlers.domain import window
from handlers.domain.action_input import is_action, read_action
from handlers.domain.balance import spread
from handlers.domain.fleet import Instance
from handlers.domain.observation import Observation, Progress
from handlers.domain.pace import rollout_seconds
from handlers.domain.plan import Plan, ProviderSettings, Timeouts
from handlers.domain.rollout_input import Approval, RolloutInput, read_input
from handlers.domain.strategy_input import BlueGreen, ByProvider
from handlers.doorway import doorway
from handlers.gateways.ec2 import Image
from handlers.observe import instances, observe, with_targets
from handlers.planning import checks
from handlers.planning.answer import plan_answer
from handlers.planning.approval import approved
from handlers.planning.course import Course, course_of
from handlers.planning.images import about_tags, check_architecture_of_images
from handlers.planning.node_group import NodeGroup, find_node_group
from handlers.planning.record import group_record, record, template_in_use, version_to_return_to
from handlers.planning.second_group import check_is_new, find_second_group
from handlers.planning.target import check_architecture, find_target, running_ami
from handlers.world import World


@doorway(PLAN)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """`{"input": …, "execution_id": ARN}` -> Rollout. Raises InputInvalid or PlanImpossible; nothing was changed."""
    given, execution_id = event["input"], event["execution_id"]
    if is_action(given):
        return plan_answer(read_action(given), rollout_id_of(execution_id), world).to_state()
    return plan_rollout(read_input(given), execution_id, world).to_state()


def plan_rollout(asked: RolloutInput, execution_id: str, world: World) -> Rollout:
    """The plan, written to the table unless nothing is to be done or it is a dry run."""
    node_group = find_node_group(world, asked)
    group = node_group.group
    used, version = template_in_use(world, group)
    second = find_second_group(world, asked, node_group, used, version)
    members = [one for one in instances(world, [group], node_group.cluster) if not one.going]
    running = running_ami(members, version)
    types = second.types if second else group.instance_types or (version.instance_type,)
    target = find_target(world, asked.ami, running, types)
    check_is_new(world, second, node_group.cluster, target.image_id)
    check_architecture(world, target, second.record.name if second else group.name, types)
    old = [one for one in members if second or one.ami != target.image_id]
    if not old and (second or version.image_id == target.image_id):
        return _nothing_to_do(execution_id, node_group, target.image_id, len(members))
    services = with_targets(world, world.ecs.services(node_group.cluster))
    checks.check_services(services, running if isinstance(asked.strategy, BlueGreen) else None)
    alarms = _alarms(world, asked)
    back = version_to_return_to(world, group, members, version, used.template_id, target.image_id)
    source = group_record(world, group, node_group.provider, replace(used, return_version=back))
    checks.check_protection(old, asked.protected_instances, source.provider)
    original = running_ami(old, version)
    course = course_of(asked, node_group, second, services, (original, target.image_id))
    checks.check_history(course.pace)
    plan = Plan(
        rollout_id=rollout_id_of(execution_id),
        strategy=course.strategy,
        cluster=node_group.cluster,
        group=group.name,
        target_ami=target.image_id,
        original_ami=original,
        started_at=world.now(),
        size=course.size,
        old=len(old),
        ready=sum(one.lifecycle == "InService" and one.status == "ACTIVE" for one in members),
        spread=spread(members, group.zones),
        surge=course.surge,
        max_unavailable=course.max_unavailable,
        stages=course.stages,
        way_back=course.way_back,
        moves=course.moves,
        alarms=alarms,
        standalone_tasks=asked.standalone_tasks,
        protected_instances=_protection(asked, source.provider),
        timeouts=_timeouts(asked, course),
        gates=asked.gates,
        poll_seconds=course.pace.poll_seconds,
        recorded=record(world, node_group.cluster, source, second.record if second else None, services),
        target_group=second.record.name if second else None,
        copy=second.copy if second else None,
        managed=course.managed,
        after=course.after,
        left_alone=course.left_alone,
        cordon=course.cordon,
    )
    checks.check_counts(plan)
    checks.check_controllers(plan, services)
    progress = Progress(began_at=plan.started_at, since=plan.started_at)
    seen = observe(world, plan, progress)
    _check_first_drain(plan, seen)
    plan = replace(plan, findings=(*checks.findings(plan, seen), *_about_images(world, asked, plan, seen, target)))
    if asked.dry_run:
        return _rollout(plan, Outcome.DRY_RUN, course, old)
    if not approved(world, (plan.cluster, plan.group), plan.rollout_id, asked.approval):
        return _rollout(plan, Outcome.APPROVAL, course, old, asked.approval)
    world.table.save_plan(plan, progress)
    return _rollout(plan, Outcome.PROCEED, course, old)


def _about_images(world: World, asked: RolloutInput, plan: Plan, seen: Observation, target: Image) -> tuple[str, ...]:
    """What a forced deployment makes of tags, and what another architecture makes of images."""
    original = world.ec2.image(plan.original_ami)
    before = original.architecture if original else target.architecture
    required = isinstance(asked.strategy, ByProvider) and asked.strategy.require_image_check
    moving = [one for one in seen.services if one.name not in plan.left_alone]
    checked = check_architecture_of_images(world, moving, before, target.architecture, required=required)
    return (*about_tags(world, plan, seen.services), *checked)


def _alarms(world: World, asked: RolloutInput) -> tuple[str, ...]:
    """The alarms to watch: all that are named, but those that fire already and that the input ignores by name."""
    states = world.cloudwatch.alarm_states(asked.alarms) if asked.alarms else {}
    ignored = [name for name in asked.alarms if states.get(name) == "ALARM" and name in asked.alarms_at_start]
    checks.check_alarms([name for name in asked.alarms if name not in ignored], states)
    return tuple(name for name in asked.alarms if name not in ignored)


def _check_first_drain(plan: Plan, seen: Observation) -> None:
    """Without a surge the first instance must be able to drain into what is there: nothing is ever added first."""
    alone = plan.target_group is None and plan.surge == 0
    if alone and seen.fleet.outgoing and not window.to_drain(plan, seen):
        raise PlanImpossible(
            "strategy.surge: it is 0, and the tasks of the oldest instance fit nowhere else and may not be missing. "
            "Allowed is a surge of at least 1 here."
        )


def _rollout(
    plan: Plan, outcome: Outcome, course: Course, old: list[Instance], approval: Approval | None = None
) -> Rollout:
    summary = (
        f"{len(old)} of {plan.recorded.source.desired} instances of {plan.group} move from {plan.original_ami} to "
        f"{plan.target_ami}, {course.words}: about {course.pace.expected_seconds // 60} minutes"
    )
    details = {
        "strategy": plan.strategy,
        "stages": [one.name for one in plan.stages],
        "old": len(old),
        "size": plan.size,
        "surge": plan.surge,
        "max_unavailable": plan.max_unavailable,
        "poll_seconds": plan.poll_seconds,
        "expected_seconds": course.pace.expected_seconds,
        "expected_history_events": course.pace.expected_events,
        "findings": list(plan.findings),
        "approval_seconds": approval.timeout_seconds if approval else 0,
    }
    return Rollout(plan.rollout_id, outcome, plan.cluster, plan.group, plan.target_ami, summary, details)


def _nothing_to_do(execution_id: str, node_group: NodeGroup, target: str, size: int) -> Rollout:
    name = node_group.group.name
    summary = f"all {size} instances of {name} run {target}, and so will the next ones: nothing to do"
    return Rollout(rollout_id_of(execution_id), Outcome.UP_TO_DATE, node_group.cluster, name, target, summary)


def rollout_id_of(execution_id: str) -> str:
    """The execution's own name: the same for every retry of this state."""
    return execution_id.rsplit(":", 1)[-1]


def _protection(asked: RolloutInput, provider: ProviderSettings | None) -> str:
    """A provider's own protection of instances with tasks is no word of an operator: such instances are replaced."""
    managed = provider is not None and provider.managed_termination_protection == "ENABLED"
    return "replace" if managed else asked.protected_instances


def _timeouts(asked: RolloutInput, course: Course) -> Timeouts:
    """As asked; the whole gets what the plan expects, some times over, and what somebody's answers may take."""
    if asked.timeouts.rollout_seconds:
        return asked.timeouts
    waiting = len(course.stages) * asked.gates.promotion_seconds
    return replace(asked.timeouts, rollout_seconds=rollout_seconds(course.pace) + waiting)
