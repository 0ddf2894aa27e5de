"""Assess fleet: read AWS, give up where it says so, decide the one next step."""

from dataclasses import asdict, replace
from typing import Any, NamedTuple

from aws_lambda_powertools.metrics import MetricUnit

from handlers.catalogue import ASSESS
from handlers.domain.decision.beyond_mending import beyond_mending
from handlers.domain.decision.decide import decide, passes, wait_seconds
from handlers.domain.decision.failed_launches import cannot_heal, failing
from handlers.domain.decision.failing_hosts import remembered
from handlers.domain.decision.failing_tasks import failures_before, suspects
from handlers.domain.decision.failure_conditions import check_failure_conditions
from handlers.domain.decision.outlook import outlook
from handlers.domain.decision.overdue import next_spared_since
from handlers.domain.decision.replacement import leaving, replaced_in_the_end
from handlers.domain.decision.report_metrics import surge_instances
from handlers.domain.decision.settling import unsettled
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stage_end import flips
from handlers.domain.decision.stages import reverted
from handlers.domain.decision.timeouts import check_timeouts
from handlers.domain.model.maintenance import PAUSE as AND_PAUSE
from handlers.domain.model.observation import Observation
from handlers.domain.model.operator_command import PAUSE, STOP
from handlers.domain.model.progress import Capacity, Figures, Stall, Succession
from handlers.domain.model.step import Step
from handlers.payloads import Assessment, Direction, StepKind
from handlers.runtime import notifications
from handlers.runtime.clients import AwsClients
from handlers.runtime.follow_capacity_changes import follow_demand, follow_external_changes, follow_missing_room
from handlers.runtime.history import with_history
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import metrics, task_handler

ON_PURPOSE = (
    StepKind.BAKE,
    StepKind.WAIT_FOR_PROMOTION,
    StepKind.WAIT_UNDER_LOAD,
    StepKind.WAIT_WHILE_PAUSED,
    StepKind.WAIT_FOR_WINDOW,
)
Metrics = dict[str, tuple[MetricUnit, float]]


@task_handler(ASSESS)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """The assessment for `$.assessment`. Raises the error by whose name the graph rolls back."""
    context = with_history(load_for_update(event, clients), event["execution_id"])
    measured = measure(context)
    for name, (unit, value) in measured.figures.items():
        metrics.add_metric(name=name, unit=unit, value=value)
    _notify_promotions(context, measured.context, event)
    return measured.assessment.to_state()


def assess(context: RolloutContext) -> Assessment:
    """Read, judge, decide; remember only whether there was progress."""
    return measure(context).assessment


class Measured(NamedTuple):
    """The assessment, the figures that the dashboard shows of the same reading, and the context that remembers it."""

    context: RolloutContext
    assessment: Assessment
    figures: Metrics


def measure(context: RolloutContext) -> Measured:
    """Read, judge, decide, and measure."""
    context, observation = follow_missing_room(*follow_demand(*follow_external_changes(context)))
    context, observation = _note_tasks(context, observation)
    check_failure_conditions(Situation(context.plan, observation))
    context, observation = _follow_command(context, observation)
    context, observation = _enter_next_stage(context, observation)
    situation = Situation(context.plan, observation)
    step = decide(situation)
    check_timeouts(situation, step)
    context = _remember_progress(context, situation, step)
    fleet = observation.fleet
    assessment = Assessment(
        step=step.kind,
        because=step.because,
        wait_seconds=wait_seconds(situation, step),
        old=len(fleet.outgoing),
        new=sum(instance.ready for instance in fleet.incoming),
        launching=len(fleet.unready) + max(0, fleet.desired - len(fleet.alive)),
        draining=len(fleet.draining),
        terminating=fleet.terminating,
        serving_old=observation.progress.stage.serving_old,
        **asdict(outlook(situation)),
    )
    return Measured(context, assessment, _figures(context, observation, assessment))


def _notify_promotions(before: RolloutContext, after: RolloutContext, event: dict[str, Any]) -> None:
    """Say so of each stage that was left by a promotion, given or by silence."""
    forward = after.progress.direction is Direction.FORWARD
    for number in range(before.progress.stage.index, after.progress.stage.index if forward else 0):
        stage = after.plan.route.stages[number]
        if stage.promotion:
            after = notifications.notify(
                after, event, notifications.PROMOTED, f"{after.plan.group} goes on after {stage.name!r}", of=stage.name
            )


def _figures(context: RolloutContext, observation: Observation, assessment: Assessment) -> Metrics:
    return {
        "OldInstances": (MetricUnit.Count, assessment.old),
        "NewInstances": (MetricUnit.Count, assessment.new),
        "DrainingInstances": (MetricUnit.Count, assessment.draining),
        "PercentDone": (MetricUnit.Percent, assessment.percent),
        "FloorMargin": (MetricUnit.Count, assessment.lowest_margin or 0),
        "SecondsWithoutProgress": (
            MetricUnit.Seconds,
            max(0.0, observation.now - context.progress.stall.last_progress_at),
        ),
    }


