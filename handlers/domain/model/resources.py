"""What tasks need and what container instances have left: CPU units, memory in MiB, GPUs, host ports."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Resources:
    """An amount of what ECS accounts for. Ports are `"80/tcp"`; in what is free, they are the ports in use."""

    cpu: int = 0
    memory: int = 0
    gpu: int = 0
    ports: frozenset[str] = frozenset()

    def holds(self, need: "Resources") -> bool:
        """Whether something that needs `need` can be placed where this is free."""
        return (
            need.cpu <= self.cpu
            and need.memory <= self.memory
            and need.gpu <= self.gpu
            and self.ports.isdisjoint(need.ports)
        )

    def less(self, need: "Resources") -> "Resources":
        """What is free after `need` was placed here."""
        return Resources(self.cpu - need.cpu, self.memory - need.memory, self.gpu - need.gpu, self.ports | need.ports)

    @property
    def size(self) -> tuple[int, int, int, int]:
        """An order from small to large, for packing."""
        return (self.gpu, len(self.ports), self.memory, self.cpu)


class Room:
    """Free room on a set of instances, taken bit by bit: the largest need first, the emptiest instance first.

    A packing that this finds exists; one that it doesn't find may exist all the same, so a "no" only costs time.
    """

    def __init__(self, free: Iterable[Resources]) -> None:
        self._free = list(free)

    def with_more(self, free: Iterable[Resources]) -> "Room":
        """The same and this; what is taken there is not taken here."""
        return Room([*self._free, *free])

    def take(self, needs: Iterable[Resources]) -> bool:
        """Take all of `needs`, or nothing; whether they were taken."""
        before = list(self._free)
        if self.fill(needs):
            return True
        self._free = before
        return False

    def fill(self, needs: Iterable[Resources]) -> bool:
        """Take what fits of `needs`; whether that was all of them."""
        free, all_fit = self._free, True
        for need in sorted(needs, key=lambda resources: resources.size, reverse=True):
            place = max(
                (i for i in range(len(free)) if free[i].holds(need)), key=lambda i: free[i].size[2:], default=None
            )
            if place is None:
                all_fit = False
            else:
                free[place] = free[place].less(need)
        return all_fit
