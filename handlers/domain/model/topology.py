"""Between which node groups a rollout moves: within one, or from an old one to a new one. Made by the plan.

What depends on that is answered here; nothing else asks for it, nor for the strategy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from handlers.domain.model.fleet import Fleet, Instance
from handlers.domain.model.group_record import GroupRecord
from handlers.domain.model.stage import Stage
from handlers.payloads import Direction


@dataclass(frozen=True)
class Copy:
    """A second group that the rollout makes, like the first but for these."""

    instance_types: tuple[str, ...]  # empty: as the first group's
    maximum: int


@dataclass(frozen=True)
class Sizes:
    """How many instances: in the end, more than that at a time, fewer than that at a time.

    On the way back there may be `back_surge` more at a time, and `temporary` more where services find no room.
    """

    size: int
    surge: int
    max_unavailable: int
    back_surge: int = 0
    temporary: int = 0

    @property
    def ceiling(self) -> int:
        """Instances that may be alive at any moment, of the group that grows."""
        return self.size + self.surge

    def ceiling_in(self, direction: Direction) -> int:
        """The same in that direction: on the way back no fewer than there may be already."""
        if direction is Direction.FORWARD:
            return self.ceiling
        return self.size + max(self.surge, self.back_surge, self.temporary)


@dataclass(frozen=True)
class OneGroup:
    """Old and new instances share a node group and are told apart by their AMI.

    `gradual`: they are replaced a surge at a time, and not as a whole fleet after another.
    """

    old: GroupRecord
    gradual: bool = True
    in_place = True
    copy = None
    retires_old = False

    @property
    def new(self) -> GroupRecord:
        """The group of the new instances."""
        return self.old

    @property
    def records(self) -> tuple[GroupRecord, ...]:
        """All groups of the rollout."""
        return (self.old,)

    def growing(self, _direction: Direction) -> GroupRecord:
        """The group that instances are launched in, in that direction."""
        return self.old

    def of_the_growing(self, instances: Iterable[Instance], _direction: Direction) -> list[Instance]:
        """Those of the instances that are in that group."""
        return list(instances)

    def is_new(self, instance: Instance, target_ami: str) -> bool:
        """Whether it is an instance that the rollout moves tasks to, whichever way it goes now."""
        return instance.ami == target_ami

    def has_to_go(self, instance: Instance, direction: Direction, target_ami: str, _started_at: float) -> bool:
        """By AMI: forward all but the target, on the way back those on it."""
        return (instance.ami == target_ami) is (direction is Direction.BACK)

    def floor(self, ready: int, sizes: Sizes) -> int:
        """Instances that must count as capacity at every moment."""
        return ready - sizes.max_unavailable

    def standing_size(self, _direction: Direction, sizes: Sizes) -> int:
        """How many instances are to stand where the fleet goes."""
        return sizes.size

    def desired_capacity(
        self, stage: Stage, direction: Direction, fleet: Fleet, leaving: list[Instance], sizes: Sizes, temporary: int
    ) -> int:
        """Its size, what leaves (ahead of a switch all that will) and what is there for a time.

        Never more than size and surge.
        """
        if direction is Direction.BACK:
            more = min(len(leaving), max(sizes.surge, sizes.back_surge)) + temporary
        else:
            more = len(fleet.outgoing if stage.ahead else leaving)
        if more == 0 and fleet.uneven:
            more = 1
        return min(sizes.size + more, sizes.ceiling_in(direction))

    def bounds(
        self, _name: str, direction: Direction, now: tuple[int, int], sizes: Sizes, asked: int
    ) -> tuple[int, int]:
        """The bounds while the rollout moves: wide enough for what is launched and for what goes.

        On the way back for what is `asked`, and no wider: where nothing was changed, nothing is to be.
        """
        if direction is Direction.BACK:
            return min(now[0], sizes.size), max(now[1], asked)
        return min(now[0], sizes.size - sizes.max_unavailable), max(now[1], sizes.ceiling)

    def final_desired(self, _name: str, _direction: Direction, _group_desired: int, _staying: int, _size: int) -> int:
        """What the desired capacity of the group is to be when the rollout ends."""
        return self.old.desired

    def final_bounds(self, _name: str, _direction: Direction, _desired: int) -> tuple[int, int]:
        """What the bounds of the group are to be when the rollout ends."""
        return self.old.minimum, self.old.maximum

    def launches_target(self, _name: str, direction: Direction) -> bool:
        """Whether the group launches the target AMI while the fleet moves in that direction."""
        return direction is Direction.FORWARD

    def is_emptied(self, _name: str, _direction: Direction) -> bool:
        """Whether nothing more is launched in the group in that direction."""
        return False

    def is_scaled_by_provider(self, _direction: Direction) -> bool:
        """Whether managed scaling brings and takes the capacity in that direction."""
        return False


@dataclass(frozen=True)
class TwoGroups:
    """Instances of an old node group are replaced by those of a new one.

    `managed`: managed scaling brings and takes the capacity. `retires_old`: the old group is deleted in the end. `copy`
    says how the new group is made, where the rollout makes it.
    """

    old: GroupRecord
    new: GroupRecord
    managed: bool = False
    retires_old: bool = False
    copy: Copy | None = None
    in_place = False
    gradual = False

    @property
    def records(self) -> tuple[GroupRecord, ...]:
        """All groups of the rollout."""
        return (self.old, self.new)

    def growing(self, direction: Direction) -> GroupRecord:
        """The group that instances are launched in, in that direction."""
        return self.new if direction is Direction.FORWARD else self.old

    def of_the_growing(self, instances: Iterable[Instance], direction: Direction) -> list[Instance]:
        """Those of the instances that are in that group."""
        name = self.growing(direction).name
        return [instance for instance in instances if instance.group == name]

    def is_new(self, instance: Instance, _target_ami: str) -> bool:
        """Whether it is an instance that the rollout moves tasks to, whichever way it goes now."""
        return instance.group == self.new.name

    def has_to_go(self, instance: Instance, direction: Direction, target_ami: str, started_at: float) -> bool:
        """Forward the old group, and what is on another AMI in the new one; back what was launched meanwhile.

        In the old group that is only what somebody made launch the target AMI.
        """
        if direction is Direction.BACK:
            came = instance.group == self.new.name or instance.ami == target_ami
            return came and instance.joined_at >= started_at
        return instance.ami != target_ami or instance.group == self.old.name

    def floor(self, _ready: int, _sizes: Sizes) -> int:
        """The tasks decide, not a number of instances."""
        return 0

    def standing_size(self, direction: Direction, sizes: Sizes) -> int:
        """How many instances are to stand where the fleet goes."""
        return sizes.size if direction is Direction.FORWARD else self.old.desired

    def desired_capacity(
        self, stage: Stage, direction: Direction, fleet: Fleet, leaving: list[Instance], sizes: Sizes, temporary: int
    ) -> int:
        """All that the growing group is to have; back, what it had, as many as leave it, and what is for a time."""
        if direction is Direction.FORWARD:
            return self.new.desired if stage.replaced == 0 and not stage.ahead else sizes.size
        lost = sum(instance.group == self.old.name for instance in leaving)
        allowed = max(self.old.desired, fleet.maximum) - self.old.desired
        return self.old.desired + max(temporary, min(lost, allowed))

    def bounds(
        self, name: str, direction: Direction, now: tuple[int, int], sizes: Sizes, asked: int
    ) -> tuple[int, int]:
        """The bounds while the rollout moves: wide enough for what is launched and for what goes.

        On the way back for what is `asked` of the old group, and no wider: where nothing was changed, nothing is to be.
        """
        if direction is Direction.BACK:
            return (now[0], max(now[1], asked)) if name == self.old.name else (min(now[0], self.new.minimum), now[1])
        if name == self.old.name:
            return 0, now[1]
        return min(now[0], self.new.minimum), max(now[1], sizes.size)

    def final_desired(self, name: str, direction: Direction, group_desired: int, staying: int, size: int) -> int:
        """What the group's desired capacity is to be in the end, where `staying` instances are kept in the old one."""
        if direction is Direction.BACK:
            return self.old.desired if name == self.old.name else self.new.desired
        if name == self.old.name:
            return staying
        return group_desired if self.managed else max(size, group_desired)  # what is more is another actor's

    def final_bounds(self, name: str, direction: Direction, desired: int) -> tuple[int, int]:
        """What the bounds of the group are to be when the rollout ends."""
        record = self.old if name == self.old.name else self.new
        if direction is Direction.BACK:
            return record.minimum, record.maximum
        if name == self.old.name:
            return min(record.minimum, desired), record.maximum
        return record.minimum if record.exists else self.old.minimum, record.maximum

    def launches_target(self, name: str, _direction: Direction) -> bool:
        """Whether the group launches the target AMI while the fleet moves in that direction."""
        return name == self.new.name

    def is_emptied(self, name: str, direction: Direction) -> bool:
        """Whether nothing more is launched in the group in that direction."""
        return direction is Direction.BACK and name == self.new.name

    def is_scaled_by_provider(self, direction: Direction) -> bool:
        """Whether managed scaling brings and takes the capacity in that direction."""
        return self.managed and direction is Direction.FORWARD


Topology = OneGroup | TwoGroups


def read_topology(data: dict[str, Any]) -> Topology:
    """Read it back from the table."""
    old = GroupRecord.from_json(data["old"])
    if "new" not in data:
        return OneGroup(old, gradual=data["gradual"])
    copy = data["copy"]
    made = Copy(tuple(copy["instance_types"]), copy["maximum"]) if copy else None
    return TwoGroups(old, GroupRecord.from_json(data["new"]), data["managed"], data["retires_old"], made)
