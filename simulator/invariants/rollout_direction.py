"""Which way the rollout goes, and so which instances have to go: seen from outside, by the states it enters."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from handlers import catalogue
from simulator.invariants.baseline import Baseline
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.stepfunctions.events import StateEntered

ROLL_BACK_BEGINS = catalogue.BEGIN_ROLL_BACK.back
FORWARD_AGAIN = (catalogue.CREATE_VERSION.forward, catalogue.TAKE_OVER.forward)
"""A rollout that began anew, or that another execution resumes: on the way back it begins its roll-back again."""


class RolloutDirection:
    """Forward until the state machine enters `Begin roll-back`, then back.

    `alive` are the instances of the groups that are involved, by id, kept by whoever made this; `zones` all
    Availability Zones of the group under rollout. `protected` and `by_itself` are asked of an instance: whether it is
    protected from scale-in, and whether managed scaling is what takes it away.
    """

    def __init__(
        self,
        clock: Clock,
        bus: Bus,
        baseline: Baseline,
        alive: Mapping[str, SimulatedInstance],
        zones: Sequence[str],
        protected: Callable[[SimulatedInstance], bool],
        by_itself: Callable[[SimulatedInstance], bool],
    ) -> None:
        self._clock, self._baseline = clock, baseline
        self._alive, self._zones = alive, zones
        self._exchanged: dict[str, None] = {}
        self.protected, self.by_itself = protected, by_itself
        self.back = False
        self.visits = 0  # states entered so far: what happens within one was decided at once
        self.entered_at = math.inf  # when the latest of them was
        bus.subscribe(StateEntered, self._entered)

    @property
    def now(self) -> float:
        """The clock's seconds."""
        return self._clock.now

    def outgoing(self, host: SimulatedInstance) -> bool:
        """Whether the instance has to go.

        Forward, the old group beside a second one, and what is not on the target; back, what was not there before,
        but not what came into the old group beside a second one, for that group is to stand again on the old AMI.
        """
        old_group = self._baseline.expected.two_groups and host.group == self._baseline.group
        on_target = host.image_id == self._baseline.target_ami
        if self.back:
            return host.instance_id not in self._baseline.original_ids and (on_target or not old_group)
        return old_group or not on_target

    def _is_above_its_size(self, host: SimulatedInstance) -> bool:
        """Whether the way back brought it, for a time, and the group has more than its size."""
        if not self.back or host.instance_id in self._baseline.original_ids or host.group != self._baseline.group:
            return False
        others = [other for name, other in self._alive.items() if name not in (*self._exchanged, host.instance_id)]
        return sum(other.group == host.group for other in others) >= self._baseline.settings.desired

    def old(self, host: SimulatedInstance) -> bool:
        """Whether it is of the fleet that was there before, whichever way the rollout goes now."""
        return self.outgoing(host) is not self.back

    def may_leave(self, host: SimulatedInstance) -> bool:
        """Whether it may drain and be terminated.

        It has to go, it was exchanged for one in a shorter zone, managed scaling, left on, has no use for it, or the
        way back brought it above the size.
        """
        if self._baseline.expected.managed and self.by_itself(host):
            return True
        return self.outgoing(host) or host.instance_id in self._exchanged or self._is_above_its_size(host)

    def exchange(self, host: SimulatedInstance) -> None:
        """It is drained: note if that evens the zones out, once nothing has to go any more.

        AZRebalance would do the same when it is resumed, without draining. It is an exchange when the instance is of
        a fullest zone, and one too many or, without a surge, one that another zone is short of. Of several at once any
        may come first. What is skipped for
        the sake of standalone tasks stays old. Beside a second group the way back may have brought some above the size.
        """
        if self._is_above_its_size(host):
            self._exchanged[host.instance_id] = None
            return
        if self._baseline.expected.two_groups or self.outgoing(host):
            return
        left = [other for other in self._alive.values() if other.instance_id not in self._exchanged]
        skips = self._baseline.allowance.standalone_tasks == "skip"
        if not skips and any((other.image_id == self._baseline.target_ami) is self.back for other in left):
            return
        counts = Counter(dict.fromkeys(self._zones, 0))
        counts.update(other.availability_zone for other in left)
        uneven = self._baseline.allowance.surge == 0 and max(counts.values()) - min(counts.values()) > 1
        too_many = max(len(left) - self._baseline.settings.desired, int(uneven))
        if too_many > 0 and counts[host.availability_zone] >= _last_to_give(counts, too_many):
            self._exchanged[host.instance_id] = None

    def _entered(self, event: StateEntered) -> None:
        self.visits += 1
        self.entered_at = self._clock.now
        self.back = (self.back or event.state == ROLL_BACK_BEGINS) and event.state not in FORWARD_AGAIN


def _last_to_give(counts: Mapping[str, int], number: int) -> int:
    """How full the zone is that gives up the last of so many instances, where each is of a fullest zone."""
    left, last = Counter(counts), 0
    for _ in range(number):
        zone, last = max(left.items(), key=lambda each: each[1])
        left[zone] -= 1
    return last
