"""Drawing the plan up: the survey, the strategy's course and the record of all settings, in one plan."""

from dataclasses import replace

from handlers.domain.decision.report_metrics import versions
from handlers.domain.decision.zone_balance import spread
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.input.strategy_input import BlueGreen
from handlers.domain.model.amount import count
from handlers.domain.model.findings import Finding
from handlers.domain.model.group_record import GroupRecord, ProviderSettings
from handlers.domain.model.plan import Plan, Timeouts
from handlers.domain.model.resources import Resources
from handlers.domain.model.topology import OneGroup, Topology, TwoGroups
from handlers.domain.strategies.estimate import rollout_seconds
from handlers.planning import validate
from handlers.planning.baseline import group_record, record, version_to_return_to
from handlers.planning.discover import Discovery
from handlers.planning.other_node_groups import amis_of_other_node_groups
from handlers.planning.second_group import SecondGroup
from handlers.planning.strategy_plan import StrategyPlan, plan_strategy
from handlers.runtime.clients import AwsClients
from handlers.runtime.observe import with_targets

CPU_UNITS = 1024  # of a vCPU


def build_plan(
    clients: AwsClients, spec: RolloutInput, found: Discovery, rollout_id: str
) -> tuple[Plan, StrategyPlan, tuple[Finding, ...]]:
    """The plan, its course, and what was found against it. Raises PlanImpossible where there is no such course."""
    node_group, second = found.node_group, found.second
    services = with_targets(clients, clients.services.of_cluster(node_group.cluster))
    findings = [*validate.about_services(services, found.running if isinstance(spec.strategy, BlueGreen) else None)]
    alarms, wrong = _alarms(clients, spec)
    source = _source(clients, found)
    findings += [*wrong, *validate.about_protection(found.old, spec.protected_instances, source.provider)]
    other_amis = (
        amis_of_other_node_groups(clients, node_group, second) if isinstance(spec.strategy, BlueGreen) else frozenset()
    )
    strategy_plan = plan_strategy(
        spec, node_group, second, services, (found.original, found.target.image_id), other_amis
    )
    findings += validate.about_history(strategy_plan.estimate)
    plan = Plan(
        rollout_id=rollout_id,
        cluster=node_group.cluster,
        topology=_topology(strategy_plan, source, second),
        target_ami=found.target.image_id,
        original_ami=found.original,
        started_at=clients.now(),
        size=strategy_plan.size,
        old=len(found.old),
        ready=sum(one.lifecycle == "InService" and one.status == "ACTIVE" for one in found.members),
        spread=spread(found.members, node_group.group.zones),
        surge=_within_the_budget(spec, strategy_plan, clients.now()),
        max_unavailable=strategy_plan.max_unavailable,
        stages=strategy_plan.stages,
        rollback_stages=strategy_plan.rollback_stages,
        moves=strategy_plan.moves,
        alarms=alarms,
        standalone_tasks=spec.standalone_tasks,
        protected_instances=_protection(spec, source.provider),
        timeouts=_timeouts(spec, strategy_plan),
        approval_policy=spec.gates,
        poll_seconds=strategy_plan.estimate.poll_seconds,
        recorded=record(clients, node_group.cluster, services),
        left_alone=strategy_plan.left_alone,
        cordon=strategy_plan.cordon,
        min_healthy_seconds=spec.min_healthy_seconds,
        expected_seconds=strategy_plan.estimate.expected_seconds,
        rescues=strategy_plan.rescues,
        maintenance=spec.maintenance,
        publish_to=spec.publish_to,
        software=versions(found.members),
        labels={"strategy": strategy_plan.strategy},
    )
    findings += [*validate.about_counts(plan), *validate.about_controllers(plan, services)]
    running = (clients.ecs.cluster(node_group.cluster) or {}).get("runningTasksCount", 0)
    findings += validate.about_standalone(running, services)
    findings += [
        *validate.about_sizes(plan, services, _smallest(clients, found)),
        *validate.about_drift(_versions(found)),
    ]
    return plan, strategy_plan, tuple(findings)


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


def _smallest(clients: AwsClients, found: Discovery) -> Resources | None:
    """What the smallest instances of a second group offer; ECS keeps a little of it for itself."""
    if found.second is None:
        return None
    shapes = clients.ec2.shapes([one for one in found.second.types if one]).values()
    return Resources(min(one.cpu for one in shapes) * CPU_UNITS, min(one.memory for one in shapes)) if shapes else None


def _versions(found: Discovery) -> set[str]:
    """The launch template versions that the old instances were launched from."""
    old = {one.instance_id for one in found.old}
    members = found.node_group.group.members
    return {one.template_version for one in members if one.instance_id in old and one.template_version}


def _source(clients: AwsClients, found: Discovery) -> GroupRecord:
    group, target = found.node_group.group, found.target.image_id
    back = version_to_return_to(clients, group, found.members, found.version, found.used.template_id, target)
    return group_record(clients, group, found.node_group.provider, replace(found.used, return_version=back))


def _alarms(clients: AwsClients, spec: RolloutInput) -> tuple[tuple[str, ...], list[Finding]]:
    """The alarms to watch: all that are named, but those that fire already and that the input ignores by name.

    With what is wrong with them.
    """
    states = clients.cloudwatch.alarm_states(spec.alarms) if spec.alarms else {}
    ignored = [name for name in spec.alarms if states.get(name) == "ALARM" and name in spec.alarms_at_start]
    watched = tuple(name for name in spec.alarms if name not in ignored)
    return watched, list(validate.about_alarms(watched, states))


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
