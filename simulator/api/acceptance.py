"""Whether a request is beyond doubt: a check compiled from an operation's shapes, once.

Two readers refuse requests in words, and both walk the model for each value: botocore before anything is sent
(`botocore.validate`), and the service (`requests.refusal`). A request that passes the check here passes both, and
nearly every one does. What does not pass is theirs to look at: this refuses nothing, so it may be stricter than either.
"""

from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import Any

from botocore.model import Shape

from simulator.api.patterns import model_pattern

Check = Callable[[Any], bool]
LISTS = (list, tuple)


def compiled(shape: Shape) -> Check:
    """The check of values of that shape."""
    return _check(shape, {})


def _check(shape: Shape, known: dict[str, Check]) -> Check:
    """The same; `known` are the structures above it by name, since shapes may be recursive."""
    make = COMPILERS.get(shape.type_name)
    return _doubt if make is None or _is_special(shape) else make(shape, known)


def _is_special(shape: Shape) -> bool:
    """What botocore validates by rules of its own: documents, unions, JSON in headers, labels of hosts."""
    traits = shape.serialization.keys() & {"jsonvalue", "hostLabel"}
    return bool(traits) or bool(shape.metadata.keys() & {"document", "union"})


def _doubt(_value: Any) -> bool:
    return False


def _structure(shape: Shape, known: dict[str, Check]) -> Check:
    name = shape.name
    if name in known:

        def again(value: Any) -> bool:
            return known[name](value)

        return again
    known[name] = _doubt  # until it is made
    members = {key: _check(each, known) for key, each in shape.members.items()}  # type: ignore[attr-defined]
    required = frozenset(shape.metadata.get("required", ()))

    def check(value: Any) -> bool:
        if type(value) is not dict or not required <= value.keys():
            return False
        for key, item in value.items():
            member = members.get(key)
            if member is None or not member(item):
                return False
        return True

    known[name] = check
    return check


def _list(shape: Shape, known: dict[str, Check]) -> Check:
    member = _check(shape.member, known)  # type: ignore[attr-defined]
    least, most = _bounds(shape)

    def check(value: Any) -> bool:
        if type(value) not in LISTS or not least <= len(value) <= most:
            return False
        for item in value:  # noqa: SIM110  twice as fast as all()
            if not member(item):
                return False
        return True

    return check


def _map(shape: Shape, known: dict[str, Check]) -> Check:
    key_check, value_check = _check(shape.key, known), _check(shape.value, known)  # type: ignore[attr-defined]
    least, most = _bounds(shape)

    def check(value: Any) -> bool:
        if type(value) is not dict or not least <= len(value) <= most:
            return False
        for key, item in value.items():  # noqa: SIM110  twice as fast as all()
            if not key_check(key) or not value_check(item):
                return False
        return True

    return check


def _string(shape: Shape, _known: dict[str, Check]) -> Check:
    least, most = _bounds(shape)
    words, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if not words and pattern is None:
        return lambda value: type(value) is str and least <= len(value) <= most
    allowed = frozenset(words) if words else None
    fits = model_pattern(pattern).fullmatch if pattern is not None else None

    def check(value: Any) -> bool:
        return (
            type(value) is str
            and least <= len(value) <= most
            and (allowed is None or value in allowed)
            and (fits is None or fits(value) is not None)
        )

    return check


def _number(shape: Shape, _known: dict[str, Check]) -> Check:
    kinds = (int,) if shape.type_name in ("integer", "long") else (int, float)
    least, most = _bounds(shape)
    return lambda value: type(value) in kinds and least <= value <= most


def _blob(shape: Shape, _known: dict[str, Check]) -> Check:
    least, most = _bounds(shape)
    return lambda value: type(value) is bytes and least <= len(value) <= most


def _of(kind: type) -> Callable[[Shape, dict[str, Check]], Check]:
    return lambda _shape, _known: lambda value: type(value) is kind


def _bounds(shape: Shape) -> tuple[float, float]:
    return shape.metadata.get("min", -inf), shape.metadata.get("max", inf)


COMPILERS: dict[str, Callable[[Shape, dict[str, Check]], Check]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "blob": _blob,
    "boolean": _of(bool),
    "timestamp": _of(datetime),
}
