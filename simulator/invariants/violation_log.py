"""Where the invariants' checks write down what they saw."""

from simulator.invariants.violation import Violation
from simulator.kernel.clock import Clock


class ViolationLog:
    """Collects violations; an invariant that stays broken is noted once, until it holds again."""

    def __init__(self, clock: Clock, started_at: float) -> None:
        self.violations: list[Violation] = []
        self._clock = clock
        self._started_at = started_at
        self._broken: dict[tuple[str, str], None] = {}

    @property
    def now(self) -> float:
        """The clock's seconds."""
        return self._clock.now

    def note(self, invariant: str, detail: str) -> None:
        """Something happened that must not."""
        self.violations.append(Violation(round(self._clock.now - self._started_at, 3), invariant, detail))

    def hold(self, invariant: str, subject: str, detail: str, *, holds: bool) -> None:
        """Something must be true of `subject` all the time; note the moment when it stops being true."""
        key = (invariant, subject)
        if holds:
            self._broken.pop(key, None)
        elif key not in self._broken:
            self._broken[key] = None
            self.note(invariant, detail)
