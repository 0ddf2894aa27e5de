"""What makes a rollout impossible, and what the operator should know beforehand. Pure, over what was read."""

import math
from collections.abc import Collection, Iterable, Iterator

from handlers.domain.decision import replacement
from handlers.domain.decision.situation import Situation
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.model.findings import Finding
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.group_record import ProviderSettings
from handlers.domain.model.placement import pin
from handlers.domain.model.plan import Plan
from handlers.domain.model.resources import Resources
from handlers.domain.strategies.blue_green import reaches
from handlers.domain.strategies.estimate import Estimate
from handlers.domain.strategies.rolling import carries
from handlers.payloads import Direction
from handlers.planning.discover import Discovery
from handlers.planning.strategy_plan import StrategyPlan

PINNED = "ecs.ami-id"
OTHER_CONTROLLERS = ("CODE_DEPLOY", "EXTERNAL")
NAMED = 5


def validate(
    spec: RolloutInput, found: Discovery, strategy_plan: StrategyPlan, situation: Situation
) -> tuple[Finding, ...]:
    """All findings on the plan in `situation`, in the order in which the operator reads them."""
    plan, services = situation.plan, found.services
    return (
        *about_services(services, found.running if spec.exchanges_pins else None),
        *about_alarms(plan.policies.alarms, found.alarm_states),
        *about_protection(found.old, spec.protected_instances, found.old_record.provider),
        *about_history(strategy_plan.estimate, spec.hand_over_at),
        *about_counts(plan),
        *about_controllers(plan, services),
        *about_definitions(plan, services),
        *about_standalone(found.running_tasks, services),
        *about_sizes(plan, services, found.smallest),
        *about_drift(found.old_versions),
        *about_first_drain(situation),
        *about_the_way(situation),
    )


def about_services(services: Iterable[Service], own_pin: str | None = None) -> Iterator[Finding]:
    """Services that are in mid-deployment, that can never drain, or that are pinned to an AMI.

    A pin to the AMI `own_pin` is fine: the rollout itself exchanges it.
    """
    for service in services:
        if service.controller in OTHER_CONTROLLERS:
            yield Finding(
                "SERVICE_NOT_STABLE",
                f"cluster: service {service.name} has the deployment controller {service.controller}: how its task "
                "sets stand is not read, so it cannot be called stable.",
            )
        elif not service.stable:
            yield Finding(
                "SERVICE_NOT_STABLE",
                f"cluster: service {service.name} is not stable: {service.running} of {service.desired} tasks run, "
                f"{service.pending} pending, {service.deployments} deployments, "
                f"{service.rollout_state or 'no rollout state'}.",
            )
        if deadlocked(service):
            yield Finding(
                "SERVICE_CAN_NEVER_DRAIN",
                f"cluster: service {service.name} can never drain: of {service.desired} tasks at least "
                f"{service.min_running} must "
                "run "
                f"(minimumHealthyPercent {service.minimum_healthy_percent}, rounded up) and at most "
                f"{service.max_running} may "
                f"(maximumPercent {service.maximum_percent}, rounded down).",
            )
        constraints = (*service.constraints, *service.definition_constraints)
        pins = [each.expression for each in constraints if PINNED in each.expression]
        if any(own_pin is None or expression.split() != pin(own_pin).split() for expression in pins):
            yield Finding(
                "PINNED_TO_AN_AMI",
                f"cluster: service {service.name} has a placement constraint on {PINNED} ({pins[0]}), so its tasks "
                "cannot "
                "move to another AMI.",
            )


def deadlocked(service: Service) -> bool:
    """Whether ECS may neither stop a task first nor start one first. Daemons stop; other controllers use defaults."""
    if service.daemon or not service.desired or service.controller in OTHER_CONTROLLERS:
        return False
    return service.min_running >= service.desired and service.max_running <= service.desired


def about_alarms(spec: Iterable[str], states: dict[str, str]) -> Iterator[Finding]:
    """Alarms that do not exist or are in ALARM."""
    for name in spec:
        if name not in states:
            yield Finding("ALARM_MISSING", f"alarms: there is no CloudWatch alarm {name!r}.")
        elif states[name] == "ALARM":
            yield Finding("ALARM_FIRING", f"alarms: {name} is in ALARM before the rollout begins.")


