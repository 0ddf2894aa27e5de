"""What makes a rollout impossible, and what the operator should know beforehand. Pure, over what was read."""

from collections.abc import Iterable

from handlers.contract import PlanImpossible
from handlers.domain.fleet import Instance, Owner, Service
from handlers.domain.observation import Observation
from handlers.domain.pace import EVENTS_AT_MOST, Pace
from handlers.domain.plan import Plan, ProviderSettings
from handlers.domain.strategies.blue_green import pin
from handlers.domain.strategies.rolling import carries

PINNED = "ecs.ami-id"
OTHER_CONTROLLERS = ("CODE_DEPLOY", "EXTERNAL")


def check_services(services: Iterable[Service], own_pin: str | None = None) -> None:
    """Raise PlanImpossible for services that are in mid-deployment, that can never drain, or that are pinned.

    A pin to the AMI `own_pin` is allowed: the rollout itself exchanges it.
    """
    for one in services:
        if not one.stable:
            raise PlanImpossible(
                f"cluster: service {one.name} is not stable: {one.running} of {one.desired} tasks run, "
                f"{one.pending} pending, {one.deployments} deployments, {one.rollout_state or 'no rollout state'}. "
                "Allowed are stable services only: wait for the deployment, or mend the service, and start again."
            )
        if deadlocked(one):
            raise PlanImpossible(
                f"cluster: service {one.name} can never drain: of {one.desired} tasks at least {one.least} must run "
                f"(minimumHealthyPercent {one.minimum_healthy_percent}, rounded up) and at most {one.most} may "
                f"(maximumPercent {one.maximum_percent}, rounded down). "
                "Allow one task less or one more, and start again."
            )
        constraints = (*one.constraints, *one.definition_constraints)
        pins = [each.expression for each in constraints if PINNED in each.expression]
        if any(own_pin is None or expression.split() != pin(own_pin).split() for expression in pins):
            raise PlanImpossible(
                f"cluster: service {one.name} has a placement constraint on {PINNED} ({pins[0]}), so its tasks cannot "
                "move to another AMI. Remove the constraint, or take the strategy blue-green, and start again."
            )


def deadlocked(one: Service) -> bool:
    """Whether ECS may neither stop a task first nor start one first. Daemons stop; other controllers use defaults."""
    if one.daemon or not one.desired or one.controller in OTHER_CONTROLLERS:
        return False
    return one.least >= one.desired and one.most <= one.desired


def check_alarms(asked: Iterable[str], states: dict[str, str]) -> None:
    """Raise PlanImpossible for alarms that do not exist or are in ALARM."""
    for name in asked:
        if name not in states:
            raise PlanImpossible(
                f"alarms: there is no CloudWatch alarm {name!r}. Allowed are names of existing alarms."
            )
        if states[name] == "ALARM":
            raise PlanImpossible(
                f"alarms: {name} is in ALARM before the rollout begins. Allowed are alarms in OK or INSUFFICIENT_DATA."
            )


def check_protection(instances: Iterable[Instance], asked: str, provider: ProviderSettings | None) -> None:
    """Raise PlanImpossible for instances that somebody protected, unless the input says that they may be replaced."""
    if asked == "replace" or (provider and provider.managed_termination_protection == "ENABLED"):
        return
    protected = [one.instance_id for one in instances if one.protected]
    if protected:
        raise PlanImpossible(
            f"protected_instances: {len(protected)} old instances are protected from scale-in, first {protected[0]}. "
            'Lift the protection, or allow their replacement with "protected_instances": "replace".'
        )


def check_counts(plan: Plan) -> None:
    """Raise PlanImpossible where the strategy would move nothing, or leave no capacity at all."""
    if plan.target_group:
        return
    if plan.size and plan.surge == 0 and plan.max_unavailable == 0:
        raise PlanImpossible(
            f"strategy: the percentage comes to no instance of {plan.size}, so nothing could ever move. "
            "Allowed is a surge or a max_unavailable of at least one instance."
        )
    if plan.ready and plan.floor <= 0:
        raise PlanImpossible(
            f"strategy.max_unavailable: {plan.max_unavailable} of {plan.ready} instances could be missing, which "
            f"leaves none. Allowed is at most {plan.ready - 1}."
        )


