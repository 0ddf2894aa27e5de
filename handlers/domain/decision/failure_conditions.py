"""When to give up: alarms, agents that never connect, waits without progress. Pure."""

from collections.abc import Sequence

from handlers.domain.decision import failed_launches, replacement
from handlers.domain.decision.failing_tasks import check_failing_services
from handlers.domain.decision.settling import unsettled
from handlers.domain.decision.stage_end import DATA_SECONDS, FLIP, PROMOTE, bake_left, response_to
from handlers.domain.decision.stages import command_of, stage_of, to_move
from handlers.domain.formatting import join_first, pluralize
from handlers.domain.model.fleet import Task
from handlers.domain.model.maintenance import ROLL_BACK
from handlers.domain.model.observation import Observation
from handlers.domain.model.operator_command import ABORT, PAUSED_AT_MOST_SECONDS
from handlers.domain.model.plan import Plan
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

WAITS = (
    StepKind.WAIT_FOR_AGENTS,
    StepKind.WAIT_FOR_DRAIN,
    StepKind.WAIT_FOR_SERVICES,
    StepKind.WAIT_FOR_TERMINATION,
)


def check_failure_conditions(plan: Plan, observation: Observation) -> None:
    """Raise the error that this reading alone justifies, whatever the next step would be."""
    if observation.direction is Direction.FORWARD:
        _operator_commands(plan, observation)
        _hours(plan, observation)
        _alarms(observation)
        _data(plan, observation)
        _answers(plan, observation)
        _deployments(plan, observation)
        check_failing_services(plan, observation)
    _whole_time(plan, observation)
    failed_launches.judge_launches(plan, observation)
    _agents(plan, observation)


def check_timeouts(plan: Plan, observation: Observation, step: Step) -> None:
    """Raise the error of a wait that has gone on for too long without progress."""
    if step.kind not in WAITS or observation.is_progress or failed_launches.failing(plan, observation):
        return  # what is missing while launches fail has a time-out of its own
    waited = observation.now - observation.progress.last_progress_at
    if observation.fleet.draining:
        _drain(plan, observation, waited)
    elif step.kind is StepKind.WAIT_FOR_AGENTS:
        _disconnected(plan, observation, waited)
    elif observation.unstable:
        _services(plan, observation, waited)
    elif unsettled(plan, observation):
        _settling(plan, observation, waited)
    elif step.kind is StepKind.WAIT_FOR_TERMINATION:
        _terminations(plan, observation, waited)
    elif waited > plan.timeouts.stable_seconds:
        _stuck(plan, observation, waited)


def _terminations(plan: Plan, observation: Observation, waited: float) -> None:
    """Instances that were terminated, or that managed scaling is to take away."""
    if waited <= plan.timeouts.scale_in_seconds:
        return
    left = len(replacement.to_replace(plan, observation.fleet, observation.progress))
    raise ScaleInTimedOut(
        f"For {waited:.0f} s {observation.fleet.terminating} instances of {', '.join(plan.groups)} have been "
        "terminating and "
        f"{left} waited for managed scaling (scale_in_seconds is {plan.timeouts.scale_in_seconds}). "
        "Look for a lifecycle hook that nobody completes, or raise timeouts.scale_in_seconds."
    )


def _operator_commands(plan: Plan, observation: Observation) -> None:
    """Somebody wants it back; or it was paused, and then forgotten."""
    command, paused_at = command_of(plan, observation), observation.progress.paused_at
    if command is not None and command.action == ABORT:
        raise RolloutAborted(f"{command.by} asked to abort the rollout. What was moved is returned.")
    if paused_at is not None and observation.now - paused_at > PAUSED_AT_MOST_SECONDS:
        raise RolloutAborted(
            f"The rollout was paused for {observation.now - paused_at:.0f} s and nobody resumed it; "
            f"a pause lasts {PAUSED_AT_MOST_SECONDS} s at most. What was moved is returned."
        )


def _hours(plan: Plan, observation: Observation) -> None:
    maintenance = plan.maintenance
    if maintenance.on_close == ROLL_BACK and maintenance.closed(observation.now):
        raise WindowClosed(
            f"The maintenance window closed with {len(observation.fleet.outgoing)} old instances left, and "
            '"on_close": "roll_back" says to turn back then. What was moved is returned.'
        )


