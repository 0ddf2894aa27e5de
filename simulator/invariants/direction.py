"""Which way the rollout goes, and so which instances have to go: seen from outside, by the states it enters."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from simulator.core.clock import Clock
from simulator.core.events import Bus
from simulator.core.host import Host
from simulator.engine.events import StateEntered
from simulator.invariants.baseline import Baseline

ROLL_BACK_BEGINS = "Begin roll-back"


class Course:
    """Forward until the state machine enters `Begin roll-back`, then back.

    `alive` are the group's instances by id, kept by whoever made this; `zones` all its Availability Zones.
    """

    def __init__(
        self,
        clock: Clock,
        bus: Bus,
        baseline: Baseline,
        alive: Mapping[str, Host],
        zones: Sequence[str],
        protected: Callable[[str], bool],
    ) -> None:
        self._clock, self._baseline = clock, baseline
        self._alive, self._zones = alive, zones
        self._exchanged: dict[str, None] = {}
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

    def may_leave(self, host: Host) -> bool:
        """Whether it may drain and be terminated: it has to go, or it was exchanged for one in a shorter zone."""
        return self.outgoing(host) or host.instance_id in self._exchanged

    def exchange(self, host: Host) -> None:
        """Somebody drains it: note if that evens the zones out, once nothing has to go any more.

        AZRebalance would do the same when it is resumed, without draining. It is an exchange when the instance is of
        a fullest zone, and one too many or, without a surge, one that another zone is short of.
        """
        left = [other for other in self._alive.values() if other.instance_id not in self._exchanged]
        if any((other.image_id == self._baseline.target_ami) is self.back for other in left):
            return
        counts = Counter(dict.fromkeys(self._zones, 0))
        counts.update(other.availability_zone for other in left)
        fullest = max(counts.values())
        surplus = len(left) > self._baseline.settings.desired
        uneven = self._baseline.allowance.surge == 0 and fullest - min(counts.values()) > 1
        if counts[host.availability_zone] == fullest and (surplus or uneven):
            self._exchanged[host.instance_id] = None

    def _entered(self, event: StateEntered) -> None:
        self.state = event.state
        self.back = self.back or event.state == ROLL_BACK_BEGINS
