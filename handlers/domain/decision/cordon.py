"""The cordon: old instances marked by an attribute, so that services with the matching constraint place nothing there.

ECS has no cordon of its own that spares running tasks. Marked is the whole old fleet, before the first drain, so that
no drained task lands where the next drain will be. The mark is lifted while nothing may drain (a bake), and where
displaced tasks fit nowhere else: a task that runs on an old instance is better than one that doesn't run.
"""

from handlers.domain.decision.replacement import cornered, in_flight, leaving
from handlers.domain.decision.room import find_room, free_room, unplaced
from handlers.domain.model.fleet import Instance
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan

PATIENCE_SECONDS = 300  # a target group's default deregistration delay: what goes makes room for what comes


def to_cordon(plan: Plan, seen: Observation) -> list[Instance]:
    """Outgoing instances that are to get the mark."""
    if not plan.cordon or not _holds(plan, seen):
        return []
    return [one for one in seen.fleet.outgoing if one.registered and plan.cordon not in one.marks]


def to_uncordon(plan: Plan, seen: Observation) -> list[Instance]:
    """Instances that are to lose the mark: those that stay, and all where the cordon doesn't hold."""
    if not plan.cordon:
        return []
    some = seen.fleet.incoming if _holds(plan, seen) else seen.fleet.alive
    return [one for one in some if one.registered and plan.cordon in one.marks]


def _holds(plan: Plan, seen: Observation) -> bool:
    return bool(leaving(plan, seen.fleet, seen.progress)) and not _starving(seen) and not cornered(plan, seen)


def _starving(seen: Observation) -> bool:
    """Displaced tasks have no room on instances without the mark, and nothing is under way that would make some."""
    tasks = unplaced(seen)
    coming = seen.fleet.unready or seen.fleet.desired > len(seen.fleet.alive)
    patient = in_flight(seen) and seen.now - seen.progress.since < PATIENCE_SECONDS
    if not tasks or coming or patient:
        return False
    return not find_room(free_room(seen, [one for one in seen.fleet.incoming if one.ready]), tasks, seen)
