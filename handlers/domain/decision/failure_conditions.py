"""When to give up: alarms, agents that never connect, waits without progress. Pure."""

from collections.abc import Sequence

from handlers.domain.decision import failed_launches, replacement
from handlers.domain.decision.failing_tasks import check_failing_services
from handlers.domain.decision.settling import unsettled
from handlers.domain.decision.stage_end import DATA_SECONDS, FLIP, PROMOTE, answer_of, bake_left
from handlers.domain.decision.stages import command_of, stage_of, to_move
from handlers.domain.formatting import listed, many
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


def judge(plan: Plan, seen: Observation) -> None:
    """Raise the error that this reading alone justifies, whatever the next step would be."""
    if seen.direction is Direction.FORWARD:
        _operator_commands(plan, seen)
        _hours(plan, seen)
        _alarms(seen)
        _data(plan, seen)
        _answers(plan, seen)
        _deployments(plan, seen)
        check_failing_services(plan, seen)
    _whole_time(plan, seen)
    failed_launches.judge_launches(plan, seen)
    _agents(plan, seen)


def judge_wait(plan: Plan, seen: Observation, step: Step) -> None:
    """Raise the error of a wait that has gone on for too long without progress."""
    if step.kind not in WAITS or seen.gains or failed_launches.failing(plan, seen):
        return  # what is missing while launches fail has a time-out of its own
    waited = seen.now - seen.progress.since
    if seen.fleet.draining:
        _drain(plan, seen, waited)
    elif step.kind is StepKind.WAIT_FOR_AGENTS:
        _disconnected(plan, seen, waited)
    elif seen.unstable:
        _services(plan, seen, waited)
    elif unsettled(plan, seen):
        _settling(plan, seen, waited)
    elif step.kind is StepKind.WAIT_FOR_TERMINATION:
        _terminations(plan, seen, waited)
    elif waited > plan.timeouts.stable_seconds:
        _stuck(plan, seen, waited)


def _terminations(plan: Plan, seen: Observation, waited: float) -> None:
    """Instances that were terminated, or that managed scaling is to take away."""
    if waited <= plan.timeouts.scale_in_seconds:
        return
    left = len(replacement.leaving(plan, seen.fleet, seen.progress))
    raise ScaleInTimedOut(
        f"For {waited:.0f} s {seen.fleet.terminating} instances of {', '.join(plan.groups)} have been terminating and "
        f"{left} waited for managed scaling (scale_in_seconds is {plan.timeouts.scale_in_seconds}). "
        "Look for a lifecycle hook that nobody completes, or raise timeouts.scale_in_seconds."
    )


def _operator_commands(plan: Plan, seen: Observation) -> None:
    """Somebody wants it back; or it was paused, and then forgotten."""
    command, paused_at = command_of(plan, seen), seen.progress.paused_at
    if command is not None and command.action == ABORT:
        raise RolloutAborted(f"{command.by} asked to abort the rollout. What was moved is returned.")
    if paused_at is not None and seen.now - paused_at > PAUSED_AT_MOST_SECONDS:
        raise RolloutAborted(
            f"The rollout was paused for {seen.now - paused_at:.0f} s and nobody resumed it; "
            f"a pause lasts {PAUSED_AT_MOST_SECONDS} s at most. What was moved is returned."
        )


def _hours(plan: Plan, seen: Observation) -> None:
    maintenance = plan.maintenance
    if maintenance.on_close == ROLL_BACK and maintenance.closed(seen.now):
        raise WindowClosed(
            f"The maintenance window closed with {len(seen.fleet.outgoing)} old instances left, and "
            '"on_close": "roll_back" says to turn back then. What was moved is returned.'
        )


def _alarms(seen: Observation) -> None:
    if seen.alarms_firing:
        raise AlarmFired(f"Alarm {', '.join(seen.alarms_firing)} is in ALARM; all watched alarms must stay out of it.")


