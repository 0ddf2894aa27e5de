"""How things stood when the execution started: what every later moment is held against."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """What a rollout may borrow and has to give back, read from the region's own state.

    `launch_template_version` is as the group says it ("7", "$Latest"); `template_versions` how many exist.
    """

    desired: int
    minimum: int
    maximum: int
    suspended: tuple[str, ...]
    new_instances_protected: bool
    launch_template_version: str
    launches_ami: str
    template_versions: int
    provider: tuple[tuple[str, str], ...]
    zone_rebalancing: tuple[str, ...]


@dataclass(frozen=True)
class Allowance:
    """What the input allows, read from it independently of the code under test."""

    surge: int
    max_unavailable: int
    drain_seconds: float
    standalone_tasks: str

    @classmethod
    def of(cls, rollout_input: dict[str, Any], size: int) -> "Allowance":
        """Resolve counts and percentages for `size` instances: a surge is rounded up, what may be missing down.

        Values of the wrong type allow nothing; the rollout refuses them.
        """
        strategy = rollout_input.get("strategy")
        strategy = strategy if isinstance(strategy, dict) else {}
        timeouts = rollout_input.get("timeouts")
        timeouts = timeouts if isinstance(timeouts, dict) else {}
        return cls(
            surge=share(strategy.get("surge", 1), size, math.ceil),
            max_unavailable=share(strategy.get("max_unavailable", 0), size, math.floor),
            drain_seconds=float(timeouts.get("drain_seconds", 3600)),
            standalone_tasks=str(rollout_input.get("standalone_tasks", "wait")),
        )


def share(value: object, size: int, rounded: Callable[[float], int]) -> int:
    """A count, or a percentage of `size`; 0 for what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(0, value)
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return rounded(size * int(value[:-1]) / 100)
    return 0


@dataclass(frozen=True)
class Baseline:
    """The node group under rollout as it was at `started_at` (the clock's seconds)."""

    started_at: float
    group: str
    target_ami: str | None
    original_ids: frozenset[str]
    ready: int
    settings: Settings
    allowance: Allowance

    @property
    def floor(self) -> int:
        """Registered ACTIVE instances that must be there at every moment."""
        return self.ready - self.allowance.max_unavailable

    @property
    def ceiling(self) -> int:
        """Instances, not terminating, that may be there at any moment."""
        return self.settings.desired + self.allowance.surge
