"""Assess fleet: read the world, give up where it says so, decide the one next step."""

from dataclasses import asdict, replace
from typing import Any, NamedTuple

from aws_lambda_powertools.metrics import MetricUnit

from handlers.catalogue import ASSESS
from handlers.domain.decision.decide import decide, passes, wait_seconds
from handlers.domain.decision.failed_launches import cannot_heal, failing
from handlers.domain.decision.failing_tasks import suspects
from handlers.domain.decision.failure_conditions import judge, judge_wait
from handlers.domain.decision.outlook import outlook
from handlers.domain.decision.replacement import replaced_in_the_end
from handlers.domain.decision.report_metrics import extra
from handlers.domain.decision.settling import unsettled
from handlers.domain.decision.stage_end import flips
from handlers.domain.decision.stages import command_of
from handlers.domain.model.maintenance import PAUSE as AND_PAUSE
from handlers.domain.model.observation import Observation
from handlers.domain.model.operator_command import PAUSE, STOP
from handlers.domain.model.step import Step
from handlers.payloads import Assessment, Direction, StepKind
from handlers.runtime import notifications
from handlers.runtime.clients import World
from handlers.runtime.follow_capacity_changes import follow_demand, follow_drift
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import metrics, task_handler

ON_PURPOSE = (
    StepKind.BAKE,
    StepKind.WAIT_FOR_PROMOTION,
    StepKind.WAIT_UNDER_LOAD,
    StepKind.WAIT_WHILE_PAUSED,
    StepKind.WAIT_FOR_WINDOW,
)
Figures = dict[str, tuple[MetricUnit, float]]


@task_handler(ASSESS)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """The assessment for `$.assessment`. Raises the error by whose name the graph rolls back."""
    turn = open_turn(event, world)
    measured = measure(turn)
    for name, (unit, value) in measured.figures.items():
        metrics.add_metric(name=name, unit=unit, value=value)
    _tell_promoted(turn, measured.turn, event)
    return measured.assessment.to_state()


def assess(turn: Turn) -> Assessment:
    """Read, judge, decide; remember only whether there was progress."""
    return measure(turn).assessment


class Measured(NamedTuple):
    """The assessment, the figures that the dashboard shows of the same reading, and the turn that remembers it."""

    turn: Turn
    assessment: Assessment
    figures: Figures


def measure(turn: Turn) -> Measured:
    """Read, judge, decide, and measure."""
    turn, seen = follow_demand(*follow_drift(turn))
    turn, seen = _note_tasks(turn, seen)
    judge(turn.plan, seen)
    turn, seen = _hear(turn, seen)
    turn, seen = _through_the_gates(turn, seen)
    step = decide(turn.plan, seen)
    judge_wait(turn.plan, seen, step)
    turn = _remember_progress(turn, seen, step)
    fleet = seen.fleet
    assessment = Assessment(
        step=step.kind,
        because=step.because,
        wait_seconds=wait_seconds(turn.plan, seen, step),
        old=len(fleet.outgoing),
        new=sum(one.ready for one in fleet.incoming),
        launching=len(fleet.unready) + max(0, fleet.desired - len(fleet.alive)),
        draining=len(fleet.draining),
        terminating=fleet.terminating,
        **asdict(outlook(turn.plan, seen)),
    )
    return Measured(turn, assessment, _figures(turn, seen, assessment))


def _tell_promoted(before: Turn, after: Turn, event: dict[str, Any]) -> None:
    """Say so of each stage that was left by a promotion, given or by silence."""
    forward = after.progress.direction is Direction.FORWARD
    for number in range(before.progress.stage, after.progress.stage if forward else 0):
        stage = after.plan.stages[number]
        if stage.promotion:
            after = notifications.tell(
                after, event, notifications.PROMOTED, f"{after.plan.group} goes on after {stage.name!r}", of=stage.name
            )


def _figures(turn: Turn, seen: Observation, assessment: Assessment) -> Figures:
    return {
        "OldInstances": (MetricUnit.Count, assessment.old),
        "NewInstances": (MetricUnit.Count, assessment.new),
        "DrainingInstances": (MetricUnit.Count, assessment.draining),
        "PercentDone": (MetricUnit.Percent, assessment.percent),
        "FloorMargin": (MetricUnit.Count, assessment.lowest_margin or 0),
        "SecondsWithoutProgress": (MetricUnit.Seconds, max(0.0, seen.now - turn.progress.since)),
    }


