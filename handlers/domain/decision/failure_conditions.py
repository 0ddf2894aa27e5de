"""When to give up: alarms, agents that never connect, waits without progress. Pure."""

from collections.abc import Sequence

from handlers.domain.decision import failed_launches, replacement
from handlers.domain.decision.failing_hosts import check_hosts
from handlers.domain.decision.failing_tasks import check_failing_services
from handlers.domain.decision.lost_agents import is_away_for_a_moment
from handlers.domain.decision.settling import longest_needed_seconds, unsettled
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stage_end import DATA_SECONDS, bake_left
from handlers.domain.decision.stages import reverted
from handlers.domain.formatting import join_first, pluralize
from handlers.domain.model.approval import FLIP, PROMOTE
from handlers.domain.model.fleet import Task
from handlers.domain.model.maintenance import ROLL_BACK
from handlers.domain.model.observation import Observation
from handlers.domain.model.operator_command import ABORT, PAUSED_AT_MOST_SECONDS
from handlers.domain.model.step import Step
from handlers.errors import (
    AgentNeverConnected,
    AlarmFired,
    AlarmInconclusive,
    DrainTimedOut,
    NoRoomToDrain,
    NotPromoted,
    RolloutAborted,
    RolloutTimedOut,
    ScaleInTimedOut,
    ServiceDidNotStabilize,
    StandaloneTasksStillRunning,
    WindowClosed,
)
from handlers.payloads import Direction, StepKind

REVERTED_SECONDS = 30  # for so long a service has to read as taken back: one reading may be older than the move
WAITS = (
    StepKind.WAIT_FOR_AGENTS,
    StepKind.WAIT_FOR_DRAIN,
    StepKind.WAIT_FOR_SERVICES,
    StepKind.WAIT_FOR_TERMINATION,
)


def check_failure_conditions(situation: Situation) -> None:
    """Raise the error that this reading alone justifies, whatever the next step would be."""
    if situation.direction is Direction.FORWARD:
        _operator_commands(situation)
        _hours(situation)
        _alarms(situation.observation)
        _data(situation)
        _answers(situation)
        _deployments(situation)
        check_failing_services(situation)
        check_hosts(situation)
    _whole_time(situation)
    failed_launches.judge_launches(situation)
    _agents(situation)


def check_timeouts(situation: Situation, step: Step) -> None:
    """Raise the error of a wait that has gone on for too long without progress."""
    if step.kind not in WAITS or situation.observation.is_progress or failed_launches.failing(situation):
        return  # what is missing while launches fail has a time-out of its own
    waited = situation.now - situation.progress.stall.last_progress_at
    if situation.draining:
        _drain(situation, waited)
    elif step.kind is StepKind.WAIT_FOR_AGENTS:
        _disconnected(situation, waited)
    elif situation.unstable:
        _services(situation, waited)
    elif unsettled(situation):
        _settling(situation, waited)
    elif step.kind is StepKind.WAIT_FOR_TERMINATION:
        _terminations(situation, waited)
    elif waited > situation.timeouts.stable_seconds:
        _stuck(situation, waited)


def _terminations(situation: Situation, waited: float) -> None:
    """Instances that were terminated, or that managed scaling is to take away."""
    if waited <= situation.timeouts.scale_in_seconds:
        return
    left = len(situation.to_replace)
    raise ScaleInTimedOut(
        f"For {waited:.0f} s {situation.fleet.terminating} instances of {', '.join(situation.plan.groups)} have been "
        "terminating and "
        f"{left} waited for managed scaling (scale_in_seconds is {situation.timeouts.scale_in_seconds}). "
        "Look for a lifecycle hook that nobody completes, or raise timeouts.scale_in_seconds."
    )


def _operator_commands(situation: Situation) -> None:
    """An operator wants it back; or it was paused, and then forgotten."""
    command, paused_at = situation.command, situation.progress.pause.paused_at
    if command is not None and command.action == ABORT:
        raise RolloutAborted(f"{command.by} asked to abort the rollout. What was moved is returned.")
    if paused_at is not None and situation.now - paused_at > PAUSED_AT_MOST_SECONDS:
        raise RolloutAborted(
            f"The rollout was paused for {situation.now - paused_at:.0f} s and nobody resumed it; "
            f"a pause lasts {PAUSED_AT_MOST_SECONDS} s at most. What was moved is returned."
        )


def _hours(situation: Situation) -> None:
    maintenance = situation.plan.policies.maintenance
    if maintenance.on_close == ROLL_BACK and maintenance.closed(situation.now):
        raise WindowClosed(
            f"The maintenance window closed with {len(situation.fleet.outgoing)} old instances left, and "
            '"on_close": "roll_back" says to turn back then. What was moved is returned.'
        )


