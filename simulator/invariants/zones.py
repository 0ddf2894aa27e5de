"""Availability Zones under a rolling rollout: no drain makes the group more uneven than it may get.

The spread is by how many ready instances the fullest zone of the group exceeds the emptiest. It may get one larger
than it was at the start, or than one: a drain that goes beyond is passed over for a younger instance, and is right only
where every other instance that has to go would do the same (a zone without capacity, or one that a fault emptied).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from simulator.ecs.state import ContainerInstance

EVEN = "zones stay even"
TOLERATED = 1


def spread(instances: Iterable[ContainerInstance], zones: Sequence[str]) -> int:
    """By how many of the instances that are ready the fullest zone exceeds the emptiest."""
    counts = Counter(dict.fromkeys(zones, 0))
    counts.update(one.zone for one in instances if one.open)
    return max(counts.values()) - min(counts.values())


class Zones:
    """The group's zones, and what a drain in one of them does."""

    def __init__(self, zones: Sequence[str], at_the_start: int) -> None:
        self._zones = zones
        self._limit = max(at_the_start, TOLERATED) + 1

    def unevened_by(self, drained: ContainerInstance, others: Iterable[ContainerInstance]) -> bool:
        """Whether draining it, with those others of its group left, takes the spread above the limit."""
        left = [one for one in others if one is not drained]
        after = spread(left, self._zones)
        return after > self._limit and after >= spread([*left, drained], self._zones)

    def says(self, drained: ContainerInstance, others: Iterable[ContainerInstance]) -> str:
        """The spread before and after, and the limit, in words."""
        left = [one for one in others if one is not drained]
        before, after = spread([*left, drained], self._zones), spread(left, self._zones)
        return f"{drained.key} of {drained.zone}: the spread went from {before} to {after}, {self._limit} is allowed"
