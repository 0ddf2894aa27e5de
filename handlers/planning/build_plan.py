"""Drawing the plan up: the survey, the strategy's course and the record of all settings, in one plan."""

from dataclasses import replace

from handlers.domain.decision.report_metrics import versions
from handlers.domain.decision.zone_balance import spread
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.input.strategy_input import BlueGreen
from handlers.domain.model.amount import count
from handlers.domain.model.findings import Finding
from handlers.domain.model.plan import GroupRecord, Plan, ProviderSettings, Timeouts
from handlers.domain.model.resources import Resources
from handlers.domain.strategies.estimate import rollout_seconds
from handlers.planning import validate
from handlers.planning.baseline import group_record, record, version_to_return_to
from handlers.planning.discover import Survey
from handlers.planning.other_node_groups import amis_of_neighbours
from handlers.planning.strategy_plan import Course, course_of
from handlers.runtime.clients import World
from handlers.runtime.observe import with_targets

CPU_UNITS = 1024  # of a vCPU


def draw_up(
    world: World, asked: RolloutInput, found: Survey, rollout_id: str
) -> tuple[Plan, Course, tuple[Finding, ...]]:
    """The plan, its course, and what was found against it. Raises PlanImpossible where there is no such course."""
    node_group, second = found.node_group, found.second
    services = with_targets(world, world.services.of_cluster(node_group.cluster))
    findings = [*validate.about_services(services, found.running if isinstance(asked.strategy, BlueGreen) else None)]
    alarms, wrong = _alarms(world, asked)
    source = _source(world, found)
    findings += [*wrong, *validate.about_protection(found.old, asked.protected_instances, source.provider)]
    neighbours = amis_of_neighbours(world, node_group, second) if isinstance(asked.strategy, BlueGreen) else frozenset()
    course = course_of(asked, node_group, second, services, (found.original, found.target.image_id), neighbours)
    findings += validate.about_history(course.pace)
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
        surge=_within_the_budget(asked, course, world.now()),
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
        min_healthy_seconds=asked.min_healthy_seconds,
        expected_seconds=course.pace.expected_seconds,
        rescues=course.rescues,
        maintenance=asked.maintenance,
        publish_to=asked.publish_to,
        software=versions(found.members),
    )
    findings += [*validate.about_counts(plan), *validate.about_controllers(plan, services)]
    running = (world.ecs.cluster(node_group.cluster) or {}).get("runningTasksCount", 0)
    findings += validate.about_standalone(running, services)
    findings += [
        *validate.about_sizes(plan, services, _smallest(world, found)),
        *validate.about_drift(_versions(found)),
    ]
    return plan, course, tuple(findings)


def _within_the_budget(asked: RolloutInput, course: Course, now: float) -> int:
    """The surge, or less where the maintenance window that is open, or opens next, allows less at once."""
    window = asked.maintenance.open_window(asked.maintenance.next_opening(now))
    if window is None or window.at_most is None or not course.surge:
        return course.surge
    return max(1, min(course.surge, count(window.at_most, course.size, up=False)))


def _smallest(world: World, found: Survey) -> Resources | None:
    """What the smallest instances of a second group offer; ECS keeps a little of it for itself."""
    if found.second is None:
        return None
    shapes = world.ec2.shapes([one for one in found.second.types if one]).values()
    return Resources(min(one.cpu for one in shapes) * CPU_UNITS, min(one.memory for one in shapes)) if shapes else None


def _versions(found: Survey) -> set[str]:
    """The launch template versions that the old instances were launched from."""
    old = {one.instance_id for one in found.old}
    members = found.node_group.group.members
    return {one.template_version for one in members if one.instance_id in old and one.template_version}


def _source(world: World, found: Survey) -> GroupRecord:
    group, target = found.node_group.group, found.target.image_id
    back = version_to_return_to(world, group, found.members, found.version, found.used.template_id, target)
    return group_record(world, group, found.node_group.provider, replace(found.used, return_version=back))


def _alarms(world: World, asked: RolloutInput) -> tuple[tuple[str, ...], list[Finding]]:
    """The alarms to watch: all that are named, but those that fire already and that the input ignores by name.

    With what is wrong with them.
    """
    states = world.cloudwatch.alarm_states(asked.alarms) if asked.alarms else {}
    ignored = [name for name in asked.alarms if states.get(name) == "ALARM" and name in asked.alarms_at_start]
    watched = tuple(name for name in asked.alarms if name not in ignored)
    return watched, list(validate.about_alarms(watched, states))


def _protection(asked: RolloutInput, provider: ProviderSettings | None) -> str:
    """A provider's own protection of instances with tasks is no word of an operator: such instances are replaced."""
    managed = provider is not None and provider.managed_termination_protection == "ENABLED"
    return "replace" if managed else asked.protected_instances


def _timeouts(asked: RolloutInput, course: Course) -> Timeouts:
    """As asked; the whole gets what the plan expects, some times over, and as long as launches may fail."""
    if asked.timeouts.rollout_seconds:
        return asked.timeouts
    return replace(asked.timeouts, rollout_seconds=rollout_seconds(course.pace) + asked.timeouts.launch_seconds)
