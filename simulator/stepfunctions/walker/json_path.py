"""The paths of ASL: definite ones by hand, the others by jsonpath-ng; and the templates that paths stand in."""

import re
from functools import lru_cache
from typing import Any

DEFINITE = re.compile(r"^\$\$?(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\]|\['[^']*'\])*$")
INDEFINITE = re.compile(r"\.\.|\*|\?\(|\[-?\d*:-?\d*\]|\[[^\]]*,[^\]]*\]")
PATH = re.compile(r"^\$\$?(?:[.\[].*)?$", re.DOTALL)
STEPS = re.compile(r"\['([^']*)'\]|([A-Za-z_][A-Za-z0-9_]*|[0-9]+)")


class NotSupportedInProcess(Exception):
    """Something of the definition that the in-process mode does not know; the full mode may."""


class NoSuchPath(Exception):
    """A path leads to nothing. `data` is what it was applied to, `field` the template's member that it stands in."""

    def __init__(self, path: str, data: Any = None) -> None:
        super().__init__(path)
        self.path, self.data, self.field = path, data, ""


def check_path(path: Any, where: str) -> None:
    """Raise NotSupportedInProcess for what is no path: an intrinsic function, a variable."""
    if not isinstance(path, str) or not PATH.match(path):
        raise NotSupportedInProcess(f"{where}: {path!r} is no path")
    if not DEFINITE.match(path):
        _parsed(path.removeprefix("$") if path.startswith("$$") else path)


def check_template(given: Any, where: str) -> None:
    """The same for every `.$` member of a template."""
    if isinstance(given, list):
        for each in given:
            check_template(each, where)
    elif isinstance(given, dict):
        for key, value in given.items():
            if key.endswith(".$"):
                check_path(value, f"{where}, {key}")
            else:
                check_template(value, where)


def at(path: str, data: Any, context: Any) -> Any:
    """What a path leads to; of an indefinite one the list, empty where nothing matches. Raises NoSuchPath."""
    found = context if path.startswith("$$") else data
    steps = _steps(path)
    if steps is None:
        check_path(path, "a path")
        return _searched(path.removeprefix("$") if path.startswith("$$") else path, found)
    for step in steps:
        try:
            found = found[int(step) if isinstance(found, list) else step]
        except (LookupError, TypeError, ValueError):
            raise NoSuchPath(path, context if path.startswith("$$") else data) from None
    return found


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...] | None:
    """The steps of a definite path; None for another one."""
    return tuple(quoted or plain for quoted, plain in STEPS.findall(path)) if DEFINITE.match(path) else None


def template(given: Any, data: Any, context: Any) -> Any:
    """Parameters or a ResultSelector with every `.$` member replaced by what it leads to.

    Raises NoSuchPath with the member in its `field`.
    """
    if isinstance(given, list):
        return [template(each, data, context) for each in given]
    if not isinstance(given, dict):
        return given
    made = {}
    for key, value in given.items():
        if key.endswith(".$"):
            try:
                made[key[:-2]] = at(value, data, context)
            except NoSuchPath as missing:
                missing.field = key
                raise
        else:
            made[key] = template(value, data, context)
    return made


def put(path: str | None, data: Any, value: Any) -> Any:
    """The data with the value at a ResultPath: `$` is all of it, None leaves it as it is."""
    if path is None:
        return data
    if path == "$":
        return value
    check_result_path(path)
    *steps, last = path.split(".")[1:]
    made = inner = dict(data) if isinstance(data, dict) else {}
    for step in steps:
        inner[step] = dict(inner.get(step, {}))
        inner = inner[step]
    inner[last] = value
    return made


def check_result_path(path: str | None) -> None:
    """Raise NotSupportedInProcess for a ResultPath that leads into a list or the context."""
    if path is not None and (not DEFINITE.match(path) or "[" in path or path.startswith("$$")):
        raise NotSupportedInProcess(f"path {path}")


def _searched(path: str, data: Any) -> Any:
    found = [match.value for match in _parsed(path).find(data)]
    if INDEFINITE.search(path):
        return found
    if not found:
        raise NoSuchPath(path, data)
    return found[0]


@lru_cache(maxsize=1024)
def _parsed(path: str) -> Any:
    from jsonpath_ng.ext.parser import parse  # takes long to load, and our graph has no such path

    try:
        return parse(path)
    except Exception as error:  # its lexer and its parser raise classes of their own
        raise NotSupportedInProcess(f"path {path}: {error}") from error
