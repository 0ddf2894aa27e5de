"""The keys of an input: what each allows, in words, and the test for it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NAME = re.compile(r"^[A-Za-z0-9_\-]{1,255}$")
PERCENT = re.compile(r"^([1-9]\d?|100)%$")
INSTANCES_AT_MOST = 5000
DAY = 86_400
WEEK = 7 * DAY

Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Key:
    """One key of the input: what it allows, in words, and the test for it."""

    allowed: str
    fits: Test


def text(pattern: re.Pattern[str]) -> Test:
    """A text that the whole pattern matches."""
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def whole(low: int, high: int) -> Test:
    """A whole number between those, both included."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def one_of(*allowed: str) -> Test:
    """One of those words."""
    return lambda value: isinstance(value, str) and value in allowed


def truth(value: object) -> bool:
    """True or false."""
    return isinstance(value, bool)


def list_of(test: Test, low: int, high: int) -> Test:
    """A list of so many, each of which fits."""
    return lambda value: isinstance(value, list) and low <= len(value) <= high and all(map(test, value))


def object_of(keys: Mapping[str, Key], *required: str) -> Test:
    """An object with those keys only, the required ones among them, each of which fits."""

    def fits(value: object) -> bool:
        if not isinstance(value, dict) or not set(required) <= set(value) <= set(keys):
            return False
        return all(keys[name].fits(each) for name, each in value.items())

    return fits


def either(*tests: Test) -> Test:
    """What fits one of those."""
    return lambda value: any(test(value) for test in tests)


def without_repeats(test: Test) -> Test:
    """A list that fits and has nothing twice."""
    return lambda value: test(value) and len(set(value)) == len(value)


def problems(prefix: str, data: object, keys: Mapping[str, Key]) -> list[str]:
    """A sentence for each key that is unknown, or whose value does not fit."""
    if not isinstance(data, dict):
        return []
    unknown = [f"{prefix}{key} is not a key; allowed are {', '.join(keys)}" for key in data if key not in keys]
    wrong = [
        f"{prefix}{key} is {data[key]!r}, allowed is {rule.allowed}"
        for key, rule in keys.items()
        if key in data and not rule.fits(data[key])
    ]
    return unknown + wrong


OBJECT = Key("a JSON object", lambda value: isinstance(value, dict))
TRUTH = Key("true or false", truth)
AMOUNT = Key(
    f'a count from 0 to {INSTANCES_AT_MOST}, or a percentage "1%" to "100%"',
    either(whole(0, INSTANCES_AT_MOST), text(PERCENT)),
)
BAKE = Key(f"whole seconds from 0 to {DAY}", whole(0, DAY))
SECONDS = Key(f"whole seconds from 60 to {WEEK}", whole(60, WEEK))
