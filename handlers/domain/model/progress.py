"""What a rollout remembers between two readings of AWS, in parts. Kept in the table."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

from handlers.payloads import Direction

Score = tuple[int, ...]
NAMES = ("before", "handed_over")  # of executions


@dataclass(frozen=True)
class StageProgress:
    """Where it stands among the stages of its direction.

    `serving_old`: the stage's standby serves. `switch_handled_at` is when the last flip was asked for, `deployments`
    what was deployed in the stage, by service. On the way back, `left` are the deployments that were left behind
    half-done and that ECS can take back, `recalled` when it was asked to.
    """

    index: int = 0
    serving_old: bool = False
    switch_handled_at: float = 0.0
    deployments: dict[str, str] = field(default_factory=dict)
    bake_began_at: float | None = None
    left: dict[str, str] = field(default_factory=dict)
    recalled: dict[str, float] = field(default_factory=dict)

    def entered(self, **changes: Any) -> "StageProgress":
        """Another stage, or the other side of this one: with a bake and deployments of its own."""
        return replace(self, **changes, bake_began_at=None, deployments={})


@dataclass(frozen=True)
class Drains:
    """Instances by id, never more than one surge of them.

    `started_at`, `tasks_at_start` (how many were on it then), `idle_since` (no task there is meant to run),
    `spared_since` (services can spare its tasks) and `skipped` are of those that drain;
    `absent_since` of those whose agents are away, since when no reading has seen them in service and connected;
    `orphaned` are those that were deregistered by force with tasks on them, and when.
    """

    started_at: dict[str, float] = field(default_factory=dict)
    tasks_at_start: dict[str, int] = field(default_factory=dict)
    idle_since: dict[str, float] = field(default_factory=dict)
    spared_since: dict[str, float] = field(default_factory=dict)
    absent_since: dict[str, float] = field(default_factory=dict)
    orphaned: dict[str, float] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Capacity:
    """What the rollout asked of the groups, and what came of it.

    `requested` are the desired capacities that it asked for lately, the last one at `requested_at`; `bounds` the
    sizes that it gives the groups, written down before that, `bounds_before` those that it gave them before.
    `external_change` is by how much another actor changed the desired capacity, `grown_for_demand` how much of that
    the rollout did in an autoscaler's place. `lacks` is how many instances the last reading found wanting, `stranded`
    how many tasks of each service it found no place for. `hopeless_at` is since when launches fail for what no time
    heals. `temporary` is how many instances the way back has above the size for services that find no room,
    `lacks_room` how many more the last reading found wanting for them.
    """

    requested: tuple[int, ...] = ()
    requested_at: float = 0.0
    bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    bounds_before: dict[str, tuple[int, int]] = field(default_factory=dict)
    external_change: int = 0
    grown_for_demand: int = 0
    lacks: int = 0
    stranded: dict[str, int] = field(default_factory=dict)
    balance_began_at: float | None = None
    hopeless_at: float | None = None
    temporary: int = 0
    lacks_room: int = 0


@dataclass(frozen=True)
class Health:
    """`failing` are the services whose tasks fail on new instances, since when.

    `unsettled` are those that were in flux lately, since when they stand as they are; `settled_at` is when there was
    none of those. `failed_before` is how many tasks of each service failed on old instances in the hour before, None
    where that was not read yet. `absences` counts how often agents on new and on old instances were seen to go, by
    when the stretch of time began; `lost` are the instances that were lost lately, when, and whether they were new, as
    0 or 1. `suspected` is since when the judgement of hosts is against the new ones, by what they do. `reverted` is
    since when each service that was moved in this stage reads as if it had not been; `anyway`, on the way back, since
    when each that fails on old instances, too, does so.
    """

    failing: dict[str, float] = field(default_factory=dict)
    unsettled: dict[str, float] = field(default_factory=dict)
    settled_at: float = 0.0
    failed_before: dict[str, int] | None = None
    absences: dict[str, list[int]] = field(default_factory=dict)
    lost: dict[str, list[float]] = field(default_factory=dict)
    suspected: dict[str, float] = field(default_factory=dict)
    reverted: dict[str, float] = field(default_factory=dict)
    anyway: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pause:
    """`paused_at` is when the pause began that lasts still.

    `idle_seconds` is how long nobody acted: pauses, and the time between two executions. `stops_at` is how many
    instances are replaced when a rollout ends that was asked to stop.
    """

    paused_at: float | None = None
    idle_seconds: float = 0.0
    stops_at: int | None = None


@dataclass(frozen=True)
class Recovery:
    """`taken_over` counts the executions that took it over, `needs_human` that no other one is to do so by itself.

    `ends` is how those executions ended whose way back the recovery rule had taken over.
    """

    taken_over: int = 0
    ends: tuple[str, ...] = ()
    needs_human: bool = False


@dataclass(frozen=True)
class Succession:
    """The executions that act for the rollout, one after the other.

    `before` are the names of those that acted for it before this one, oldest first, and `handed_over` those of them
    that handed it over; `successor` is the name under which one was started, or is about to be, that goes on. Of the
    present one `events` is how many events its history had when it was looked at last, at `seen_at`, and `looks` how
    often that was. `refused_at` is when AWS refused to start a successor. `for_version`: this one was started because
    of a payload of another version, and there was no progress since.
    """

    before: tuple[str, ...] = ()
    handed_over: tuple[str, ...] = ()
    successor: str = ""
    events: int = 0
    seen_at: float = 0.0
    looks: int = 0
    refused_at: float | None = None
    for_version: bool = False

    def taken_over(self, before: str) -> "Succession":
        """As the execution begins with it that took the rollout over from that one."""
        return Succession(before=(*self.before, before), handed_over=self.handed_over)

    def passed_on(self, before: str, *, for_version: bool) -> "Succession":
        """As the execution begins with it that that one handed the rollout over to."""
        handed_over = (*self.handed_over, before)
        return replace(self.taken_over(before), handed_over=handed_over, for_version=for_version)

    def after(self, execution: str) -> str:
        """Which execution acts, or is to act, after that one; empty where the name of it is not known."""
        if execution not in self.before:
            return self.successor
        following = self.before[self.before.index(execution) + 1 :]
        return following[0] if following else ""


@dataclass(frozen=True)
class Stall:
    """What notices that nothing moves: the least that was left to do, what stood then, and when."""

    best_score: Score | None = None
    deployments_digest: str = ""
    last_progress_at: float = 0.0

    def begun_anew(self, now: float) -> "Stall":
        """Nothing is known of what is left to do from now on."""
        return replace(self, best_score=None, last_progress_at=now)


@dataclass(frozen=True)
class Created:
    """What the rollout made: the launch template version, and the task definitions that it derived.

    Of these, by ARN, their kind and their source.
    """

    version: int | None = None
    revisions: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """For the report.

    `phase` is the kind of the last step, since `phase_at`, and `phases` the seconds that were spent in each kind
    before. `drained_tasks` counts the tasks on instances when they were set to DRAINING. `surge_instances` is how many
    instances there are above the size before, since `surge_since`; `surge_instance_seconds` are the instance-seconds
    that this took before.
    """

    phase: str = ""
    phase_at: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    drained_tasks: int = 0
    surge_instances: int = 0
    surge_since: float = 0.0
    surge_instance_seconds: float = 0.0

    def phases_until(self, now: float) -> dict[str, float]:
        """Seconds spent in each kind of step, the last one included."""
        spent = round(now - self.phase_at) if self.phase else 0
        return {**self.phases, **({self.phase: self.phases.get(self.phase, 0) + spent} if self.phase else {})}

    def surge_instance_seconds_until(self, now: float) -> float:
        """Instance-seconds above the size that the node group had before."""
        return self.surge_instance_seconds + self.surge_instances * (now - self.surge_since)


@dataclass(frozen=True)
class Progress:
    """What cannot be read from AWS: when things began, and what was done.

    `notified` is what people know already, `failure` what turned the rollout, `report` how it ended.
    """

    direction: Direction = Direction.FORWARD
    began_at: float = 0.0
    stage: StageProgress = StageProgress()
    drains: Drains = Drains()
    capacity: Capacity = Capacity()
    health: Health = Health()
    pause: Pause = Pause()
    recovery: Recovery = Recovery()
    succession: Succession = Succession()
    stall: Stall = Stall()
    created: Created = Created()
    figures: Figures = Figures()
    notified: tuple[str, ...] = ()
    failure: dict[str, str] | None = None
    report: dict[str, Any] | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        drains, capacity, recovery, stall = data["drains"], data["capacity"], data["recovery"], data["stall"]
        given = {
            name: {group: (low, high) for group, (low, high) in capacity.get(name, {}).items()}
            for name in ("bounds", "bounds_before")
        }
        succession = data.get("succession", {})  # older rows have none
        revisions = {arn: (kind, source) for arn, (kind, source) in data["created"]["revisions"].items()}
        parts = {
            "direction": Direction(data["direction"]),
            "stage": StageProgress(**data["stage"]),
            "drains": Drains(**{**drains, "skipped": tuple(drains["skipped"])}),
            "capacity": Capacity(**{**capacity, "requested": tuple(capacity["requested"]), **given}),
            "health": Health(**data["health"]),
            "pause": Pause(**data["pause"]),
            "recovery": Recovery(**{**recovery, "ends": tuple(recovery["ends"])}),
            "succession": Succession(
                **{**succession, **{name: tuple(succession[name]) for name in NAMES if succession}}
            ),
            "stall": Stall(**{**stall, "best_score": tuple(stall["best_score"]) if stall["best_score"] else None}),
            "created": Created(**{**data["created"], "revisions": revisions}),
            "figures": Figures(**data["figures"]),
            "notified": tuple(data["notified"]),
        }
        return cls(**{**data, **parts})
