"""Which way the rollout goes, and so which instances have to go: seen from outside, by the states it enters."""

from collections.abc import Callable

from simulator.core.clock import Clock
from simulator.core.events import Bus
from simulator.core.host import Host
from simulator.engine.events import StateEntered
from simulator.invariants.baseline import Baseline

ROLL_BACK_BEGINS = "Begin roll-back"


class Course:
    """Forward until the state machine enters `Begin roll-back`, then back."""

    def __init__(self, clock: Clock, bus: Bus, baseline: Baseline, protected: Callable[[str], bool]) -> None:
        self._clock, self._baseline = clock, baseline
        self.protected = protected
        self.back = False
        self.state = ""
        bus.subscribe(StateEntered, self._entered)

    @property
    def now(self) -> float:
        """The clock's seconds."""
        return self._clock.now

    def outgoing(self, host: Host) -> bool:
        """Whether the instance has to go: forward, what is not on the target; back, what was not there before."""
        if self.back:
            return host.instance_id not in self._baseline.original_ids
        return host.image_id != self._baseline.target_ami

    def _entered(self, event: StateEntered) -> None:
        self.state = event.state
        self.back = self.back or event.state == ROLL_BACK_BEGINS