def about_the_bus(missing: str | None) -> Iterator[Finding]:
    """The EventBridge bus that the settings name and that is not there."""
    if missing is not None:
        yield Finding("EVENT_BUS_MISSING", f"settings: there is no event bus {missing!r}; what is sent to it is lost.")


def about_protection(instances: Iterable[Instance], spec: str, provider: ProviderSettings | None) -> Iterator[Finding]:
    """Instances that an operator protected, unless the input says that they may be replaced."""
    if spec == "replace" or (provider and provider.managed_termination_protection == "ENABLED"):
        return
    protected = [instance.instance_id for instance in instances if instance.protected]
    if protected:
        yield Finding(
            "PROTECTED_INSTANCES",
            f"protected_instances: {len(protected)} old instances are protected from scale-in, first {protected[0]}.",
        )


def about_counts(plan: Plan) -> Iterator[Finding]:
    """A strategy that would move nothing, or leave no capacity at all."""
    if not plan.topology.in_place:
        return
    if plan.sizes.size and plan.sizes.surge == 0 and plan.sizes.max_unavailable == 0:
        yield Finding(
            "NOTHING_COULD_MOVE",
            f"strategy: the percentage comes to no instance of {plan.sizes.size}, so nothing could ever move.",
        )
    elif plan.at_start.ready and plan.floor <= 0:
        yield Finding(
            "NOTHING_WOULD_BE_LEFT",
            f"strategy.max_unavailable: {plan.sizes.max_unavailable} of {plan.at_start.ready} instances could be "
            f"missing, which leaves none. Allowed is at most {plan.at_start.ready - 1}.",
        )


def about_history(estimate: Estimate, hand_over_at: int) -> Iterator[Finding]:
    """A rollout that takes more than one execution: Step Functions keeps 25,000 events of each."""
    if estimate.expected_events > hand_over_at:
        yield Finding(
            "HISTORY_TOO_LONG",
            f"strategy.surge: {estimate.cycles} rounds make about {estimate.expected_events} history events. An "
            f"execution hands over to another one at {hand_over_at}, so this takes about "
            f"{math.ceil(estimate.expected_events / hand_over_at)} of them.",
        )


def about_controllers(plan: Plan, services: Iterable[Service]) -> Iterator[Finding]:
    """Services that would be moved and whose deployments are another actor's (botocore)."""
    moved = {move.service for move in plan.route.moves}
    for service in services:
        if service.name in moved and service.controller in OTHER_CONTROLLERS:
            yield Finding(
                "OTHER_CONTROLLER",
                f"strategy: service {service.name} has the deployment controller {service.controller}, which lets "
                "nobody else "
                "start a deployment.",
            )


def about_definitions(plan: Plan, services: Iterable[Service]) -> Iterator[Finding]:
    """Services that would be deployed by force, and whose task definition is INACTIVE."""
    deployed = {
        move.service for move in plan.route.moves if any(placement.deploys for placement in move.placements.values())
    }
    for service in services:
        if service.name in deployed and service.definition_inactive:
            yield Finding(
                "TASK_DEFINITION_INACTIVE",
                f"strategy: service {service.name} runs {service.task_definition}, which is INACTIVE, and would have "
                "to be deployed by force.",
            )


def about_first_drain(situation: Situation) -> Iterator[Finding]:
    """Without a surge the first instance must be able to drain into what is there: nothing is ever added first."""
    alone = situation.plan.topology.in_place and situation.plan.sizes.surge == 0
    if alone and situation.fleet.outgoing and not replacement.to_drain(situation):
        yield Finding(
            "NO_ROOM_TO_START",
            "strategy.surge: it is 0, and the tasks of the oldest instance fit nowhere else and may not be missing.",
        )


