"""decide(plan, observation) -> step: the heart of the rollout. Pure: the same reading gives the same step.

Nothing is decided from what an earlier step believed. A step that was taken twice, or got lost on the way, changes
what is read next, not whether the rollout is right.
"""

from collections.abc import Callable, Iterable

from handlers.contract import Direction, StepKind
from handlers.domain.fleet import Instance
from handlers.domain.observation import Observation
from handlers.domain.plan import Plan
from handlers.domain.step import Step
from handlers.domain.strategies import rolling

Rule = Callable[[Plan, Observation], Step | None]
NAMED = 3


def decide(plan: Plan, seen: Observation) -> Step:
    """The one next step: the first rule that has something to do, else what is waited for, else bake, else done."""
    due = actions(plan, seen)
    return due[0] if due else waiting_for(seen) or _bake(plan, seen) or _done(seen)


def wait_seconds(plan: Plan, seen: Observation, step: Step) -> int:
    """Seconds to wait after the step: none while there is other work, else the plan's poll interval."""
    if step.kind in (StepKind.BAKE, StepKind.WAIT_UNDER_LOAD):
        return max(1, min(plan.poll_seconds, round(bake_left(plan, seen))))
    if step.kind in (StepKind.SCALE_IN, StepKind.UPDATE_SERVICE_STRATEGY) or len(actions(plan, seen)) > 1:
        return 0
    return plan.poll_seconds


def actions(plan: Plan, seen: Observation) -> list[Step]:
    """Everything that could be done now, most urgent first."""
    return [step for rule in RULES if (step := rule(plan, seen))]


def bake_left(plan: Plan, seen: Observation) -> float:
    """Seconds of baking that are left."""
    if seen.direction is Direction.BACK:
        return 0
    began = seen.progress.bake_began_at
    return plan.bake_seconds if began is None else began + plan.bake_seconds - seen.now


def _reactivate(plan: Plan, seen: Observation) -> Step | None:
    chosen = rolling.to_reactivate(plan, seen)
    return Step(StepKind.REACTIVATE, f"to stay, and draining: {_names(chosen)}", tuple(chosen)) if chosen else None


def _settle_services(plan: Plan, seen: Observation) -> Step | None:
    if seen.direction is Direction.BACK:
        return None
    recorded = plan.recorded.rebalancing_services
    restless = tuple(one.name for one in seen.services if one.zone_rebalancing and one.name in recorded)
    because = f"zone rebalancing would move tasks while instances come and go: {_listed(restless)}"
    return Step(StepKind.UPDATE_SERVICE_STRATEGY, because, services=restless) if restless else None


def _scale_in(plan: Plan, seen: Observation) -> Step | None:
    chosen = rolling.to_terminate(plan, seen)
    if chosen:
        return Step(StepKind.SCALE_IN, f"no task left on {_names(chosen)}", tuple(chosen))
    wanted = max(rolling.desired_capacity(plan, seen), len(seen.fleet.alive))
    if seen.direction is Direction.BACK and seen.fleet.desired > wanted:
        because = f"the group asks for {seen.fleet.desired} instances, and {wanted} are enough"
        return Step(StepKind.SCALE_IN, because, desired=wanted)
    return None


def _scale_out(plan: Plan, seen: Observation) -> Step | None:
    wanted = rolling.desired_capacity(plan, seen)
    if wanted <= seen.fleet.desired:
        return None
    free = wanted - seen.fleet.desired
    because = f"{free} of the surge's {plan.surge} free" if plan.surge else f"the group is {free} below its size"
    return Step(StepKind.SCALE_OUT, because, desired=wanted)


def _drain(plan: Plan, seen: Observation) -> Step | None:
    chosen, overdue = rolling.to_drain(plan, seen), rolling.standalone_to_stop(plan, seen)
    if not chosen and not overdue:
        return None
    because = f"there is room for the tasks of {_names(chosen)}"
    if not chosen:
        because = f"past their deadline: {_many(len(overdue), 'standalone task')}"
    return Step(StepKind.DRAIN, because, tuple(chosen), tasks=tuple(overdue))


RULES: tuple[Rule, ...] = (_reactivate, _settle_services, _scale_in, _scale_out, _drain)


def waiting_for(seen: Observation) -> Step | None:
    """What the rollout waits for when there is nothing to do; None when there is nothing to wait for either."""
    fleet = seen.fleet
    launching = max(0, fleet.desired - len(fleet.alive))
    if fleet.unready or launching:
        unready = f"not ACTIVE and connected yet: {_many(len(fleet.unready) + launching, 'instance')}"
        return Step(StepKind.WAIT_FOR_AGENTS, unready)
    if fleet.draining:
        tasks = sum(len(one.left) for one in fleet.draining)
        return Step(
            StepKind.WAIT_FOR_DRAIN, f"{_many(tasks, 'task')} left on {_many(len(fleet.draining), 'draining instance')}"
        )
    if seen.unstable:
        names = tuple(service.name for service in seen.unstable)
        return Step(StepKind.WAIT_FOR_SERVICES, f"not stable yet: {_listed(names)}")
    resting = rolling.leaving(fleet, seen.progress)
    if resting:
        return Step(StepKind.WAIT_FOR_SERVICES, f"no room yet for the tasks of {_names(resting[:1])}")
    if fleet.terminating:
        return Step(StepKind.WAIT_FOR_TERMINATION, f"{_many(fleet.terminating, 'instance')} terminating")
    return None


def _bake(plan: Plan, seen: Observation) -> Step | None:
    left = bake_left(plan, seen)
    if left <= 0:
        return None
    kind = StepKind.BAKE if seen.progress.bake_began_at is None else StepKind.WAIT_UNDER_LOAD
    return Step(kind, f"{left:.0f} s of the bake left")


def _done(seen: Observation) -> Step:
    return Step(StepKind.DONE, f"{_many(len(seen.fleet.incoming), 'instance')} where they should be")


def _names(instances: Iterable[Instance]) -> str:
    return _listed(tuple(one.instance_id for one in instances))


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
