"""External capacity changes: another actor changed desired capacity in mid-rollout. The rollout's size goes along.

What the rollout asks for is written down before it asks. The call may get lost, or its reply, and a reading may be
stale; so everything asked for since a reading last confirmed it counts as ours, and what lies between. A reading
outside of that is another actor's.

Beside a second group it is followed on the way back, in the old one. What stood there at the turn, and what lies
between none and its size, counts as ours until a reading confirms what was asked.
"""

from dataclasses import replace

from handlers.domain.decision.situation import Situation
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Capacity
from handlers.payloads import Direction

SETTLED_SECONDS = 300


def external_capacity_change(situation: Situation, *, settled: bool = False) -> int:
    """By how many instances an operator changed the group's desired capacity since it was last looked at.

    `settled`: only what was asked for last counts as ours.
    """
    asked, desired = situation.progress.capacity.requested, situation.fleet.desired
    asked = asked[-1:] if settled else asked
    if not asked or not is_followed(situation.plan, situation.direction):
        return 0
    return max(0, desired - max(asked)) + min(0, desired - min(asked))


def is_followed(plan: Plan, direction: Direction) -> bool:
    """Whether desired capacity of the growing group is the rollout's in that direction."""
    return plan.topology.in_place or direction is Direction.BACK


def at_the_turn(plan: Plan, capacity: Capacity, now: float) -> Capacity:
    """What counts as asked for when the way back begins: one group goes on; an old one may be anything up to its size.

    Forward nobody wrote down what was left of it, and a reading may be older than what was taken last.
    """
    if plan.topology.in_place:
        return capacity
    size = plan.topology.old.desired
    return replace(capacity, requested=(0, size, size), requested_at=now)


def is_confirmed(observation: Observation) -> bool:
    """Whether what was asked for last is what stands, for so long that no call of ours is under way any more."""
    asked, quiet = (
        observation.progress.capacity.requested,
        observation.now - observation.progress.capacity.requested_at > SETTLED_SECONDS,
    )
    return len(asked) > 1 and quiet and asked[-1] == observation.fleet.desired


def with_request(asked: tuple[int, ...], desired: int) -> tuple[int, ...]:
    """What counts as ours when that is asked for too: the lowest, the highest, and the last."""
    return (min((*asked, desired)), max((*asked, desired)), desired)


def with_capacity_change(plan: Plan, change: int) -> Plan:
    """The plan with the size that the group has by another actor's hand.

    Who takes instances away takes them from what counted as capacity; who adds some makes no promise greater.
    """
    if not change:
        return plan
    old = plan.topology.old
    topology = replace(plan.topology, old=replace(old, desired=max(0, old.desired + change)))
    at_start = replace(plan.at_start, ready=max(0, plan.at_start.ready + min(0, change)))
    sizes = replace(plan.sizes, size=max(0, plan.sizes.size + change))
    return replace(plan, at_start=at_start, sizes=sizes, topology=topology)
