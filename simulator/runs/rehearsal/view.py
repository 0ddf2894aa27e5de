"""What an observer of a rollout wants to know at one moment, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Margin:
    """How far a service is above its floor: `running` of `desired` tasks, `floor` must run."""

    service: str
    running: int
    floor: int
    desired: int

    @property
    def spare(self) -> int:
        """Tasks above the floor."""
        return self.running - self.floor


@dataclass(frozen=True)
class View:
    """One moment of a rollout. Instances are counted once: under the first heading, of those below, that fits."""

    seconds: float  # virtual, since the execution's start
    state: str  # where the state machine is
    direction: str  # forward | back
    because: str  # what the last assessment said
    terminating: int
    draining: int
    launching: int  # launched, not ACTIVE and connected yet
    old: int
    new: int
    size: int  # instances before the rollout
    percent: int
    seconds_left: float | None  # an estimate; None while there is nothing to estimate from
    margins: tuple[Margin, ...]
    operators: tuple[str, ...] = ()  # who has acted so far, each with the request

    @property
    def tightest(self) -> Margin | None:
        """The service closest to its floor."""
        return min(self.margins, key=lambda margin: margin.spare, default=None)
