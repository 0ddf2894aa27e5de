"""Event patterns: moto's matcher, and before it what EventBridge refuses and moto takes.

Amazon EventBridge user guide, "Comparison operators for use in event patterns": an operator stands alone in its object,
and one that is unknown makes PutRule fail with InvalidEventPatternException ("Unrecognized match type"). What an
operator may stand beside is as AWS recorded it (LocalStack's tests of TestEventPattern).
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.events.models import EventPattern

ESCAPES = re.compile(r"(?<!\\)(?:\\\\)*\\(?![*\\])")
ANY_OF = "$or"
IGNORING_CASE = "equals-ignore-case"
AFFIXES = ("prefix", "suffix")
COMPARISONS = ("<", "<=", "=", ">=", ">")


class PatternRefused(Exception):
    """EventBridge would not take the pattern. The text says where and why."""


@dataclass(frozen=True)
class LoadedPattern:
    """A pattern that EventBridge takes."""

    pattern: dict[str, Any]
    matcher: EventPattern

    def matches_event(self, event: Any) -> bool:
        """Whether the event matches; in a list of objects, whether one of them does."""
        return any(self.matcher.matches_event(each) for each in _one_of_each_list(self.pattern, event))


def load_pattern(pattern: dict[str, Any]) -> LoadedPattern:
    """The pattern, ready to match. Raises PatternRefused; moto's exception for a leaf that is no filled list."""
    _check(pattern, "")
    return LoadedPattern(pattern, EventPattern.load(json.dumps(pattern)))


def _one_of_each_list(pattern: dict[str, Any], event: Any) -> list[Any]:
    """The event with each list of objects, where the pattern goes on below it, replaced by one of these."""
    found = [event]
    for key, inner in pattern.items():
        if key == ANY_OF:
            found = [each for before in found for branch in inner for each in _one_of_each_list(branch, before)]
        elif isinstance(inner, dict) and isinstance(event.get(key), dict | list):
            members = event[key] if isinstance(event[key], list) else [event[key]]
            below = [
                each for member in members if isinstance(member, dict) for each in _one_of_each_list(inner, member)
            ]
            found = [{**before, key: each} for before in found for each in below] or found
    return found


def _check(node: dict[str, Any], where: str) -> None:
    if not node:
        raise PatternRefused(f"{where or 'The pattern'} is empty: an object names at least one key.")
    for key, value in node.items():
        path = f"{where}.{key}" if where else key
        if key == ANY_OF:
            for number, branch in enumerate(value):
                _check(branch, f"{path}[{number}]")
        elif isinstance(value, dict):
            _check(value, path)
        elif isinstance(value, list):
            for condition in value:
                if isinstance(condition, dict):
                    _check_operator(condition, path)
                elif isinstance(condition, list):
                    raise PatternRefused(f"{path}: a list in a list.")


def _check_operator(condition: dict[str, Any], path: str) -> None:
    if len(condition) != 1:
        raise PatternRefused(f"{path}: {sorted(condition)} in one object; an operator stands alone in its object.")
    ((operator, value),) = condition.items()
    if operator not in OPERATORS:
        raise PatternRefused(f"{path}: unrecognized match type {operator!r}. Known are {', '.join(sorted(OPERATORS))}.")
    for why in OPERATORS[operator](value):
        raise PatternRefused(f"{path}: {operator} {why}.")


def _exists(value: Any) -> Iterator[str]:
    if not isinstance(value, bool):
        yield "is true or false"


def _affix(value: Any) -> Iterator[str]:
    """A prefix or a suffix."""
    if not isinstance(value, str) and not (
        isinstance(value, dict) and value.keys() == {IGNORING_CASE} and isinstance(value[IGNORING_CASE], str)
    ):
        yield f"takes a string, or an object with {IGNORING_CASE}"


def _string(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield "takes a string"


def _wildcard(value: Any) -> Iterator[str]:
    yield from _string(value)
    if isinstance(value, str) and "**" in value:
        yield "takes no two asterisks beside each other"
    if isinstance(value, str) and ESCAPES.search(value):
        yield "escapes nothing but an asterisk and a backslash"


def _cidr(value: Any) -> Iterator[str]:
    try:
        ipaddress.ip_network(value)
    except (TypeError, ValueError) as error:
        yield f"takes a range of addresses: {error}"


def _numeric(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not value or len(value) % 2:
        yield "takes a list of comparisons, each with its number"
        return
    if any(each not in COMPARISONS for each in value[::2]):
        yield f"compares by {' '.join(COMPARISONS)}"
    if not all(map(_is_number, value[1::2])):
        yield "compares with numbers"


def _anything_but(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _anything_but_operator(value)
        return
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str) or _is_number(each) for each in values):
        yield "takes a string or a number, a list of these, or one operator"


def _anything_but_operator(condition: dict[str, Any]) -> Iterator[str]:
    if len(condition) != 1 or condition.keys() - {*AFFIXES, "wildcard", IGNORING_CASE}:
        yield f"stands before no {', '.join(sorted(condition)) or 'empty object'}"
        return
    ((operator, value),) = condition.items()
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str) and (each or operator not in AFFIXES) for each in values):
        yield f"takes {operator} with filled strings"
    elif operator == "wildcard":
        for each in values:
            yield from _wildcard(each)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


OPERATORS: dict[str, Callable[[Any], Iterator[str]]] = {
    "exists": _exists,
    "prefix": _affix,
    "suffix": _affix,
    IGNORING_CASE: _string,
    "numeric": _numeric,
    "anything-but": _anything_but,
    "cidr": _cidr,
    "wildcard": _wildcard,
}
"""By operator, what is wrong with its value: the words after the operator's name."""