def _note_tasks(turn: Turn, seen: Observation) -> tuple[Turn, Observation]:
    """Remember which services fail on new instances and which are in flux, before anything is made of it."""
    plan, progress = turn.plan, turn.progress
    if seen.direction is Direction.BACK:
        return turn, seen
    moving = unsettled(plan, seen)
    changes: dict[str, Any] = {"failing": suspects(plan, seen), "unsettled": moving}
    if not moving and any(at > progress.settled_at for at in progress.drains.values()):
        changes["settled_at"] = seen.now
    if all(getattr(progress, name) == value for name, value in changes.items()):
        return turn, seen
    turn = turn.remember(**changes)
    return turn, replace(seen, progress=turn.progress)


def _hear(turn: Turn, seen: Observation) -> tuple[Turn, Observation]:
    """Pause, go on or stop, where somebody or the window wants it; what was heard before changes nothing."""
    command, progress, now = command_of(turn.plan, seen), turn.progress, seen.now
    if seen.direction is Direction.BACK:
        return turn, seen
    maintenance = turn.plan.maintenance
    rests = maintenance.on_close == AND_PAUSE and maintenance.closed(now)
    pauses = rests or (command is not None and command.action == PAUSE)
    if pauses and progress.paused_at is None:
        turn = turn.remember(paused_at=now)
    elif not pauses and progress.paused_at is not None:
        paused = now - progress.paused_at
        turn = turn.remember(paused_at=None, idle_seconds=progress.idle_seconds + paused, best=None, since=now)
    if command is not None and command.action == STOP and progress.stops_at is None:
        turn = turn.remember(stops_at=replaced_in_the_end(turn.plan, seen), best=None, since=now)
    return (turn, seen) if turn.progress is progress else (turn, turn.observe())


def _through_the_gates(turn: Turn, seen: Observation) -> tuple[Turn, Observation]:
    """Turn to the other fleet where somebody asked for it; go on to the first stage that is not over."""
    if flips(turn.plan, seen) and seen.gate:
        turn = _enter(turn, flipped=not turn.progress.flipped, heard=seen.gate.answered_at)
        seen = turn.observe()
    while passes(turn.plan, seen):
        turn = _enter(turn, stage=turn.progress.stage + 1, flipped=False)
        seen = turn.observe()
    return turn, seen


def _enter(turn: Turn, **changes: Any) -> Turn:
    """Another stretch begins, with its own bake, deployments and progress."""
    return turn.remember(**changes, bake_began_at=None, deployments={}, best=None, since=turn.world.now())


def _remember_progress(turn: Turn, seen: Observation, step: Step) -> Turn:
    """A wait's time-out is renewed by every reading that is better than the best or shows that something else stands.

    Not by a step that was decided: what it changed is seen, and a step that changed nothing renews nothing. What is
    waited for on purpose, and launches that fail, have limits of their own.
    """
    progress, better = turn.progress, seen.gains
    hopeless = bool(cannot_heal(turn.plan, seen))
    changes: dict[str, Any] = {}
    if seen.fleet.uneven and progress.balance_began_at is None:
        changes["balance_began_at"] = seen.now
    if seen.calm_since() != progress.calm:
        changes["calm"] = seen.calm_since()
    if seen.absent_since() != progress.absent:
        changes["absent"] = seen.absent_since()
    if hopeless != (progress.hopeless_at is not None):
        changes["hopeless_at"] = seen.now if hopeless else None
    if better or step.kind in ON_PURPOSE or failing(turn.plan, seen):
        changes |= {"best": seen.score() if better else progress.best, "standing": seen.standing, "since": seen.now}
    if step.kind != progress.phase:
        changes |= {"phase": step.kind.value, "phase_at": seen.now, "phases": progress.phases_until(seen.now)}
    if (more := extra(turn.plan, seen)) != progress.extra:
        changes |= {"extra": more, "extra_at": seen.now, "extra_seconds": progress.extra_until(seen.now)}
    return turn.remember(**changes) if changes else turn
