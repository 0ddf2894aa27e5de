"""The paths of ASL that the synthesized graph uses: definite ones. Anything else is refused by name."""

import re
from typing import Any

DEFINITE = re.compile(r"^\$\$?(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])*$")
STEPS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+")


class NotSupportedInProcess(Exception):
    """Something of the definition that the in-process mode does not know; the full mode may."""


class NoSuchPath(Exception):
    """A path leads to nothing: States.ParameterPathFailure."""


def at(path: str, data: Any, context: Any) -> Any:
    """What a path leads to. Raises NoSuchPath."""
    if not DEFINITE.match(path):
        raise NotSupportedInProcess(f"path {path}")
    found = context if path.startswith("$$") else data
    for step in STEPS.findall(path):
        try:
            found = found[int(step) if isinstance(found, list) else step]
        except (LookupError, TypeError, ValueError):
            raise NoSuchPath(path) from None
    return found


def template(given: Any, data: Any, context: Any) -> Any:
    """Parameters or a ResultSelector with every `.$` member replaced by what it leads to."""
    if isinstance(given, list):
        return [template(each, data, context) for each in given]
    if not isinstance(given, dict):
        return given
    made = {}
    for key, value in given.items():
        if key.endswith(".$"):
            made[key[:-2]] = at(value, data, context)
        else:
            made[key] = template(value, data, context)
    return made


def put(path: str | None, data: Any, value: Any) -> Any:
    """The data with the value at a ResultPath: `$` is all of it, None leaves it as it is."""
    if path is None:
        return data
    if path == "$":
        return value
    if not DEFINITE.match(path) or "[" in path:
        raise NotSupportedInProcess(f"path {path}")
    *steps, last = path.split(".")[1:]
    made = inner = dict(data)
    for step in steps:
        inner[step] = dict(inner.get(step, {}))
        inner = inner[step]
    inner[last] = value
    return made