def _alarms(observation: Observation) -> None:
    if observation.alarms_firing:
        raise AlarmFired(
            f"Alarm {', '.join(observation.alarms_firing)} is in ALARM; all watched alarms must stay out of it."
        )


def _data(plan: Plan, observation: Observation) -> None:
    """Alarms that had no data through the bake and some time after it."""
    stage = stage_of(plan, observation.progress)
    over = observation.progress.bake_began_at is not None and bake_left(plan, observation) + DATA_SECONDS <= 0
    if (
        observation.alarms_without_data
        and stage.bake_seconds
        and over
        and plan.approval_policy.inconclusive == "roll_back"
    ):
        raise AlarmInconclusive(
            f"Through the bake of {stage.bake_seconds} s and {DATA_SECONDS} s after it there was no data for "
            f'{", ".join(observation.alarms_without_data)}; "inconclusive": "roll_back" says to turn back then.'
        )


def _answers(plan: Plan, observation: Observation) -> None:
    answer, approval = response_to(plan, observation), observation.approval
    if approval is None or answer in ("", PROMOTE, FLIP):
        return
    who = (
        f"{approval.by or 'somebody'} answered {(approval.word or answer)!r}"
        if approval.response
        else "nobody answered in time"
    )
    raise NotPromoted(f"At {approval.prompt!r} {who}; asked was to promote. What was moved is returned.")


def _deployments(plan: Plan, observation: Observation) -> None:
    """A deployment of ours that failed, or that somebody or the circuit breaker took back."""
    ours = observation.progress.deployments
    failed = [one for one in observation.services if one.failed and one.name in ours]
    if failed:
        raise ServiceDidNotStabilize(
            f"The deployment of {failed[0].name} at {stage_of(plan, observation.progress).name!r} failed: "
            f"{failed[0].failed} "
            "Look at the service's events and the stopped tasks' reasons."
        )
    reverted = [service for _move, service, _wanted in to_move(plan, observation) if service.name in ours]
    if reverted:
        raise ServiceDidNotStabilize(
            f"{reverted[0].name} was moved at {stage_of(plan, observation.progress).name!r} and is not there any "
            "more: its "
            f"deployment is {reverted[0].deployment_id}, ours was {ours[reverted[0].name]}. "
            "Did its circuit breaker or somebody's deployment take it back?"
        )


def _whole_time(plan: Plan, observation: Observation) -> None:
    """Each way has the same time, of its own; nobody's answer, no pause and no time without an execution counts."""
    taken, limit = _time_taken(plan, observation), plan.timeouts.rollout_seconds
    if taken > limit:
        back = observation.direction is Direction.BACK
        what, left = ("way back", "new") if back else ("rollout", "old")
        raise RolloutTimedOut(
            f"The {what} has taken {taken:.0f} s and {len(observation.fleet.outgoing)} {left} instances are left; "
            f"rollout_seconds is {limit}. Raise timeouts.rollout_seconds{'' if back else ' or the surge'}."
        )


def _time_taken(plan: Plan, observation: Observation) -> float:
    progress = observation.progress
    if observation.direction is Direction.BACK:
        return observation.now - progress.began_at - progress.idle_seconds
    paused = observation.now - progress.paused_at if progress.paused_at is not None else 0.0
    answers = progress.phases_until(observation.now).get(StepKind.WAIT_FOR_PROMOTION.value, 0.0)
    return observation.now - plan.started_at - progress.idle_seconds - paused - answers


def _agents(plan: Plan, observation: Observation) -> None:
    limit = plan.timeouts.register_seconds
    silent = [
        one for one in observation.fleet.incoming if not one.registered and observation.now - one.joined_at > limit
    ]
    if silent:
        raise AgentNeverConnected(
            f"{pluralize(len(silent), 'instance')} on {silent[0].ami} launched more than {limit} s ago, whose ECS "
            "agents "
            f"never registered to {plan.cluster}, first {silent[0].instance_id}. Look at /var/log/ecs/ecs-agent.log "
            "there: is it an ECS AMI, is ECS_CLUSTER in the user data, can it reach ECS?"
        )


