"""The one clock of the simulated region: virtual seconds and a heap of what is due.

Everything that happens later (a boot, a task's stop, a Wait state of the engine) is an entry on this heap,
so there is one order of events, and it is the same for the same seed.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(order=True)
class Due:
    """Something that happens at `when` (virtual seconds since EPOCH); `cancel` makes it not happen."""

    when: float
    order: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Take the action away; the entry stays on the heap and does nothing."""
        self.action = None


class Clock:
    """Virtual time. Nothing here sleeps: time passes only when it is advanced."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[Due] = []
        self._order = itertools.count()
        self._listeners: list[Callable[[datetime], None]] = []

    def at(self, when: float, action: Callable[[], None]) -> Due:
        """Do `action` at `when`; entries of the same moment are done in the order they were made."""
        due = Due(max(when, self.now), next(self._order), action)
        heapq.heappush(self._heap, due)
        return due

    def after(self, seconds: float, action: Callable[[], None]) -> Due:
        """Do `action` when `seconds` have passed."""
        return self.at(self.now + seconds, action)

    def next_due(self) -> float | None:
        """When the next entry is due, or None when nothing is."""
        while self._heap and self._heap[0].action is None:
            heapq.heappop(self._heap)
        return self._heap[0].when if self._heap else None

    def step(self) -> bool:
        """Go to the next entry and do it; False when there is none."""
        when = self.next_due()
        if when is None:
            return False
        due = heapq.heappop(self._heap)
        self._move(when)
        if due.action is not None:
            due.action()
        return True

    def advance_to(self, when: float) -> None:
        """Do all that is due up to and including `when`, then stand at `when`."""
        while (due := self.next_due()) is not None and due <= when:
            self.step()
        self._move(max(when, self.now))

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.advance_to(self.now + seconds)

    def today(self) -> datetime:
        """The virtual moment as an aware datetime (UTC)."""
        return EPOCH + timedelta(seconds=self.now)

    def follow(self, listener: Callable[[datetime], None]) -> None:
        """Tell `listener` each time the clock moves (the process's own clock follows this one)."""
        self._listeners.append(listener)
        listener(self.today())

    def _move(self, when: float) -> None:
        if when > self.now:
            self.now = when
            for listener in self._listeners:
                listener(self.today())
