"""Availability Zones: what has to be exchanged before Auto Scaling may rebalance again.

Auto Scaling launches into the zone with the fewest instances and we terminate by id, so the last old instance may leave
a zone short by two. Were AZRebalance resumed then, it would terminate instances with their tasks on them
(TerminateInstanceInAutoScalingGroup: "Amazon EC2 Auto Scaling tries to rebalance the group"). So the rollout does it
first, and gently: one instance more, which comes up in the short zone, then one of the fullest zone drains and goes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from handlers.domain.model.fleet import Fleet, Instance
from handlers.domain.model.plan import Plan

TOLERATED = 1


class InAZone(Protocol):
    """Whatever lies in an Availability Zone."""

    @property
    def availability_zone(self) -> str:
        """The zone's name."""


def uneven(instances: Iterable[InAZone], zones: Sequence[str]) -> bool:
    """Whether some zone has at least two instances more than another one of the group."""
    counts = _by_zone(instances, zones)
    return len(counts) > 1 and max(counts.values()) - min(counts.values()) > TOLERATED


def may_balance(plan: Plan, began_at: float | None, now: float) -> bool:
    """Whether zones matter to this group, and evening them out has not gone on in vain for too long.

    A zone without capacity stays short whatever is launched; then the fleet is left as Auto Scaling made it.
    """
    rebalances = "AZRebalance" not in plan.topology.old.suspended
    return rebalances and (began_at is None or now - began_at < plan.policies.timeouts.stable_seconds)


def surplus(plan: Plan, excluded_ids: Sequence[Instance], zones: Sequence[str], *, balancing: bool) -> list[Instance]:
    """Instances above the group's size, which go once nothing else has to: out of the fullest zones, newest first.

    Without a surge an uneven zone gives one up before another one is launched.
    """
    number = len(excluded_ids) - plan.sizes.size
    if plan.sizes.surge == 0 and balancing and uneven(excluded_ids, zones):
        number = max(number, 1)
    left, chosen = list(excluded_ids), []
    for _ in range(number):
        counts = _by_zone(left, zones)
        goes = max(
            left,
            key=lambda instance: (
                instance.draining,
                counts[instance.availability_zone],
                instance.joined_at,
                instance.instance_id,
            ),
        )
        left.remove(goes)
        chosen.append(goes)
    return chosen


def spread(instances: Iterable[Instance], zones: Sequence[str]) -> int:
    """By how many instances the fullest zone exceeds the emptiest."""
    counts = _by_zone(instances, zones)
    return max(counts.values()) - min(counts.values()) if counts else 0


def keeping_zones_even(plan: Plan, fleet: Fleet, waiting: Sequence[Instance], most: int) -> list[Instance]:
    """At most so many of `waiting`, in order, that may drain without unevening the zones by more than one instance.

    That is one more than at the start, or than is tolerated anyway. Where that would be nobody and nothing else is
    under way that could change it, the order counts and not the zone: a zone may be out of capacity.
    """
    limit = max(plan.at_start.spread, TOLERATED) + 1
    counts = _by_zone((instance for instance in fleet.alive if instance.ready), fleet.zones)
    chosen: list[Instance] = []
    for instance in waiting:
        if len(chosen) == most:
            break
        before = max(counts.values()) - min(counts.values())
        counts[instance.availability_zone] -= 1
        after = max(counts.values()) - min(counts.values())
        if after > limit and after >= before:
            counts[instance.availability_zone] += 1
        else:
            chosen.append(instance)
    moving = fleet.draining or fleet.unready or fleet.terminating
    return chosen if chosen or moving else list(waiting[:most][:1])


def _by_zone(instances: Iterable[InAZone], zones: Sequence[str]) -> Counter[str]:
    counts = Counter(dict.fromkeys(zones, 0))
    counts.update(in_azone.availability_zone for in_azone in instances)
    return counts
