"""What one service lacks, and who took it: its running tasks against its floor, followed through time."""

from dataclasses import dataclass, field

from simulator.aws.ecs.state import EcsService


@dataclass
class FloorRecord:
    """How a service stood against its floor, from the execution's start on.

    `lowest_margin` is the fewest tasks above its floor at any moment, negative for tasks below it, whoever took them.
    Task-seconds below the floor count each missing task for as long as it is missing; at zero, all desired tasks while
    none runs. `by_the_rollout` is the share of those below the floor that nobody else took.
    """

    lowest_margin: int
    task_seconds_below_floor: float = 0.0
    task_seconds_at_zero: float = 0.0
    by_the_rollout: float = 0.0

    @property
    def is_clean(self) -> bool:
        """It was at its floor or above, and at least one of its tasks ran, all the time."""
        return self.lowest_margin >= 0 and not self.task_seconds_at_zero


@dataclass
class FloorLedger:
    """One service: the tasks that count, by id, and how many of the missing ones are whose.

    `others` were taken by others: by a fault, or because another actor wants more tasks. `harm` are lost to what the
    rollout brought: tasks that failed on its instances. Neither is ever more than what is missing; when a task comes
    back, what others took is paid first.
    """

    floor: int
    desired: int
    record: FloorRecord
    since: float
    running: dict[str, None] = field(default_factory=dict)
    others: int = 0
    harm: int = 0

    @classmethod
    def of(cls, service: EcsService, now: float) -> "FloorLedger":
        """As the service stands now; what it lacks already is others' doing."""
        counted = {task.id: None for task in service.tasks.values() if task.last_status == "RUNNING" and task.wanted}
        margin = len(counted) - service.floor
        made = cls(service.floor, service.desired_count, FloorRecord(margin), now, counted)
        made.others = made.missing
        return made

    @property
    def needed(self) -> int:
        """Tasks that must run: the floor, and one even where that is zero."""
        return max(self.floor, min(1, self.desired))

    @property
    def missing(self) -> int:
        """Tasks that must run and do not."""
        return max(0, self.needed - len(self.running))

    @property
    def is_held(self) -> bool:
        """Whether no more tasks are missing below the floor than what others took and what failed by itself."""
        return len(self.running) >= self.floor - self.others - self.harm

    def pass_until(self, now: float) -> None:
        """Book the time since the last change."""
        seconds, self.since = now - self.since, now
        below, record = max(0, self.floor - len(self.running)), self.record
        record.task_seconds_below_floor += below * seconds
        record.by_the_rollout += max(0, below - self.others) * seconds
        if not self.running:
            record.task_seconds_at_zero += self.desired * seconds

    def resize(self, floor: int, desired: int) -> None:
        """Another actor wants more tasks, or a higher floor: what is newly wanted is theirs to miss."""
        floor_before, needed_before = self.floor, self.needed
        self.floor, self.desired = floor, desired
        self.others += max(0, floor - floor_before, self.needed - needed_before)

    def weigh(self) -> None:
        """Settle what came back, and note the margin."""
        too_many = self.others + self.harm - self.missing
        if too_many > 0:
            paid = min(self.others, too_many)
            self.others, self.harm = self.others - paid, max(0, self.harm - (too_many - paid))
        self.record.lowest_margin = min(self.record.lowest_margin, len(self.running) - self.floor)
