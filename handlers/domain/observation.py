"""One reading of the world, and the little that has to be remembered between readings."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from handlers.contract import Direction
from handlers.domain.fleet import Fleet, Instance, Service

Score = tuple[int, int, int, int]


@dataclass(frozen=True)
class Progress:
    """What cannot be read from the world: when things began. Kept in the table; `best` and `since` notice a stall.

    `drains` and `skipped` name instances by id: never more than one window of them.
    """

    direction: Direction = Direction.FORWARD
    began_at: float = 0.0
    drains: dict[str, float] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    created_version: int | None = None
    bake_began_at: float | None = None
    balance_began_at: float | None = None
    best: Score | None = None
    since: float = 0.0
    failure: dict[str, str] | None = None
    report: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON object for the table."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        best = data.get("best")
        return cls(
            **{
                **data,
                "direction": Direction(data["direction"]),
                "skipped": tuple(data["skipped"]),
                "best": (best[0], best[1], best[2], best[3]) if best else None,
            }
        )


@dataclass(frozen=True)
class Observation:
    """The world as one assessment saw it. `now` is epoch seconds."""

    now: float
    fleet: Fleet
    services: tuple[Service, ...]
    progress: Progress
    alarms_firing: tuple[str, ...] = ()
    failed_launches: tuple["FailedLaunch", ...] = ()

    @property
    def direction(self) -> Direction:
        """Which way the fleet moves."""
        return self.progress.direction

    @property
    def unstable(self) -> tuple[Service, ...]:
        """Services that are not stable now."""
        return tuple(service for service in self.services if not service.stable)

    def draining_for(self, instance: Instance) -> float:
        """Seconds since this rollout began to drain the instance; 0 where it did not."""
        return self.now - self.progress.drains.get(instance.instance_id, self.now)

    def score(self) -> Score:
        """How much is left to do; the rollout makes progress when this falls below its best (compared in order)."""
        fleet = self.fleet
        resting = sum(not one.draining for one in fleet.outgoing)
        tasks = sum(len(one.left) for one in fleet.draining)
        return (len(fleet.outgoing), resting, tasks, len(fleet.unready) + fleet.terminating)


@dataclass(frozen=True)
class FailedLaunch:
    """A scaling activity that launched nothing."""

    at: float
    message: str
