"""Event patterns: moto's matcher, and before it what EventBridge refuses and moto takes.

Amazon EventBridge user guide, "Comparison operators for use in event patterns": an operator stands alone in its object,
and one that is unknown makes PutRule fail with InvalidEventPatternException ("Unrecognized match type").
"""

import json
from typing import Any

from moto.events.models import EventPattern

OPERATORS = {"exists", "prefix", "suffix", "equals-ignore-case", "numeric", "anything-but", "cidr", "wildcard"}
ANY_OF = "$or"


class PatternRefused(Exception):
    """EventBridge would not take the pattern. The text says where and why."""


def load_pattern(pattern: dict[str, Any]) -> EventPattern:
    """The pattern, ready to match. Raises PatternRefused; moto's exception for a leaf that is no filled list."""
    _check(pattern, "")
    return EventPattern.load(json.dumps(pattern))


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


def _check_operator(condition: dict[str, Any], path: str) -> None:
    if len(condition) != 1:
        raise PatternRefused(f"{path}: {sorted(condition)} in one object; an operator stands alone in its object.")
    (operator,) = condition
    if operator not in OPERATORS:
        raise PatternRefused(f"{path}: unrecognized match type {operator!r}. Known are {', '.join(sorted(OPERATORS))}.")
