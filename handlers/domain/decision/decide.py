"""decide(plan, observation) -> step: the heart of the rollout. Pure: the same reading gives the same step.

Nothing is decided from what an earlier step believed. A step that was taken twice, or got lost on the way, changes
what is read next, not whether the rollout is right.
"""

import math
from collections.abc import Callable

from handlers.domain.decision import replacement
from handlers.domain.decision.cordon import to_cordon, to_uncordon
from handlers.domain.decision.failing_tasks import LOOK_AGAIN_SECONDS, is_suspicious, rescued
from handlers.domain.decision.poll_interval import look_seconds, look_seconds_outside_windows
from handlers.domain.decision.stage_end import gate_of
from handlers.domain.decision.stages import command_of, default_to_set, is_last, next_wave, stage_of, stopping, to_move
from handlers.domain.decision.waiting import waiting_for
from handlers.domain.formatting import listed, many, names
from handlers.domain.model.maintenance import said
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind

Rule = Callable[[Plan, Observation], Step | None]


def decide(plan: Plan, seen: Observation) -> Step:
    """The one next step: the first rule that has something to do, else what is waited for, else the gate, else done."""
    if seen.progress.paused_at is not None and seen.direction is Direction.FORWARD:
        return _out_of_hours(plan, seen) or _paused(plan, seen)
    due = actions(plan, seen)
    return due[0] if due else waiting_for(plan, seen) or gate_of(plan, seen) or _done(seen)


def passes(plan: Plan, seen: Observation) -> bool:
    """Whether this stage is over and another one follows."""
    return not is_last(plan, seen.progress) and decide(plan, seen).kind is StepKind.DONE


def wait_seconds(plan: Plan, seen: Observation, step: Step) -> int:
    """Seconds to wait after the step: none while there is other work, else the plan's poll interval.

    A step that was taken before and has changed nothing waits, too: else it would fill the history.
    """
    if is_suspicious(plan, seen):
        return min(LOOK_AGAIN_SECONDS, plan.poll_seconds)
    if step.seconds is not None:
        return step.seconds
    changed = seen.gains or step.kind.value != seen.progress.phase
    if changed and (step.kind in AT_ONCE or len(actions(plan, seen)) > 1):
        return 0
    return plan.poll_seconds


def actions(plan: Plan, seen: Observation) -> list[Step]:
    """Everything that could be done now, most urgent first."""
    return [step for rule in RULES if (step := rule(plan, seen))]


def _reactivate(plan: Plan, seen: Observation) -> Step | None:
    chosen = replacement.to_reactivate(plan, seen)
    return Step(StepKind.REACTIVATE, f"to stay, and draining: {names(chosen)}", tuple(chosen)) if chosen else None


def restless(plan: Plan, seen: Observation) -> tuple[str, ...]:
    """Services whose zone rebalancing would move tasks while instances come and go."""
    recorded = plan.recorded.rebalancing_services
    return tuple(one.name for one in seen.services if one.zone_rebalancing and one.name in recorded)


def _settle_services(plan: Plan, seen: Observation) -> Step | None:
    found = restless(plan, seen) if seen.direction is Direction.FORWARD else ()
    because = f"zone rebalancing would move tasks while instances come and go: {listed(found)}"
    return Step(StepKind.UPDATE_SERVICE_STRATEGY, because, services=found) if found else None


def _move_services(plan: Plan, seen: Observation) -> Step | None:
    chosen = tuple(service.name for _move, service, _wanted in next_wave(plan, seen))
    if default_to_set(plan, seen) is not None:
        chosen += ("the cluster's default strategy",)
    because = f"{stage_of(plan, seen.progress).name}: {listed(chosen)}"
    return Step(StepKind.UPDATE_SERVICE_STRATEGY, because, services=chosen) if chosen else None


