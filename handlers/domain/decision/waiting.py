"""What the rollout waits for when there is nothing to do: what comes, what goes, what settles, in that order."""

from handlers.domain.decision.failed_launches import said_of
from handlers.domain.decision.replacement import leaving
from handlers.domain.decision.settling import seconds_left, settling
from handlers.domain.decision.stages import growing
from handlers.domain.formatting import listed, many, names
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.step import Step
from handlers.payloads import Direction, StepKind


def waiting_for(plan: Plan, seen: Observation) -> Step | None:
    """The wait, and for what; None when there is nothing to wait for."""
    return _agents(plan, seen) or _drain(seen) or _services(seen) or _moved_tasks(plan, seen) or _old_ones(plan, seen)


def _agents(plan: Plan, seen: Observation) -> Step | None:
    missing = len(seen.fleet.unready) + max(0, seen.fleet.desired - len(growing(plan, seen)))
    because = said_of(plan, seen) or f"not ACTIVE and connected yet: {many(missing, 'instance')}"
    return Step(StepKind.WAIT_FOR_AGENTS, because) if missing else None


def _drain(seen: Observation) -> Step | None:
    draining = seen.fleet.draining
    tasks = sum(len(one.left) for one in draining)
    because = f"{many(tasks, 'task')} left on {many(len(draining), 'draining instance')}"
    if not tasks:
        because = f"no task seen on {names(draining)}; a later reading has to agree"
    return Step(StepKind.WAIT_FOR_DRAIN, because) if draining else None


def _services(seen: Observation) -> Step | None:
    unstable = [service.name for service in seen.unstable]
    return Step(StepKind.WAIT_FOR_SERVICES, f"not stable yet: {listed(unstable)}") if unstable else None


def _moved_tasks(plan: Plan, seen: Observation) -> Step | None:
    """Old instances that may drain when what was moved before them has run for long enough."""
    left = seconds_left(plan, seen)
    if not left or not leaving(plan, seen.fleet, seen.progress):
        return None
    return settling(plan, left)


def _old_ones(plan: Plan, seen: Observation) -> Step | None:
    resting = leaving(plan, seen.fleet, seen.progress)
    if resting and plan.managed and seen.direction is Direction.FORWARD:
        return Step(StepKind.WAIT_FOR_TERMINATION, f"managed scaling takes its time with {names(resting)}")
    if resting:
        return Step(StepKind.WAIT_FOR_SERVICES, f"no room yet for the tasks of {names(resting[:1])}")
    if seen.fleet.terminating:
        return Step(StepKind.WAIT_FOR_TERMINATION, f"{many(seen.fleet.terminating, 'instance')} terminating")
    return None
