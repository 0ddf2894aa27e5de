"""Availability Zones under a rolling rollout: no drain makes the group more uneven than it may get.

The spread is by how many ready instances the fullest zone of the group exceeds the emptiest. It may get one larger
than it was at the start, or than one: a drain that goes beyond is passed over for a younger instance, and is right only
where every other instance that has to go would do the same (a zone without capacity, or one that a fault emptied).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from simulator.aws.ecs.state import ContainerInstance

EVEN = "zones stay even"
TOLERATED = 1


def spread(instances: Iterable[ContainerInstance], zones: Sequence[str]) -> int:
    """By how many of the instances the fullest zone exceeds the emptiest."""
    counts = Counter(dict.fromkeys(zones, 0))
    counts.update(instance.zone for instance in instances)
    return max(counts.values()) - min(counts.values())


class Zones:
    """The group's zones, and what a drain in one of them does; `ready` are all instances as they were before it."""

    def __init__(self, zones: Sequence[str], at_the_start: int) -> None:
        self._zones = zones
        self._limit = max(at_the_start, TOLERATED) + 1

    def unevened_by(self, drained: ContainerInstance, ready: Sequence[ContainerInstance]) -> bool:
        """Whether draining it leaves the spread above the limit, and no smaller than it was."""
        before, after = self._around(drained, ready)
        return after > self._limit and after >= before

    def says(self, drained: ContainerInstance, ready: Sequence[ContainerInstance]) -> str:
        """The spread before and after, and the limit, in words."""
        before, after = self._around(drained, ready)
        return f"{drained.key} of {drained.zone}: the spread went from {before} to {after}, {self._limit} is allowed"

    def _around(self, drained: ContainerInstance, ready: Sequence[ContainerInstance]) -> tuple[int, int]:
        left = [instance for instance in ready if instance is not drained]
        return spread(ready, self._zones), spread(left, self._zones)