def _alarms(observation: Observation) -> None:
    if observation.alarms_firing:
        raise AlarmFired(
            f"Alarm {', '.join(observation.alarms_firing)} is in ALARM; all watched alarms must stay out of it."
        )


def _data(situation: Situation) -> None:
    """Alarms that had no data through the bake and some time after it."""
    stage = situation.stage
    over = situation.progress.stage.bake_began_at is not None and bake_left(situation) + DATA_SECONDS <= 0
    if (
        situation.observation.alarms_without_data
        and stage.bake_seconds
        and over
        and situation.plan.policies.approval.inconclusive == "roll_back"
    ):
        raise AlarmInconclusive(
            f"Through the bake of {stage.bake_seconds} s and {DATA_SECONDS} s after it there was no data for "
            f'{", ".join(situation.observation.alarms_without_data)}; "inconclusive": "roll_back" says to turn back '
            "then."
        )


def _answers(situation: Situation) -> None:
    answer, approval = situation.response, situation.observation.approval
    if approval is None or answer in ("", PROMOTE, FLIP):
        return
    who = (
        f"{approval.by or 'an operator'} answered {(approval.word or answer)!r}"
        if approval.response
        else "nobody answered in time"
    )
    raise NotPromoted(f"At {approval.prompt!r} {who}; asked was to promote. What was moved is returned.")


def _deployments(situation: Situation) -> None:
    """A deployment of ours that failed, or that an operator or the circuit breaker took back."""
    ours = situation.progress.stage.deployments
    failed = [service for service in situation.services if service.failed and service.name in ours]
    if failed:
        raise ServiceDidNotStabilize(
            f"The deployment of {failed[0].name} at {situation.stage.name!r} failed: "
            f"{failed[0].failed} "
            "Look at the service's events and the stopped tasks' reasons."
        )
    for service in reverted(situation):
        known_for = situation.now - situation.progress.health.reverted.get(service.name, situation.now)
        if known_for >= REVERTED_SECONDS:
            raise ServiceDidNotStabilize(
                f"{service.name} was moved at {situation.stage.name!r} and has not been there for {known_for:.0f} s: "
                f"its deployment is {service.deployment_id}, ours was {ours[service.name]}. "
                "Did its circuit breaker or another deployment take it back?"
            )


def _whole_time(situation: Situation) -> None:
    """Each way has the same time, of its own; nobody's answer, no pause and no time without an execution counts."""
    taken, limit = _time_taken(situation), situation.timeouts.rollout_seconds
    if taken > limit:
        back = situation.direction is Direction.BACK
        what, left = ("way back", "new") if back else ("rollout", "old")
        raise RolloutTimedOut(
            f"The {what} has taken {taken:.0f} s and {len(situation.fleet.outgoing)} {left} instances are left; "
            f"rollout_seconds is {limit}. Raise timeouts.rollout_seconds{'' if back else ' or the surge'}."
        )


def _time_taken(situation: Situation) -> float:
    progress = situation.progress
    if situation.direction is Direction.BACK:
        return situation.now - progress.began_at - progress.pause.idle_seconds
    paused = situation.now - progress.pause.paused_at if progress.pause.paused_at is not None else 0.0
    answers = progress.figures.phases_until(situation.now).get(StepKind.WAIT_FOR_PROMOTION.value, 0.0)
    return situation.now - situation.plan.started_at - progress.pause.idle_seconds - paused - answers


def _agents(situation: Situation) -> None:
    limit = situation.timeouts.register_seconds
    silent = [
        instance
        for instance in situation.fleet.incoming
        if not instance.registered and situation.now - instance.joined_at > limit
    ]
    if silent:
        raise AgentNeverConnected(
            f"{pluralize(len(silent), 'instance')} on {silent[0].ami} launched more than {limit} s ago, whose ECS "
            "agents "
            f"never registered to {situation.plan.cluster}, first {silent[0].instance_id}. Look at "
            "/var/log/ecs/ecs-agent.log "
            "there: is it an ECS AMI, is ECS_CLUSTER in the user data, can it reach ECS?"
        )


def _disconnected(situation: Situation, waited: float) -> None:
    """Registered, and never ready; one that is not registered is judged by its own age.

    Agents that are away for a moment are none of those: in a large fleet some are on many readings.
    """
    away = situation.fleet.unready
    if away and all(is_away_for_a_moment(situation.progress, instance, situation.now) for instance in away):
        return
    if (
        all(instance.registered for instance in situation.fleet.unready)
        and waited > situation.timeouts.register_seconds
    ):
        names = ", ".join(instance.instance_id for instance in situation.fleet.unready[:3])
        raise AgentNeverConnected(
            f"For {waited:.0f} s these have not been ACTIVE with their agent connected: {names or 'none launched'} "
            f"(register_seconds is {situation.timeouts.register_seconds})."
        )


