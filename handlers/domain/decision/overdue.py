"""Overdue instances: they drain past their deadline, and hold tasks that their services can spare. Pure.

The deadline is for the way back and for what is lost, where no task can be seen to stop, and where it is short: no
agent that comes back stays away for so long. Spared is what is above the floor on every reading for a while: ECS takes
a task itself where a deployment gets on, and one that fails again and again runs at times.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from handlers.domain.decision.lost_agents import GIVEN_UP_SECONDS, is_lost
from handlers.domain.decision.room import READS_SETTLE_SECONDS
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance, Owner, Task
from handlers.payloads import Direction


def next_spared_since(situation: Situation, instances: Sequence[Instance]) -> dict[str, float]:
    """What `spared_since` is to be from now on."""
    known = situation.progress.drains.spared_since
    return {
        instance.instance_id: known.get(instance.instance_id, situation.now)
        for instance in _spared_now(situation, instances)
    }


def overdue(situation: Situation, instances: Sequence[Instance]) -> list[Instance]:
    """Those of the instances that may go with what they hold."""
    settled = max(READS_SETTLE_SECONDS, situation.plan.policies.min_healthy_seconds)
    known = situation.progress.drains.spared_since
    return [
        instance
        for instance in _spared_now(situation, instances)
        if is_late(situation, instance) and situation.now - known.get(instance.instance_id, situation.now) >= settled
    ]


def _spared_now(situation: Situation, instances: Sequence[Instance]) -> list[Instance]:
    headroom = Counter({service.name: max(0, service.running - service.min_running) for service in situation.services})
    return [each for each in instances if _may_be(situation, each) and _spare(_counted(situation, each), headroom)]


def _may_be(situation: Situation, instance: Instance) -> bool:
    gone, back = is_lost(situation.progress, instance, situation.now), situation.direction is Direction.BACK
    return (gone or back) and instance.draining and not instance.drained and not instance.standalone


def is_late(situation: Situation, instance: Instance) -> bool:
    """Whether it drains for longer than it is given; one that another actor drains, as long as its agent is gone."""
    limit, now = situation.timeouts.drain_seconds, situation.now
    drains = situation.progress.drains
    since = drains.started_at.get(instance.instance_id)
    if not is_lost(situation.progress, instance, now):
        return since is not None and now - since > limit
    since = drains.absent_since.get(instance.instance_id, now) if since is None else since
    return now - since > min(GIVEN_UP_SECONDS, limit)


def _counted(situation: Situation, instance: Instance) -> Iterable[Task]:
    """The tasks on it that their services count as running."""
    return instance.movable if is_lost(situation.progress, instance, situation.now) else instance.left


def _spare(tasks: Iterable[Task], headroom: Counter[str]) -> bool:
    """Whether these tasks may go without being replaced; what goes is taken out of `headroom`."""
    held = Counter(task.service for task in tasks if task.owner is Owner.SERVICE)
    if any(headroom[name] < count for name, count in held.items()):
        return False
    headroom.subtract(held)
    return True
