"""When to give up at once: alarms, commands, tasks and hosts that fail, the time of the whole, silent agents. Pure."""

from handlers.domain.decision import failed_launches
from handlers.domain.decision.failing_hosts import check_hosts
from handlers.domain.decision.failing_tasks import check_failing_services
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stage_end import DATA_SECONDS, bake_left
from handlers.domain.decision.stages import reverted
from handlers.domain.formatting import pluralize
from handlers.domain.model.approval import FLIP, PROMOTE
from handlers.domain.model.maintenance import ROLL_BACK
from handlers.domain.model.observation import Observation
from handlers.domain.model.operator_command import ABORT, PAUSED_AT_MOST_SECONDS
from handlers.errors import (
    AgentNeverConnected,
    AlarmFired,
    AlarmInconclusive,
    NotPromoted,
    RolloutAborted,
    RolloutTimedOut,
    ServiceDidNotStabilize,
    WindowClosed,
)
from handlers.payloads import Direction, StepKind

REVERTED_SECONDS = 30  # for so long a service has to read as taken back: one reading may be older than the move


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