def _drain(situation: Situation, waited: float) -> None:
    if len(replacement.standalone_left(situation)) == len(situation.draining):
        _standalone(situation, waited)
        return
    _replacements(situation, waited)
    if waited > situation.timeouts.drain_seconds:
        left = [task for instance in situation.draining for task in instance.left]
        _bounds(situation, waited, left)
        draining = pluralize(len(situation.draining), "draining instance")
        limit = f"drain_seconds is {situation.timeouts.drain_seconds}"
        if not left:
            names = join_first([instance.instance_id for instance in situation.draining])
            raise DrainTimedOut(
                f"For {waited:.0f} s {draining} could not be seen to be empty ({limit}): {names}. Expected was that "
                "ECS shows each task there as STOPPED. Look whether the agent there is connected."
            )
        raise DrainTimedOut(
            f"{pluralize(len(left), 'task')} on {draining} did not stop for {waited:.0f} s, first {left[0].arn} "
            f"({limit}). Look for task protection, a long stop timeout or deregistration delay."
        )


def _bounds(situation: Situation, waited: float, left: Sequence[Task]) -> None:
    """Nothing is left on them, and the group may not get smaller: an operator raised its MinSize."""
    fleet = situation.fleet
    if not left and situation.plan.topology.in_place and fleet.desired <= fleet.minimum:
        raise ScaleInTimedOut(
            f"For {waited:.0f} s {len(situation.draining)} drained instances could not go, because MinSize of "
            f"{situation.plan.group} "
            f"is {fleet.minimum} now and its desired capacity {fleet.desired}. Lower MinSize to "
            f"{situation.plan.floor} or less."
        )


def _replacements(situation: Situation, waited: float) -> None:
    """Tasks that ECS has not even asked to stop wait for replacements: it is their services that do not get stable."""
    held = [task for instance in situation.draining for task in instance.movable]
    if waited > situation.timeouts.stable_seconds and held:
        names = ", ".join(sorted({task.service for task in held}))
        raise ServiceDidNotStabilize(
            f"For {waited:.0f} s {len(held)} tasks of {names} have stayed on draining instances, because ECS could not "
            f"replace them (stable_seconds is {situation.timeouts.stable_seconds}). "
            "Look at the services' events and the stopped tasks' reasons: do they start and get healthy there?"
        )


def _standalone(situation: Situation, waited: float) -> None:
    if waited > situation.timeouts.drain_seconds:
        left = [task for instance in situation.draining for task in instance.standalone]
        raise StandaloneTasksStillRunning(
            f"{len(left)} standalone tasks still run on draining instances after {waited:.0f} s, first {left[0].arn}. "
            'Stop them, or start the rollout with "standalone_tasks": "stop" or "skip".'
        )


def _services(situation: Situation, waited: float) -> None:
    if waited > situation.timeouts.stable_seconds:
        short = "; ".join(
            f"{service.name} runs {service.running} of {service.desired}, {service.pending} pending, "
            f"{service.deployments} deployments"
            for service in situation.unstable[:3]
        )
        raise ServiceDidNotStabilize(
            f"After {waited:.0f} s services are not stable (stable_seconds {situation.timeouts.stable_seconds}): "
            f"{short}. "
            "Look at the services' events and the stopped tasks' reasons."
        )


def _settling(situation: Situation, waited: float) -> None:
    """Tasks come and go; what a service has to stay as it is after the last one that went is no part of that."""
    if waited > situation.timeouts.stable_seconds + longest_needed_seconds(situation):
        raise ServiceDidNotStabilize(
            f"After {waited:.0f} s tasks of {join_first(sorted(unsettled(situation)))} come and go: none "
            "stayed as it is "
            f"for as long as it has to (min_healthy_seconds "
            f"{situation.plan.policies.min_healthy_seconds}; stable_seconds "
            f"{situation.timeouts.stable_seconds}). Look at the stopped tasks' reasons."
        )


def _stuck(situation: Situation, waited: float) -> None:
    not_draining = situation.to_replace
    if not_draining:
        raise NoRoomToDrain(
            f"{pluralize(len(not_draining), 'instance')} left, and for {waited:.0f} s the tasks of "
            f"{not_draining[0].instance_id} have "
            "fitted nowhere. Raise the surge, or free room on the cluster."
        )
