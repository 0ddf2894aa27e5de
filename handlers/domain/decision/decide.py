"""decide(plan, observation) -> step: the heart of the rollout. Pure: the same reading gives the same step.

Nothing is decided from what an earlier step believed. A step that was taken twice, or got lost on the way, changes
what is read next, not whether the rollout is right.
"""

import math
from collections.abc import Callable

from handlers.domain.decision import replacement
from handlers.domain.decision.cordon import to_cordon, to_uncordon
from handlers.domain.decision.current_stage import is_last, stopping
from handlers.domain.decision.doubt import is_doubtful
from handlers.domain.decision.failing_tasks import LOOK_AGAIN_SECONDS, rescued
from handlers.domain.decision.orphans import to_orphan
from handlers.domain.decision.poll_interval import look_seconds, look_seconds_outside_windows
from handlers.domain.decision.recall import to_recall
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stage_end import end_of_stage
from handlers.domain.decision.stages import default_to_set, growing, next_wave, to_move
from handlers.domain.decision.succession import hands_over
from handlers.domain.decision.waiting import waiting_for
from handlers.domain.formatting import join_first, names, pluralize
from handlers.domain.model.maintenance import said
from handlers.domain.model.observation import Observation
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind

QUICK_POLL_SECONDS, QUICK_FOR_SECONDS = 10, 3600  # 360 polls, of 9 history events each
Rule = Callable[[Situation], Step | None]


def decide(situation: Situation) -> Step:
    """The one next step, or that another execution is to take it."""
    step = _next(situation)
    return hands_over(situation, step) or step


def _next(situation: Situation) -> Step:
    """The first rule that has something to do, else what is waited for, else the gate, else done."""
    if situation.progress.pause.paused_at is not None and situation.direction is Direction.FORWARD:
        return _out_of_hours(situation) or _paused(situation)
    due = actions(situation)
    return due[0] if due else waiting_for(situation) or end_of_stage(situation) or _done(situation.observation)


def passes(situation: Situation) -> bool:
    """Whether this stage is over and another one follows."""
    return not is_last(situation.plan, situation.progress) and decide(situation).kind is StepKind.DONE


def wait_seconds(situation: Situation, step: Step) -> int:
    """Seconds to wait after the step: none while there is other work, else the plan's poll interval.

    A step that was taken before and has changed nothing waits, too: else it would fill the history.
    """
    if is_doubtful(situation):
        return min(LOOK_AGAIN_SECONDS, situation.plan.policies.poll_seconds)
    if step.seconds is not None:
        return step.seconds
    poll = poll_seconds(situation)
    changed = situation.observation.is_progress or step.kind.value != situation.progress.figures.phase
    if changed and (step.kind in AT_ONCE or len(actions(situation)) > 1):
        return 0
    return poll


def poll_seconds(situation: Situation) -> int:
    """How often AWS is read: on the way back more often for a while, because each look that comes late costs time."""
    planned = situation.plan.policies.poll_seconds
    early = situation.now - situation.progress.began_at < QUICK_FOR_SECONDS
    return min(planned, QUICK_POLL_SECONDS) if situation.direction is Direction.BACK and early else planned


def actions(situation: Situation) -> list[Step]:
    """Everything that could be done now, most urgent first."""
    return [step for rule in RULES if (step := rule(situation))]


def _reactivate(situation: Situation) -> Step | None:
    chosen = replacement.to_reactivate(situation)
    return Step(StepKind.REACTIVATE, f"to stay, and draining: {names(chosen)}", tuple(chosen)) if chosen else None


def rebalancing_services(situation: Situation) -> tuple[str, ...]:
    """Services whose zone rebalancing would move tasks while instances come and go."""
    recorded = situation.plan.recorded.rebalancing_services
    return tuple(
        service.name for service in situation.services if service.zone_rebalancing and service.name in recorded
    )


def _settle_services(situation: Situation) -> Step | None:
    found = rebalancing_services(situation) if situation.direction is Direction.FORWARD else ()
    because = f"zone rebalancing would move tasks while instances come and go: {join_first(found)}"
    return Step(StepKind.UPDATE_SERVICE_STRATEGY, because, services=found) if found else None


def _move_services(situation: Situation) -> Step | None:
    chosen = tuple(service.name for _move, service in to_recall(situation))
    chosen += tuple(service.name for _move, service, _wanted in next_wave(situation))
    if default_to_set(situation) is not None:
        chosen += ("the cluster's default strategy",)
    because = f"{situation.stage.name}: {join_first(chosen)}"
    return Step(StepKind.UPDATE_SERVICE_STRATEGY, because, services=chosen) if chosen else None