def _note_tasks(context: RolloutContext, observation: Observation) -> tuple[RolloutContext, Observation]:
    """Remember which services fail on new instances and which are in flux, and what hosts do, before it is judged."""
    plan, progress = context.plan, context.progress
    situation = Situation(plan, observation)
    if observation.direction is Direction.BACK:
        anyway = beyond_mending(situation)
        if anyway != progress.health.anyway:
            context = context.save_progress(health=replace(progress.health, anyway=anyway))
        return context, replace(observation, progress=context.progress)
    moving = unsettled(situation)
    health = replace(progress.health, failing=suspects(situation), unsettled=moving)
    if health.failed_before is None:
        health = replace(health, failed_before=failures_before(situation))
    known, now = health.reverted, observation.now
    health = replace(health, reverted={each.name: known.get(each.name, now) for each in reverted(situation)})
    health = remembered(situation, health)
    if not moving and any(at > health.settled_at for at in progress.drains.started_at.values()):
        health = replace(health, settled_at=observation.now)
    drains = replace(progress.drains, absent_since=observation.next_absent_since())
    if (health, drains) == (progress.health, progress.drains):
        return context, observation
    context = context.save_progress(health=health, drains=drains)
    return context, replace(observation, progress=context.progress)


def _follow_command(context: RolloutContext, observation: Observation) -> tuple[RolloutContext, Observation]:
    """Pause, go on or stop, where an operator or the window wants it; what was heard before changes nothing."""
    command, progress, now = Situation(context.plan, observation).command, context.progress, observation.now
    if observation.direction is Direction.BACK:
        return context, observation
    maintenance = context.plan.policies.maintenance
    rests = maintenance.on_close == AND_PAUSE and maintenance.closed(now)
    pauses = rests or (command is not None and command.action == PAUSE)
    if pauses and progress.pause.paused_at is None:
        context = context.save_progress(pause=replace(progress.pause, paused_at=now))
    elif not pauses and progress.pause.paused_at is not None:
        idle = progress.pause.idle_seconds + now - progress.pause.paused_at
        context = context.save_progress(
            pause=replace(progress.pause, paused_at=None, idle_seconds=idle), stall=progress.stall.begun_anew(now)
        )
    if command is not None and command.action == STOP and progress.pause.stops_at is None:
        stops_at = replaced_in_the_end(Situation(context.plan, observation))
        context = context.save_progress(
            pause=replace(context.progress.pause, stops_at=stops_at), stall=progress.stall.begun_anew(now)
        )
    return (context, observation) if context.progress is progress else (context, context.observe())


def _enter_next_stage(context: RolloutContext, observation: Observation) -> tuple[RolloutContext, Observation]:
    """Turn to the other fleet where an operator asked for it; go on to the first stage that is not over."""
    if flips(Situation(context.plan, observation)) and observation.approval:
        context = _enter(
            context,
            serving_old=not context.progress.stage.serving_old,
            switch_handled_at=observation.approval.responded_at,
        )
        observation = context.observe()
    while passes(Situation(context.plan, observation)):
        context = _enter(context, index=context.progress.stage.index + 1, serving_old=False)
        observation = context.observe()
    return context, observation


def _enter(context: RolloutContext, **changes: Any) -> RolloutContext:
    """Another stretch begins, with its own bake, deployments and progress."""
    progress = context.progress
    return context.save_progress(
        stage=progress.stage.entered(**changes), stall=progress.stall.begun_anew(context.clients.now())
    )


def _remember_progress(context: RolloutContext, situation: Situation, step: Step) -> RolloutContext:
    """A wait's time-out is renewed by every reading that is better than the best or shows that something else stands.

    Not by a step that was decided: what it changed is seen, and a step that changed nothing renews nothing. What is
    waited for on purpose, and launches that fail, have limits of their own.
    """
    observation, progress = situation.observation, context.progress
    parts = {
        "drains": replace(
            progress.drains,
            idle_since=observation.next_idle_since(),
            spared_since=next_spared_since(situation, leaving(situation)),
            absent_since=observation.next_absent_since(),
        ),
        "capacity": _launches(situation, progress.capacity),
        "stall": (stall := _stall(situation, step, progress.stall)),
        "succession": _succession(progress.succession, moved=stall != progress.stall),
        "figures": _phases(situation, step, progress.figures),
    }
    changed = {name: part for name, part in parts.items() if part != getattr(progress, name)}
    return context.save_progress(**changed) if changed else context


def _launches(situation: Situation, capacity: Capacity) -> Capacity:
    now = situation.now
    if situation.fleet.uneven and capacity.balance_began_at is None:
        capacity = replace(capacity, balance_began_at=now)
    hopeless = bool(cannot_heal(situation))
    if hopeless != (capacity.hopeless_at is not None):
        capacity = replace(capacity, hopeless_at=now if hopeless else None)
    return capacity


def _stall(situation: Situation, step: Step, stall: Stall) -> Stall:
    observation = situation.observation
    better = observation.is_progress
    if not (better or step.kind in ON_PURPOSE or failing(situation)):
        return stall
    score = observation.score() if better else stall.best_score
    return Stall(score, observation.deployments_digest, observation.now)


def _succession(succession: Succession, *, moved: bool) -> Succession:
    """An execution under which something moved has met payloads of its own version."""
    return replace(succession, for_version=succession.for_version and not moved)


def _phases(situation: Situation, step: Step, figures: Figures) -> Figures:
    now, more = situation.now, surge_instances(situation)
    if step.kind != figures.phase:
        figures = replace(figures, phase=step.kind.value, phase_at=now, phases=figures.phases_until(now))
    if more != figures.surge_instances:
        spent = figures.surge_instance_seconds_until(now)
        figures = replace(figures, surge_instances=more, surge_since=now, surge_instance_seconds=spent)
    return figures