def _data(plan: Plan, seen: Observation) -> None:
    """Alarms that had no data through the bake and some time after it."""
    stage = stage_of(plan, seen.progress)
    over = seen.progress.bake_began_at is not None and bake_left(plan, seen) + DATA_SECONDS <= 0
    if seen.alarms_without_data and stage.bake_seconds and over and plan.gates.inconclusive == "roll_back":
        raise AlarmInconclusive(
            f"Through the bake of {stage.bake_seconds} s and {DATA_SECONDS} s after it there was no data for "
            f'{", ".join(seen.alarms_without_data)}; "inconclusive": "roll_back" says to turn back then.'
        )


def _answers(plan: Plan, seen: Observation) -> None:
    answer, gate = answer_of(plan, seen), seen.gate
    if gate is None or answer in ("", PROMOTE, FLIP):
        return
    who = f"{gate.by or 'somebody'} answered {(gate.said or answer)!r}" if gate.answer else "nobody answered in time"
    raise NotPromoted(f"At {gate.question!r} {who}; asked was to promote. What was moved is returned.")


def _deployments(plan: Plan, seen: Observation) -> None:
    """A deployment of ours that failed, or that somebody or the circuit breaker took back."""
    ours = seen.progress.deployments
    failed = [one for one in seen.services if one.failed and one.name in ours]
    if failed:
        raise ServiceDidNotStabilize(
            f"The deployment of {failed[0].name} at {stage_of(plan, seen.progress).name!r} failed: {failed[0].failed} "
            "Look at the service's events and the stopped tasks' reasons."
        )
    reverted = [service for _move, service, _wanted in to_move(plan, seen) if service.name in ours]
    if reverted:
        raise ServiceDidNotStabilize(
            f"{reverted[0].name} was moved at {stage_of(plan, seen.progress).name!r} and is not there any more: its "
            f"deployment is {reverted[0].deployment_id}, ours was {ours[reverted[0].name]}. "
            "Did its circuit breaker or somebody's deployment take it back?"
        )


def _whole_time(plan: Plan, seen: Observation) -> None:
    """Each way has the same time, of its own; nobody's answer, no pause and no time without an execution counts."""
    taken, limit = _time_taken(plan, seen), plan.timeouts.rollout_seconds
    if taken > limit:
        back = seen.direction is Direction.BACK
        what, left = ("way back", "new") if back else ("rollout", "old")
        raise RolloutTimedOut(
            f"The {what} has taken {taken:.0f} s and {len(seen.fleet.outgoing)} {left} instances are left; "
            f"rollout_seconds is {limit}. Raise timeouts.rollout_seconds{'' if back else ' or the surge'}."
        )


def _time_taken(plan: Plan, seen: Observation) -> float:
    progress = seen.progress
    if seen.direction is Direction.BACK:
        return seen.now - progress.began_at - progress.idle_seconds
    paused = seen.now - progress.paused_at if progress.paused_at is not None else 0.0
    answers = progress.phases_until(seen.now).get(StepKind.WAIT_FOR_PROMOTION.value, 0.0)
    return seen.now - plan.started_at - progress.idle_seconds - paused - answers


def _agents(plan: Plan, seen: Observation) -> None:
    limit = plan.timeouts.register_seconds
    silent = [one for one in seen.fleet.incoming if not one.registered and seen.now - one.since > limit]
    if silent:
        raise AgentNeverConnected(
            f"{many(len(silent), 'instance')} on {silent[0].ami} launched more than {limit} s ago, whose ECS agents "
            f"never registered to {plan.cluster}, first {silent[0].instance_id}. Look at /var/log/ecs/ecs-agent.log "
            "there: is it an ECS AMI, is ECS_CLUSTER in the user data, can it reach ECS?"
        )


def _disconnected(plan: Plan, seen: Observation, waited: float) -> None:
    """Registered, and never ready; one that is not registered is judged by its own age."""
    if all(one.registered for one in seen.fleet.unready) and waited > plan.timeouts.register_seconds:
        names = ", ".join(one.instance_id for one in seen.fleet.unready[:3])
        raise AgentNeverConnected(
            f"For {waited:.0f} s these have not been ACTIVE with their agent connected: {names or 'none launched'} "
            f"(register_seconds is {plan.timeouts.register_seconds})."
        )


