"""Drawing the plan up: the survey, the strategy's course and the record of all settings, in one plan."""

from dataclasses import replace

from handlers.domain.balance import spread
from handlers.domain.pace import rollout_seconds
from handlers.domain.plan import GroupRecord, Plan, ProviderSettings, Timeouts
from handlers.domain.rollout_input import RolloutInput
from handlers.domain.strategy_input import BlueGreen
from handlers.observe import with_targets
from handlers.planning import checks
from handlers.planning.course import Course, course_of
from handlers.planning.record import group_record, record, version_to_return_to
from handlers.planning.survey import Survey
from handlers.world import World


def draw_up(world: World, asked: RolloutInput, found: Survey, rollout_id: str) -> tuple[Plan, Course]:
    """The plan, without findings yet, and its course. Raises PlanImpossible where the strategy cannot work here."""
    node_group, second = found.node_group, found.second
    services = with_targets(world, world.services.of_cluster(node_group.cluster))
    checks.check_services(services, found.running if isinstance(asked.strategy, BlueGreen) else None)
    alarms = _alarms(world, asked)
    source = _source(world, found)
    checks.check_protection(found.old, asked.protected_instances, source.provider)
    course = course_of(asked, node_group, second, services, (found.original, found.target.image_id))
    checks.check_history(course.pace)
    plan = Plan(
        rollout_id=rollout_id,
        strategy=course.strategy,
        cluster=node_group.cluster,
        group=node_group.group.name,
        target_ami=found.target.image_id,
        original_ami=found.original,
        started_at=world.now(),
        size=course.size,
        old=len(found.old),
        ready=sum(one.lifecycle == "InService" and one.status == "ACTIVE" for one in found.members),
        spread=spread(found.members, node_group.group.zones),
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
    return plan, course


def _source(world: World, found: Survey) -> GroupRecord:
    group, target = found.node_group.group, found.target.image_id
    back = version_to_return_to(world, group, found.members, found.version, found.used.template_id, target)
    return group_record(world, group, found.node_group.provider, replace(found.used, return_version=back))


def _alarms(world: World, asked: RolloutInput) -> tuple[str, ...]:
    """The alarms to watch: all that are named, but those that fire already and that the input ignores by name."""
    states = world.cloudwatch.alarm_states(asked.alarms) if asked.alarms else {}
    ignored = [name for name in asked.alarms if states.get(name) == "ALARM" and name in asked.alarms_at_start]
    checks.check_alarms([name for name in asked.alarms if name not in ignored], states)
    return tuple(name for name in asked.alarms if name not in ignored)


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
