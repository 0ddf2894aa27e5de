"""Wildcards of policies: `*` stands for any characters, `?` for one (IAM JSON policy elements: Resource, Action)."""

import re
from functools import lru_cache

ARN_PARTS = 6


@lru_cache(maxsize=4096)
def _compiled(pattern: str, *, any_case: bool) -> re.Pattern[str]:
    return re.compile(_regex(pattern, "."), re.DOTALL | (re.IGNORECASE if any_case else 0))


@lru_cache(maxsize=4096)
def _compiled_arn(pattern: str) -> re.Pattern[str] | None:
    """Its first five parts have no colon; None for a pattern that has not six parts, which is like no ARN."""
    *parts, last = pattern.split(":", ARN_PARTS - 1)
    if len(parts) + 1 != ARN_PARTS:
        return None
    return re.compile(":".join([*(_regex(part, "[^:]") for part in parts), _regex(last, ".")]), re.DOTALL)


def _regex(pattern: str, any_character: str) -> str:
    wildcards = {"*": f"{any_character}*", "?": any_character}
    return "".join(wildcards.get(character) or re.escape(character) for character in pattern)


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
    compiled = _compiled_arn(pattern)
    return compiled is not None and compiled.fullmatch(arn) is not None


def names_resource(pattern: str, resource: str) -> bool:
    """Whether a Resource element names the resource; `*` names all of them, and what has no ARN."""
    return pattern == "*" or arn_like(pattern, resource)
