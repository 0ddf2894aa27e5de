"""What the rollout waits for when there is nothing to do: what comes, what goes, what settles, in that order."""

from handlers.domain.decision.doubt import watched
from handlers.domain.decision.failed_launches import said_of
from handlers.domain.decision.settling import seconds_left, settling
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import capacity_stands, growing, reverted, to_move
from handlers.domain.formatting import join_first, names, pluralize
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind


def waiting_for(situation: Situation) -> Step | None:
    """The wait, and for what; None when there is nothing to wait for."""
    return (
        _agents(situation)
        or _drain(situation)
        or _services(situation)
        or _capacity(situation)
        or _reverted(situation)
        or _moved_tasks(situation)
        or _doubted(situation)
        or _old_ones(situation)
    )


def _agents(situation: Situation) -> Step | None:
    missing = len(situation.fleet.unready) + max(0, situation.fleet.desired - len(growing(situation)))
    because = said_of(situation) or f"not ACTIVE and connected yet: {pluralize(missing, 'instance')}"
    return Step(StepKind.WAIT_FOR_AGENTS, because) if missing else None


def _capacity(situation: Situation) -> Step | None:
    """Services that are to move, and what they would move to is not all there."""
    if capacity_stands(situation) or not (found := to_move(situation)):
        return None
    because = f"no capacity yet for {join_first([service.name for _move, service, _wanted in found])}"
    return Step(StepKind.WAIT_FOR_AGENTS, because)


def _drain(situation: Situation) -> Step | None:
    draining = situation.draining
    tasks = sum(len(instance.left) for instance in draining)
    because = f"{pluralize(tasks, 'task')} left on {pluralize(len(draining), 'draining instance')}"
    if not tasks:
        because = f"no task seen on {names(draining)}; a later reading has to agree"
    return Step(StepKind.WAIT_FOR_DRAIN, because) if draining else None


def _services(situation: Situation) -> Step | None:
    unstable = [service.name for service in situation.unstable]
    return Step(StepKind.WAIT_FOR_SERVICES, f"not stable yet: {join_first(unstable)}") if unstable else None


def _reverted(situation: Situation) -> Step | None:
    found = [service.name for service in reverted(situation)]
    because = f"moved, and read as if not: {join_first(found)}; a later reading has to agree"
    return Step(StepKind.WAIT_FOR_SERVICES, because) if found else None


def _moved_tasks(situation: Situation) -> Step | None:
    """Old instances that may drain when what was moved before them has run for long enough."""
    left = seconds_left(situation)
    if not left or not situation.to_replace:
        return None
    return settling(situation.plan, left)


def _doubted(situation: Situation) -> Step | None:
    """Old instances that may drain when it is known that new ones do no worse."""
    return watched(situation) if situation.to_replace and situation.direction is Direction.FORWARD else None


def _old_ones(situation: Situation) -> Step | None:
    not_draining = situation.to_replace
    if not_draining and situation.plan.topology.is_scaled_by_provider(situation.direction):
        return Step(StepKind.WAIT_FOR_TERMINATION, f"managed scaling takes its time with {names(not_draining)}")
    if not_draining:
        return Step(StepKind.WAIT_FOR_SERVICES, f"no room yet for the tasks of {names(not_draining[:1])}")
    if situation.fleet.terminating:
        return Step(StepKind.WAIT_FOR_TERMINATION, f"{pluralize(situation.fleet.terminating, 'instance')} terminating")
    return None
