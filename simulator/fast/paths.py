"""The paths and intrinsics of ASL that the synthesized graph uses: definite ones. Anything else is refused by name."""

import json
import re
from typing import Any

DEFINITE = re.compile(r"^\$\$?(\.[A-Za-z_][A-Za-z0-9_]*)*$")
INTRINSIC = re.compile(r"^States\.(StringToJson|Format)\((.*)\)$", re.DOTALL)
ARGUMENTS = re.compile(r"\s*('(?:[^'\\]|\\.)*'|[^,]+)\s*(?:,|$)")


class UnknownToTheFastLane(Exception):
    """Something of the definition that the fast lane does not know; the full lane may."""


class NoSuchPath(Exception):
    """A path leads to nothing: States.ParameterPathFailure."""


def at(path: str, data: Any, context: Any) -> Any:
    """What a path leads to. Raises NoSuchPath."""
    if not DEFINITE.match(path):
        raise UnknownToTheFastLane(f"path {path}")
    found = context if path.startswith("$$") else data
    for step in path.split(".")[1:]:
        if not isinstance(found, dict) or step not in found:
            raise NoSuchPath(path)
        found = found[step]
    return found


def template(given: Any, data: Any, context: Any) -> Any:
    """Parameters or a ResultSelector with every `.$` member replaced by what it leads to."""
    if isinstance(given, list):
        return [template(one, data, context) for one in given]
    if not isinstance(given, dict):
        return given
    made = {}
    for key, value in given.items():
        if key.endswith(".$"):
            made[key[:-2]] = _value(value, data, context)
        else:
            made[key] = template(value, data, context)
    return made


def put(path: str | None, data: Any, value: Any) -> Any:
    """The data with the value at a ResultPath: `$` is all of it, None leaves it as it is."""
    if path is None:
        return data
    if path == "$":
        return value
    if not DEFINITE.match(path):
        raise UnknownToTheFastLane(f"path {path}")
    *steps, last = path.split(".")[1:]
    made = inner = dict(data)
    for step in steps:
        inner[step] = dict(inner.get(step, {}))
        inner = inner[step]
    inner[last] = value
    return made


def _value(expression: str, data: Any, context: Any) -> Any:
    found = INTRINSIC.match(expression)
    if found is None:
        return at(expression, data, context)
    arguments = [_argument(each, data, context) for each in ARGUMENTS.findall(found[2])]
    if found[1] == "StringToJson":
        return json.loads(arguments[0])
    text, *values = arguments
    for value in values:
        text = text.replace("{}", value if isinstance(value, str) else json.dumps(value), 1)
    return text


def _argument(text: str, data: Any, context: Any) -> Any:
    return text[1:-1].replace("\\'", "'") if text.startswith("'") else at(text.strip(), data, context)
