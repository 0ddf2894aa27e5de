"""Wildcards of policies: `*` stands for any characters, `?` for one (IAM JSON policy elements: Resource, Action)."""

import re
from functools import lru_cache

ARN_PARTS = 6


@lru_cache(maxsize=4096)
def _compiled(pattern: str, *, any_case: bool) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if any_case else 0))


@lru_cache(maxsize=65_536)
def like(pattern: str, text: str) -> bool:
    """Whether a whole text is like the pattern."""
    return _compiled(pattern, any_case=False).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def names_action(pattern: str, action: str) -> bool:
    """Whether the pattern names the action; services and actions know no case."""
    return _compiled(pattern, any_case=True).fullmatch(action) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Whether each of an ARN's six parts is like that of the pattern: a `*` does not reach over their colons."""
    patterns, parts = pattern.split(":", ARN_PARTS - 1), arn.split(":", ARN_PARTS - 1)
    if len(patterns) != ARN_PARTS or len(parts) != ARN_PARTS:
        return False
    return all(like(wanted, part) for wanted, part in zip(patterns, parts, strict=True))


def names_resource(pattern: str, resource: str) -> bool:
    """Whether a Resource element names the resource; `*` names all of them, and what has no ARN."""
    return pattern == "*" or arn_like(pattern, resource)