def _drain(plan: Plan, seen: Observation, waited: float) -> None:
    if replacement.standalone_left(seen) and len(replacement.standalone_left(seen)) == len(seen.fleet.draining):
        _standalone(plan, seen, waited)
        return
    _replacements(plan, seen, waited)
    if waited > plan.timeouts.drain_seconds:
        left = [task for one in seen.fleet.draining for task in one.left]
        _bounds(plan, seen, waited, left)
        raise DrainTimedOut(
            f"{len(left)} tasks on {len(seen.fleet.draining)} draining instances have not stopped for {waited:.0f} s, "
            f"first {left[0].arn if left else 'none'} (drain_seconds is {plan.timeouts.drain_seconds}). "
            "Look for task protection, a long stop timeout or deregistration delay."
        )


def _bounds(plan: Plan, seen: Observation, waited: float, left: Sequence[Task]) -> None:
    """Nothing is left on them, and the group may not get smaller: somebody raised its MinSize."""
    fleet = seen.fleet
    if not left and plan.target_group is None and fleet.desired <= fleet.minimum:
        raise ScaleInTimedOut(
            f"For {waited:.0f} s {len(fleet.draining)} drained instances could not go, because MinSize of {plan.group} "
            f"is {fleet.minimum} now and its desired capacity {fleet.desired}. Lower MinSize to {plan.floor} or less."
        )


def _replacements(plan: Plan, seen: Observation, waited: float) -> None:
    """Tasks that ECS has not even asked to stop wait for replacements: it is their services that do not get stable."""
    held = [task for one in seen.fleet.draining for task in one.movable]
    if waited > plan.timeouts.stable_seconds and held:
        names = ", ".join(sorted({task.service for task in held}))
        raise ServiceDidNotStabilize(
            f"For {waited:.0f} s {len(held)} tasks of {names} have stayed on draining instances, because ECS could not "
            f"replace them (stable_seconds is {plan.timeouts.stable_seconds}). "
            "Look at the services' events and the stopped tasks' reasons: do they start and get healthy there?"
        )


def _standalone(plan: Plan, seen: Observation, waited: float) -> None:
    if waited > plan.timeouts.drain_seconds:
        left = [task for one in seen.fleet.draining for task in one.standalone]
        raise StandaloneTasksStillRunning(
            f"{len(left)} standalone tasks still run on draining instances after {waited:.0f} s, first {left[0].arn}. "
            'Stop them, or start the rollout with "standalone_tasks": "stop" or "skip".'
        )


def _services(plan: Plan, seen: Observation, waited: float) -> None:
    if waited > plan.timeouts.stable_seconds:
        short = "; ".join(
            f"{one.name} runs {one.running} of {one.desired}, {one.pending} pending, {one.deployments} deployments"
            for one in seen.unstable[:3]
        )
        raise ServiceDidNotStabilize(
            f"After {waited:.0f} s services are not stable (stable_seconds {plan.timeouts.stable_seconds}): {short}. "
            "Look at the services' events and the stopped tasks' reasons."
        )


def _settling(plan: Plan, seen: Observation, waited: float) -> None:
    if waited > plan.timeouts.stable_seconds:
        raise ServiceDidNotStabilize(
            f"After {waited:.0f} s tasks of {listed(sorted(unsettled(plan, seen)))} come and go: none stayed as it is "
            f"for as long as it has to (min_healthy_seconds {plan.min_healthy_seconds}; stable_seconds "
            f"{plan.timeouts.stable_seconds}). Look at the stopped tasks' reasons."
        )


def _stuck(plan: Plan, seen: Observation, waited: float) -> None:
    resting = replacement.leaving(plan, seen.fleet, seen.progress)
    if resting:
        raise NoRoomToDrain(
            f"{many(len(resting), 'instance')} left, and for {waited:.0f} s the tasks of {resting[0].instance_id} have "
            "fitted nowhere. Raise the surge, or free room on the cluster."
        )