def _cordon(situation: Situation) -> Step | None:
    mark, lift = to_cordon(situation), to_uncordon(situation)
    if not mark and not lift:
        return None
    marked = f"no task is to be placed on {names(mark)}" if mark else f"tasks may be placed again on {names(lift)}"
    return Step(StepKind.CORDON, marked, tuple(mark), lifted=tuple(lift))


def _scale_in(situation: Situation) -> Step | None:
    chosen = replacement.to_terminate(situation)
    if chosen:
        return Step(StepKind.SCALE_IN, f"no task left on {names(chosen)}", tuple(chosen))
    if situation.direction is Direction.FORWARD:
        return None
    wanted = max(replacement.desired_capacity(situation), len(growing(situation)))
    if situation.fleet.desired > wanted and situation.observation.failed_launches:  # else it comes, and goes by its id
        because = f"the group asks for {situation.fleet.desired} instances, and {wanted} are enough"
        return Step(StepKind.SCALE_IN, because, desired=wanted)
    return None


def _scale_out(situation: Situation) -> Step | None:
    if situation.plan.topology.is_scaled_by_provider(situation.direction):
        return None
    wanted = replacement.desired_capacity(situation)
    if wanted <= situation.fleet.desired:
        return None
    free = wanted - situation.fleet.desired
    group = situation.plan.growing(situation.direction).name
    because = (
        f"{free} of the surge's {situation.plan.sizes.surge} free"
        if situation.plan.sizes.surge
        else f"{group} is {free} below its size"
    )
    return Step(StepKind.SCALE_OUT, because, desired=wanted)


def _drain(situation: Situation) -> Step | None:
    if _cordon(situation) or to_recall(situation) or to_move(situation) or is_doubtful(situation):
        return None
    chosen, overdue = replacement.to_drain(situation), replacement.standalone_to_stop(situation)
    if _deploying(situation.observation):  # what holds none of those tasks takes no room from them
        chosen = [instance for instance in chosen if situation.direction is Direction.BACK and instance.holds_none]
    if situation.plan.topology.is_scaled_by_provider(situation.direction):
        chosen = []
    if not chosen and not overdue:
        return None
    because = f"there is room for the tasks of {names(chosen)}"
    if not chosen:
        because = f"past their deadline: {pluralize(len(overdue), 'standalone task')}"
    return Step(StepKind.DRAIN, because, tuple(chosen), tasks=tuple(overdue))


def _drain_lost(situation: Situation) -> Step | None:
    chosen = [instance for instance in replacement.lost_with_tasks(situation) if not instance.draining]
    if chosen:
        because = f"its agent is gone, and a task that was asked to stop there never will: {names(chosen)}"
        return Step(StepKind.DRAIN, because, tuple(chosen))
    orphaned = to_orphan(situation, replacement.leaving(situation))
    because = f"its agent is gone, and ECS replaces its tasks only where it counts them no more: {names(orphaned)}"
    return Step(StepKind.DRAIN, because, orphaned=tuple(orphaned)) if orphaned else None


def _deploying(observation: Observation) -> bool:
    """Whether a deployment that this stage began, or had taken back, is under way: it takes room wherever it may."""
    stage = observation.progress.stage
    ours = (stage.deployments.keys() | stage.recalled.keys()) - rescued(observation)
    return any(service.name in ours for service in observation.unstable)


RULES: tuple[Rule, ...] = (
    _reactivate,
    _settle_services,
    _scale_in,
    _scale_out,
    _cordon,
    _move_services,
    _drain_lost,
    _drain,
)
AT_ONCE = (StepKind.SCALE_IN, StepKind.UPDATE_SERVICE_STRATEGY, StepKind.CORDON)


def _out_of_hours(situation: Situation) -> Step | None:
    if not situation.plan.policies.maintenance.closed(situation.now):
        return None
    opens = situation.plan.policies.maintenance.next_opening(situation.now)
    seconds = max(
        1, min(look_seconds_outside_windows(_paused_for(situation.observation)), math.ceil(opens - situation.now))
    )
    return Step(StepKind.WAIT_FOR_WINDOW, f"the next maintenance window opens {said(opens)}", seconds=seconds)


def _paused(situation: Situation) -> Step:
    command = situation.command
    who = command.by if command is not None else "an operator"
    return Step(
        StepKind.WAIT_WHILE_PAUSED,
        f"{who} paused the rollout",
        seconds=look_seconds(_paused_for(situation.observation)),
    )


def _paused_for(observation: Observation) -> float:
    return observation.now - (
        observation.progress.pause.paused_at if observation.progress.pause.paused_at is not None else observation.now
    )


def _done(observation: Observation) -> Step:
    if stopping(observation.progress):
        left = pluralize(len(observation.fleet.outgoing), "instance")
        return Step(StepKind.STOP_HERE, f"{left} stay old, as an operator asked to stop")
    return Step(StepKind.DONE, f"{pluralize(len(observation.fleet.incoming), 'instance')} where they should be")
