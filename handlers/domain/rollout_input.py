"""The input of a rollout: one JSON object, everything but the cluster with a default.

`docs/input.schema.json` is the same as a JSON Schema; a test holds the two against each other.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from handlers.contract import InputInvalid
from handlers.domain.plan import Timeouts

NAME = re.compile(r"^[A-Za-z0-9_\-]{1,255}$")
CLUSTER = re.compile(r"^(arn:aws[a-z\-]*:ecs:[a-z0-9\-]+:\d{12}:cluster/)?[A-Za-z0-9_\-]{1,255}$")
AMI = re.compile(r"^ami-([0-9a-f]{8}|[0-9a-f]{17})$")
PARAMETER = re.compile(r"^(?!ami-)[A-Za-z0-9_.\-/]{1,2048}$")
PERCENT = re.compile(r"^([1-9]\d?|100)%$")
INSTANCES_AT_MOST = 5000
DAY = 86_400
WEEK = 7 * DAY
ALARMS_AT_MOST = 100

Amount = int | str


@dataclass(frozen=True)
class Rolling:
    """`surge` and `max_unavailable` as given: a count of instances, or a percentage of the group's size."""

    surge: Amount = 1
    max_unavailable: Amount = 0


@dataclass(frozen=True)
class RolloutInput:
    """What the operator asked for, checked."""

    cluster: str
    capacity_provider: str | None = None
    auto_scaling_group: str | None = None
    ami: str | None = None
    strategy: Rolling = Rolling()
    bake_seconds: int = 0
    alarms: tuple[str, ...] = ()
    dry_run: bool = False
    standalone_tasks: str = "wait"
    protected_instances: str = "refuse"
    timeouts: Timeouts = Timeouts()


@dataclass(frozen=True)
class Key:
    """One key of the input: what it allows, in words, and the test for it."""

    allowed: str
    fits: Callable[[Any], bool]


def _text(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _one_of(*allowed: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in allowed


def _amount(value: object) -> bool:
    return _whole(0, INSTANCES_AT_MOST)(value) or _text(PERCENT)(value)


def _alarm_names(value: object) -> bool:
    if not isinstance(value, list) or len(value) > ALARMS_AT_MOST:
        return False
    names = all(isinstance(name, str) and 0 < len(name) <= 255 for name in value)  # noqa: PLR2004  CloudWatch's limit
    return names and len(set(value)) == len(value)


_OBJECT = Key("a JSON object", lambda value: isinstance(value, dict))
_AMOUNT = Key(f'a count from 0 to {INSTANCES_AT_MOST}, or a percentage "1%" to "100%"', _amount)
_SECONDS = Key(f"whole seconds from 60 to {WEEK}", _whole(60, WEEK))

KEYS = {
    "cluster": Key("an ECS cluster's name or ARN", _text(CLUSTER)),
    "capacity_provider": Key("a capacity provider's name", _text(NAME)),
    "auto_scaling_group": Key(
        "an Auto Scaling group's name",
        lambda value: isinstance(value, str) and 0 < len(value) <= 255,  # noqa: PLR2004
    ),
    "ami": Key(
        'an AMI id such as "ami-0123456789abcdef0", or the name of an SSM parameter that holds one',
        lambda value: _text(AMI)(value) or _text(PARAMETER)(value),
    ),
    "strategy": _OBJECT,
    "bake_seconds": Key(f"whole seconds from 0 to {DAY}", _whole(0, DAY)),
    "alarms": Key(f"a list of at most {ALARMS_AT_MOST} different CloudWatch alarm names", _alarm_names),
    "dry_run": Key("true or false", lambda value: isinstance(value, bool)),
    "standalone_tasks": Key('"wait", "stop" or "skip"', _one_of("wait", "stop", "skip")),
    "protected_instances": Key('"refuse" or "replace"', _one_of("refuse", "replace")),
    "timeouts": _OBJECT,
}
STRATEGY_KEYS = {"type": Key('"rolling"', _one_of("rolling")), "surge": _AMOUNT, "max_unavailable": _AMOUNT}
TIMEOUT_KEYS = {item.name: _SECONDS for item in fields(Timeouts)}


def read_input(data: object) -> RolloutInput:
    """The checked input. Raises InputInvalid with one message that names each wrong key and what is allowed there."""
    if not isinstance(data, dict):
        raise InputInvalid(f'The input is a JSON object such as {{"cluster": "prod"}}, not {data!r}.')
    problems = [
        *_problems("", data, KEYS),
        *_problems("strategy.", data.get("strategy"), STRATEGY_KEYS),
        *_problems("timeouts.", data.get("timeouts"), TIMEOUT_KEYS),
        *_contradictions(data),
    ]
    if problems:
        raise InputInvalid(f"The input has {len(problems)} problem(s): " + "; ".join(problems) + ".")
    strategy = {key: value for key, value in data.get("strategy", {}).items() if key != "type"}
    given = {key: value for key, value in data.items() if key not in ("strategy", "timeouts", "alarms")}
    return RolloutInput(
        **given,
        strategy=Rolling(**strategy),
        timeouts=Timeouts(**data.get("timeouts", {})),
        alarms=tuple(data.get("alarms", ())),
    )


def _problems(prefix: str, data: object, keys: dict[str, Key]) -> list[str]:
    if not isinstance(data, dict):
        return []
    unknown = [f"{prefix}{key} is not a key; allowed are {', '.join(keys)}" for key in data if key not in keys]
    wrong = [
        f"{prefix}{key} is {data[key]!r}, allowed is {rule.allowed}"
        for key, rule in keys.items()
        if key in data and not rule.fits(data[key])
    ]
    return unknown + wrong


def _contradictions(data: dict[str, Any]) -> list[str]:
    found = []
    if "cluster" not in data:
        found.append(f"cluster is missing, it is {KEYS['cluster'].allowed}")
    if "capacity_provider" in data and "auto_scaling_group" in data:
        found.append("capacity_provider and auto_scaling_group are both given, allowed is one of them")
    strategy = data.get("strategy")
    if isinstance(strategy, dict) and strategy.get("surge", 1) == 0 and strategy.get("max_unavailable", 0) == 0:
        found.append(
            "strategy.surge and strategy.max_unavailable are both 0, so nothing could ever move; "
            "allowed is at least 1 for one of them"
        )
    return found