def check_history(paced: Pace) -> None:
    """Raise PlanImpossible where the execution's history would outgrow Step Functions' 25,000 events."""
    if paced.expected_events > EVENTS_AT_MOST:
        raise PlanImpossible(
            f"strategy.surge: {paced.cycles} rounds make about {paced.expected_events} history events, and an "
            f"execution holds 25,000. Raise the surge until it is below {EVENTS_AT_MOST}; "
            "a percentage grows with the fleet."
        )


def findings(plan: Plan, seen: Observation) -> tuple[str, ...]:
    """What happens on the way that the operator should know."""
    old, services = seen.fleet.outgoing, seen.services
    provider = plan.recorded.source.provider
    found = []
    if provider and provider.scales and not plan.managed:
        found.append(f"managed scaling of {provider.name} is off during the rollout, and given back after it")
    restless = [one.name for one in services if one.zone_rebalancing]
    if restless:
        found.append(f"Availability Zone rebalancing is off during the rollout for {', '.join(restless[:5])}")
    silent = [one.instance_id for one in old if one.registered and not one.connected]
    if silent:
        found.append(f"the agent of {len(silent)} old instances is not connected now, first {silent[0]}")
    alone = sum(task.owner is Owner.STANDALONE for one in old for task in one.left)
    if alone:
        found.append(f"{alone} standalone tasks run on the instances that drain first; draining never stops them")
    halving = [
        one for one in services if not one.daemon and one.desired and one.least < one.desired <= one.most == one.desired
    ]
    found.extend(f"service {one.name} may fall to {one.least} of {one.desired} tasks while it moves" for one in halving)
    return (*found, *_about_moves(plan, services))


def check_controllers(plan: Plan, services: Iterable[Service]) -> None:
    """Raise PlanImpossible for services that would be moved and whose deployments are somebody else's (botocore)."""
    moved = {move.service for move in plan.moves}
    for one in services:
        if one.name in moved and one.controller in OTHER_CONTROLLERS:
            raise PlanImpossible(
                f"strategy: service {one.name} has the deployment controller {one.controller}, which lets nobody else "
                "start a deployment. Allowed for it is the strategy rolling, which drains."
            )


def _about_drained(plan: Plan, services: tuple[Service, ...]) -> list[str]:
    """Services that no deployment moves: their tasks leave when the old instances drain."""
    told = {*(move.service for move in plan.moves), *plan.left_alone}
    drained = [one.name for one in services if not one.daemon and one.name not in told]
    words = "services are told nothing, their tasks leave the old instances when those drain"
    return [f"MOVED_BY_DRAINING: {len(drained)} {words}: {', '.join(drained[:5])}"] if drained else []


def _about_moves(plan: Plan, services: tuple[Service, ...]) -> list[str]:
    """How often tasks move, where that is not exactly once."""
    if plan.strategy != "rolling":
        return _about_drained(plan, services)
    prepared = {move.service for move in plan.moves}
    bare = [
        one.name
        for one in services
        if not one.daemon and not (plan.cordon and (carries(one, plan.cordon) or one.name in prepared))
    ]
    found = []
    if bare:
        found.append(
            f"TASKS_MAY_MOVE_TWICE: {len(bare)} services lack the cordon's constraint, so a drained task may land on "
            f"an instance that drains later: {', '.join(bare[:5])}"
        )
    if prepared:
        found.append(
            f"CORDON_COSTS_A_DEPLOYMENT: {len(prepared)} services get the cordon's constraint by a forced deployment, "
            f"each of their tasks is replaced once for it: {', '.join(sorted(prepared)[:5])}"
        )
    return found