def _cordon(plan: Plan, seen: Observation) -> Step | None:
    mark, lift = to_cordon(plan, seen), to_uncordon(plan, seen)
    if not mark and not lift:
        return None
    marked = f"no task is to be placed on {names(mark)}" if mark else f"tasks may be placed again on {names(lift)}"
    return Step(StepKind.CORDON, marked, tuple(mark), lifted=tuple(lift))


def _scale_in(plan: Plan, seen: Observation) -> Step | None:
    chosen = replacement.to_terminate(plan, seen)
    if chosen:
        return Step(StepKind.SCALE_IN, f"no task left on {names(chosen)}", tuple(chosen))
    if seen.direction is Direction.FORWARD or plan.target_group:
        return None
    wanted = max(replacement.desired_capacity(plan, seen), len(seen.fleet.alive))
    if seen.fleet.desired > wanted:
        because = f"the group asks for {seen.fleet.desired} instances, and {wanted} are enough"
        return Step(StepKind.SCALE_IN, because, desired=wanted)
    return None


def _scale_out(plan: Plan, seen: Observation) -> Step | None:
    if plan.managed and seen.direction is Direction.FORWARD:
        return None
    wanted = replacement.desired_capacity(plan, seen)
    if wanted <= seen.fleet.desired:
        return None
    free = wanted - seen.fleet.desired
    group = plan.growing(seen.direction).name
    because = f"{free} of the surge's {plan.surge} free" if plan.surge else f"{group} is {free} below its size"
    return Step(StepKind.SCALE_OUT, because, desired=wanted)


def _drain(plan: Plan, seen: Observation) -> Step | None:
    if _cordon(plan, seen) or to_move(plan, seen) or _deploying(seen):
        return None
    chosen, overdue = replacement.to_drain(plan, seen), replacement.standalone_to_stop(plan, seen)
    if plan.managed and seen.direction is Direction.FORWARD:
        chosen = []
    if not chosen and not overdue:
        return None
    because = f"there is room for the tasks of {names(chosen)}"
    if not chosen:
        because = f"past their deadline: {many(len(overdue), 'standalone task')}"
    return Step(StepKind.DRAIN, because, tuple(chosen), tasks=tuple(overdue))


def _deploying(seen: Observation) -> bool:
    """Whether a deployment that this stage began is under way: it takes room on every instance that it may use."""
    ours = seen.progress.deployments.keys() - rescued(seen)
    return any(service.name in ours for service in seen.unstable)


RULES: tuple[Rule, ...] = (
    _reactivate,
    _settle_services,
    _scale_in,
    _scale_out,
    _cordon,
    _move_services,
    _drain,
)
AT_ONCE = (StepKind.SCALE_IN, StepKind.UPDATE_SERVICE_STRATEGY, StepKind.CORDON)


def _out_of_hours(plan: Plan, seen: Observation) -> Step | None:
    if not plan.maintenance.closed(seen.now):
        return None
    opens = plan.maintenance.next_opening(seen.now)
    seconds = max(1, min(look_seconds_outside_windows(_paused_for(seen)), math.ceil(opens - seen.now)))
    return Step(StepKind.WAIT_FOR_WINDOW, f"the next maintenance window opens {said(opens)}", seconds=seconds)


def _paused(plan: Plan, seen: Observation) -> Step:
    command = command_of(plan, seen)
    who = command.by if command is not None else "somebody"
    return Step(StepKind.WAIT_WHILE_PAUSED, f"{who} paused the rollout", seconds=look_seconds(_paused_for(seen)))


def _paused_for(seen: Observation) -> float:
    return seen.now - (seen.progress.paused_at if seen.progress.paused_at is not None else seen.now)


def _done(seen: Observation) -> Step:
    if stopping(seen.progress):
        left = many(len(seen.fleet.outgoing), "instance")
        return Step(StepKind.STOP_HERE, f"{left} stay old, as somebody asked to stop")
    return Step(StepKind.DONE, f"{many(len(seen.fleet.incoming), 'instance')} where they should be")
