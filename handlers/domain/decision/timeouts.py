"""When to give up waiting: nothing has got on for as long as that kind of wait may take. Pure."""

from collections.abc import Sequence

from handlers.domain.decision import failed_launches, replacement
from handlers.domain.decision.lost_agents import is_away_for_a_moment
from handlers.domain.decision.settling import longest_needed_seconds, unsettled
from handlers.domain.decision.situation import Situation
from handlers.domain.formatting import join_first, pluralize
from handlers.domain.model.fleet import Task
from handlers.domain.model.step import Step
from handlers.errors import (
    AgentNeverConnected,
    DrainTimedOut,
    NoRoomToDrain,
    ScaleInTimedOut,
    ServiceDidNotStabilize,
    StandaloneTasksStillRunning,
)
from handlers.payloads import StepKind

WAITS = (
    StepKind.WAIT_FOR_AGENTS,
    StepKind.WAIT_FOR_DRAIN,
    StepKind.WAIT_FOR_SERVICES,
    StepKind.WAIT_FOR_TERMINATION,
)


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
        services = sorted({task.service for task in held})
        raise ServiceDidNotStabilize(
            f"For {waited:.0f} s {pluralize(len(held), 'task')} of {join_first(services)} stayed on draining instances "
            f"because ECS could not replace them (stable_seconds is {situation.timeouts.stable_seconds})."
            f"{_told(situation, services)} Do tasks start and get healthy on the other instances, and may the service "
            "have one more at a time?"
        )


def _standalone(situation: Situation, waited: float) -> None:
    if waited > situation.timeouts.drain_seconds:
        left = [task for instance in situation.draining for task in instance.standalone]
        raise StandaloneTasksStillRunning(
            f"{pluralize(len(left), 'standalone task')} ran on draining instances for {waited:.0f} s, first "
            f"{left[0].arn}. "
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
            f"{short}.{_told(situation, [service.name for service in situation.unstable])} "
            "Look at the services' events and the stopped tasks' reasons."
        )


def _told(situation: Situation, names: Sequence[str]) -> str:
    """What ECS said last of the first of those services that it said anything of, and of its last failed task."""
    said = [f' ECS says: "{each.event}"' for each in situation.services if each.name in names and each.event]
    failures = [failure for failure in situation.observation.task_failures if failure.service in names]
    latest = max(failures, key=lambda failure: failure.at, default=None)
    return "".join([*said[:1], f" The last task that failed: {latest.last_words}." if latest else ""])


def _settling(situation: Situation, waited: float) -> None:
    """Tasks come and go; what a service has to stay as it is after the last one that went is no part of that."""
    if waited > situation.timeouts.stable_seconds + longest_needed_seconds(situation):
        raise ServiceDidNotStabilize(
            f"After {waited:.0f} s tasks of {join_first(sorted(unsettled(situation)))} come and go: none "
            "stayed as it is "
            f"for as long as it has to (min_healthy_seconds "
            f"{situation.plan.policies.min_healthy_seconds}; stable_seconds "
            f"{situation.timeouts.stable_seconds}).{_told(situation, sorted(unsettled(situation)))} "
            "Look at the stopped tasks' reasons."
        )


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


def _stuck(situation: Situation, waited: float) -> None:
    not_draining = situation.to_replace
    if not_draining:
        raise NoRoomToDrain(
            f"{pluralize(len(not_draining), 'instance')} left, and for {waited:.0f} s the tasks of "
            f"{not_draining[0].instance_id} have "
            "fitted nowhere. Raise the surge, or free room on the cluster."
        )