def about_sizes(plan: Plan, services: Iterable[Service], smallest: Resources | None) -> Iterator[Finding]:
    """Services that move to a second group whose smallest instances are too small for one of their tasks."""
    moved = {move.service for move in plan.route.moves}
    for service in services:
        if smallest is None or service.name not in moved:
            continue
        if service.resources.cpu > smallest.cpu or service.resources.memory > smallest.memory:
            yield Finding(
                "TASK_TOO_LARGE",
                f"strategy.target: a task of {service.name} wants {service.resources.cpu} CPU units and "
                f"{service.resources.memory} MiB; "
                f"the smallest new instances offer {smallest.cpu} and {smallest.memory} at most.",
            )


def about_the_way(situation: Situation) -> Iterator[Finding]:
    """What happens on the way that the operator should know."""
    old, services = situation.fleet.outgoing, situation.services
    provider = situation.plan.topology.old.provider
    if provider and provider.scales and not situation.plan.topology.is_scaled_by_provider(Direction.FORWARD):
        yield Finding("MANAGED_SCALING_OFF", f"managed scaling of {provider.name} is off during the rollout")
    rebalancing_services = [service.name for service in services if service.zone_rebalancing]
    if rebalancing_services:
        words = f"Availability Zone rebalancing is off during the rollout for {', '.join(rebalancing_services[:NAMED])}"
        yield Finding("ZONE_REBALANCING_OFF", words)
    silent = [instance.instance_id for instance in old if instance.registered and not instance.connected]
    if silent:
        words = f"the agent of {len(silent)} old instances is not connected now, first {silent[0]}"
        yield Finding("AGENT_NOT_CONNECTED", words)
    for service in services:
        if (
            not service.daemon
            and service.desired
            and service.min_running < service.desired <= service.max_running == service.desired
        ):
            words = (
                f"service {service.name} may fall to {service.min_running} of {service.desired} tasks while it moves"
            )
            yield Finding("FEWER_TASKS_MEANWHILE", words)
    yield from _about_moves(situation.plan, services)


def about_standalone(running: int, services: Iterable[Service]) -> Iterator[Finding]:
    """Tasks of the cluster, of all that run there, that no service owns."""
    alone = running - sum(service.running for service in services)
    if alone > 0:
        yield Finding("STANDALONE_TASKS", f"{alone} standalone tasks run in the cluster; draining never stops them")


def about_drift(versions: Collection[str]) -> Iterator[Finding]:
    """Old instances that were launched from several versions of the launch template."""
    if len(versions) > 1:
        named = ", ".join(sorted(versions)[:NAMED])
        yield Finding("TEMPLATE_DRIFT", f"the old instances were launched from {len(versions)} versions: {named}")


def _about_drained(plan: Plan, services: tuple[Service, ...]) -> Iterator[Finding]:
    """Services that no deployment moves: their tasks leave when the old instances drain."""
    has_placement = {*(move.service for move in plan.route.moves), *plan.left_alone}
    provider = plan.topology.old.provider
    name = provider.name if provider else None
    drained = [
        service.name
        for service in services
        if not service.daemon and service.name not in has_placement and reaches(service, name)
    ]
    if drained:
        words = "services are told nothing, their tasks leave the old instances when those drain"
        yield Finding("MOVED_BY_DRAINING", f"{len(drained)} {words}: {', '.join(drained[:NAMED])}")


def _about_moves(plan: Plan, services: tuple[Service, ...]) -> Iterator[Finding]:
    """How often tasks move, where that is not exactly once."""
    if not plan.topology.gradual:
        yield from _about_drained(plan, services)
        return
    prepared = {move.service for move in plan.route.moves}
    bare = [
        service.name
        for service in services
        if not service.daemon and not (plan.cordon and (carries(service, plan.cordon) or service.name in prepared))
    ]
    if bare:
        yield Finding(
            "TASKS_MAY_MOVE_TWICE",
            f"{len(bare)} services lack the cordon's constraint, so a drained task may land on an instance that drains "
            f"later: {', '.join(bare[:NAMED])}",
        )
    if prepared:
        yield Finding(
            "CORDON_COSTS_A_DEPLOYMENT",
            f"{len(prepared)} services get the cordon's constraint by a forced deployment, each of their tasks is "
            f"replaced once for it: {', '.join(sorted(prepared)[:NAMED])}",
        )
