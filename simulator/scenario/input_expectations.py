"""What the input asks for, read from it independently of the code under test: which strategy, and what it allows."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROLLING, BY_PROVIDER, BLUE_GREEN = "rolling", "capacity-provider", "blue-green"


@dataclass(frozen=True)
class InputExpectations:
    """The strategy, as far as the invariants differ by it. Values of the wrong type count as absent.

    `target` names a capacity provider, one that exists or one to be made; None where the rollout chooses the name.
    `registers`: the rollout may register task definition revisions.
    """

    kind: str = ROLLING
    two_groups: bool = False
    target: str | None = None
    managed: bool = False
    deletes: bool = False
    left_alone: frozenset[str] = frozenset()
    adopts: bool = False
    explicit: bool = False
    registers: bool = False
    cordon: str | None = None
    alarms: tuple[str, ...] = ()

    @classmethod
    def of(cls, rollout_input: dict[str, Any]) -> "InputExpectations":
        """Read it from a rollout's input."""
        strategy = strategy_of(rollout_input)
        kind = strategy.get("type", ROLLING)
        alarms = rollout_input.get("alarms")
        return cls(
            kind=kind if kind in (BY_PROVIDER, BLUE_GREEN) else ROLLING,
            two_groups=kind == BY_PROVIDER or (kind == BLUE_GREEN and "target" in strategy),
            target=_target(strategy.get("target")),
            managed=strategy.get("scale") == "managed",
            deletes=strategy.get("after") == "delete",
            left_alone=frozenset(name for name, one in _object(strategy.get("services")).items() if one == LEFT_ALONE),
            adopts=strategy.get("adopt_launch_type_services") is True,
            explicit=any("strategy" in step for step in steps_of(strategy)),
            registers=strategy.get("pin") == "task_definition" or strategy.get("pin_images") == "digest",
            cordon=strategy.get("cordon") if strategy.get("prepare_cordon") is True else None,
            alarms=tuple(alarms) if isinstance(alarms, list) else (),
        )


LEFT_ALONE = "leave_alone"


@dataclass(frozen=True)
class Allowance:
    """What the input allows of instances and time, read from it independently of the code under test.

    Blue-green in one group doubles it, so its surge is the whole size. On the way back the group may have `back_surge`
    more, where the strategy is to have fewer.
    """

    surge: int
    back_surge: int
    max_unavailable: int
    drain_seconds: float
    standalone_tasks: str

    @classmethod
    def of(cls, rollout_input: dict[str, Any], size: int) -> "Allowance":
        """Resolve counts and percentages for `size` instances: a surge is rounded up, what may be missing down.

        Values of the wrong type allow nothing; the rollout refuses them.
        """
        strategy = strategy_of(rollout_input)
        rolls = strategy.get("type", ROLLING) == ROLLING
        return cls(
            surge=share(strategy.get("surge", 1), size, math.ceil) if rolls else size,
            back_surge=share(_object(rollout_input.get("roll_back")).get("surge", "34%"), size, math.ceil),
            max_unavailable=share(strategy.get("max_unavailable", 0), size, math.floor) if rolls else 0,
            drain_seconds=float(_object(rollout_input.get("timeouts")).get("drain_seconds", 3600)),
            standalone_tasks=str(rollout_input.get("standalone_tasks", "wait")),
        )


def share(value: object, size: int, rounded: Callable[[float], int]) -> int:
    """A count, or a percentage of `size`; 0 for what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(0, value)
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return rounded(size * int(value[:-1]) / 100)
    return 0


def strategy_of(rollout_input: dict[str, Any]) -> dict[str, Any]:
    """The input's strategy; empty where it names none."""
    return _object(rollout_input.get("strategy"))


def steps_of(strategy: dict[str, Any]) -> list[dict[str, Any]]:
    """Every step of every list, the services' own ones too; `"all"` is an empty one."""
    lists = [strategy.get("steps")]
    lists += [_object(each).get("steps") for each in _object(strategy.get("services")).values()]
    return [_object(step) for steps in lists if isinstance(steps, list) for step in steps]


def _target(target: object) -> str | None:
    named = target.get("name") if isinstance(target, dict) else target
    return named if isinstance(named, str) else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
