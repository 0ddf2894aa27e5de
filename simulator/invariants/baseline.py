"""How things stood when the execution started: what every later moment is held against."""

from dataclasses import dataclass

from simulator.invariants.snapshot import GroupSettings, Snapshot
from simulator.scenario.input_expectations import Allowance, InputExpectations


@dataclass(frozen=True)
class Baseline:
    """The region as it was at `started_at` (the clock's seconds), and the node group under rollout.

    `original_ids` are the instances of all groups, `original_amis` what they run.
    `target_group` is the second group where it existed already.
    `ready` are the ACTIVE container instances of the group under rollout, `spread` by how many of them the fullest of
    its zones exceeded the emptiest.
    """

    started_at: float
    group: str
    target_ami: str | None
    original_ids: frozenset[str]
    original_amis: frozenset[str]
    ready: int
    spread: int
    before: Snapshot
    allowance: Allowance
    expected: InputExpectations
    target_group: str | None = None

    @property
    def settings(self) -> GroupSettings:
        """The settings of the group under rollout."""
        return self.before.groups[self.group]

    @property
    def floor(self) -> int:
        """Registered ACTIVE instances that must be there at every moment, where one group is rolled."""
        return self.ready - self.allowance.max_unavailable

    @property
    def ceiling(self) -> int:
        """Instances, not terminating, that may be in the group under rollout at any moment.

        Beside a second group it does not grow; where managed scaling is left on, that alone says how large it is.
        """
        if not self.expected.two_groups:
            return self.settings.desired + self.allowance.surge
        return self.settings.maximum if self.expected.managed else self.settings.desired

    def second(self, group: str) -> bool:
        """Whether it is the group that the tasks move to: the one named, or any that was made meanwhile."""
        if not self.expected.two_groups or group == self.group:
            return False
        return group == self.target_group or group not in self.before.groups

    def involves(self, group: str) -> bool:
        """Whether the rollout has anything to do with that group."""
        return group == self.group or self.second(group)
