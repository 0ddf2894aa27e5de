"""The cordon: old instances marked by an attribute, so that services with the matching constraint place nothing there.

ECS has no cordon of its own that spares running tasks. Marked is the whole old fleet, before the first drain, so that
no drained task lands where the next drain will be. The mark is lifted while nothing may drain (a bake), and where
displaced tasks fit nowhere else: a task that runs on an old instance is better than one that doesn't run.
"""

from handlers.domain.decision.replacement import in_flight, is_deadlocked
from handlers.domain.decision.room import find_room, free_room, pending_tasks
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance

PATIENCE_SECONDS = 300  # a target group's default deregistration delay: what goes makes room for what comes


def to_cordon(situation: Situation) -> list[Instance]:
    """Outgoing instances that are to get the mark."""
    if not situation.plan.cordon or not _holds(situation):
        return []
    return [
        instance
        for instance in situation.fleet.outgoing
        if instance.registered and situation.plan.cordon not in instance.attributes
    ]


def to_uncordon(situation: Situation) -> list[Instance]:
    """Instances that are to lose the mark: those that stay, and all where the cordon doesn't hold."""
    if not situation.plan.cordon:
        return []
    some = situation.fleet.incoming if _holds(situation) else situation.fleet.alive
    return [instance for instance in some if instance.registered and situation.plan.cordon in instance.attributes]


def _holds(situation: Situation) -> bool:
    return bool(situation.to_replace) and not _has_pending_tasks(situation) and not is_deadlocked(situation)


def _has_pending_tasks(situation: Situation) -> bool:
    """Displaced tasks have no room on instances without the mark, and nothing is under way that would make some."""
    observation = situation.observation
    tasks = pending_tasks(observation)
    coming = observation.fleet.unready or observation.fleet.desired > len(observation.fleet.alive)
    patient = in_flight(situation) and observation.now - observation.progress.stall.last_progress_at < PATIENCE_SECONDS
    if not tasks or coming or patient:
        return False
    return not find_room(
        free_room(observation, [instance for instance in observation.fleet.incoming if instance.ready]),
        tasks,
        observation,
    )