def _disconnected(plan: Plan, observation: Observation, waited: float) -> None:
    """Registered, and never ready; one that is not registered is judged by its own age."""
    if all(one.registered for one in observation.fleet.unready) and waited > plan.timeouts.register_seconds:
        names = ", ".join(one.instance_id for one in observation.fleet.unready[:3])
        raise AgentNeverConnected(
            f"For {waited:.0f} s these have not been ACTIVE with their agent connected: {names or 'none launched'} "
            f"(register_seconds is {plan.timeouts.register_seconds})."
        )


def _drain(plan: Plan, observation: Observation, waited: float) -> None:
    if replacement.standalone_left(observation) and len(replacement.standalone_left(observation)) == len(
        observation.fleet.draining
    ):
        _standalone(plan, observation, waited)
        return
    _replacements(plan, observation, waited)
    if waited > plan.timeouts.drain_seconds:
        left = [task for one in observation.fleet.draining for task in one.left]
        _bounds(plan, observation, waited, left)
        raise DrainTimedOut(
            f"{len(left)} tasks on {len(observation.fleet.draining)} draining instances have not stopped for "
            f"{waited:.0f} s, "
            f"first {left[0].arn if left else 'none'} (drain_seconds is {plan.timeouts.drain_seconds}). "
            "Look for task protection, a long stop timeout or deregistration delay."
        )


def _bounds(plan: Plan, observation: Observation, waited: float, left: Sequence[Task]) -> None:
    """Nothing is left on them, and the group may not get smaller: somebody raised its MinSize."""
    fleet = observation.fleet
    if not left and plan.target_group is None and fleet.desired <= fleet.minimum:
        raise ScaleInTimedOut(
            f"For {waited:.0f} s {len(fleet.draining)} drained instances could not go, because MinSize of {plan.group} "
            f"is {fleet.minimum} now and its desired capacity {fleet.desired}. Lower MinSize to {plan.floor} or less."
        )


def _replacements(plan: Plan, observation: Observation, waited: float) -> None:
    """Tasks that ECS has not even asked to stop wait for replacements: it is their services that do not get stable."""
    held = [task for one in observation.fleet.draining for task in one.movable]
    if waited > plan.timeouts.stable_seconds and held:
        names = ", ".join(sorted({task.service for task in held}))
        raise ServiceDidNotStabilize(
            f"For {waited:.0f} s {len(held)} tasks of {names} have stayed on draining instances, because ECS could not "
            f"replace them (stable_seconds is {plan.timeouts.stable_seconds}). "
            "Look at the services' events and the stopped tasks' reasons: do they start and get healthy there?"
        )


def _standalone(plan: Plan, observation: Observation, waited: float) -> None:
    if waited > plan.timeouts.drain_seconds:
        left = [task for one in observation.fleet.draining for task in one.standalone]
        raise StandaloneTasksStillRunning(
            f"{len(left)} standalone tasks still run on draining instances after {waited:.0f} s, first {left[0].arn}. "
            'Stop them, or start the rollout with "standalone_tasks": "stop" or "skip".'
        )


def _services(plan: Plan, observation: Observation, waited: float) -> None:
    if waited > plan.timeouts.stable_seconds:
        short = "; ".join(
            f"{one.name} runs {one.running} of {one.desired}, {one.pending} pending, {one.deployments} deployments"
            for one in observation.unstable[:3]
        )
        raise ServiceDidNotStabilize(
            f"After {waited:.0f} s services are not stable (stable_seconds {plan.timeouts.stable_seconds}): {short}. "
            "Look at the services' events and the stopped tasks' reasons."
        )


def _settling(plan: Plan, observation: Observation, waited: float) -> None:
    if waited > plan.timeouts.stable_seconds:
        raise ServiceDidNotStabilize(
            f"After {waited:.0f} s tasks of {join_first(sorted(unsettled(plan, observation)))} come and go: none "
            "stayed as it is "
            f"for as long as it has to (min_healthy_seconds {plan.min_healthy_seconds}; stable_seconds "
            f"{plan.timeouts.stable_seconds}). Look at the stopped tasks' reasons."
        )


def _stuck(plan: Plan, observation: Observation, waited: float) -> None:
    not_draining = replacement.to_replace(plan, observation.fleet, observation.progress)
    if not_draining:
        raise NoRoomToDrain(
            f"{pluralize(len(not_draining), 'instance')} left, and for {waited:.0f} s the tasks of "
            f"{not_draining[0].instance_id} have "
            "fitted nowhere. Raise the surge, or free room on the cluster."
        )
