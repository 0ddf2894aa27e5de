"""What happens in the region, as data: one bus, and the trace to read afterwards.

An event is a frozen dataclass. Emitting it writes one line to the trace and then tells the subscribers of its class,
in the order they subscribed. Fields that are objects appear in the trace by their `key` attribute.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from math import isfinite
from typing import Any, TypeVar

from simulator.kernel.clock import Clock

E = TypeVar("E")


class Bus:
    """Publishes events and keeps their trace."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.trace = Trace()
        self._subscribers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)
        self._watchers: list[Callable[[Any], None]] = []

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call `listener` with each event of exactly this class."""
        self._subscribers[kind].append(listener)

    def watch(self, listener: Callable[[Any], None]) -> None:
        """Call `listener` with every event, after its subscribers have acted on it."""
        self._watchers.append(listener)

    def emit(self, event: object) -> None:
        """Write the event to the trace, then tell its subscribers, then the watchers."""
        self.trace.write(self.clock.now, event)
        for listener in self._subscribers[type(event)]:
            listener(event)
        for listener in self._watchers:
            listener(event)


class Trace:
    """The event log: JSON lines, byte for byte the same for the same seed."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._digest = hashlib.sha256()

    def write(self, now: float, event: object) -> None:
        """Append one event."""
        of_its_class = _members(type(event))  # type: ignore[arg-type]  # a class is hashable
        members = [
            before + _text(round(now, 3) if name == TIME else getattr(event, name)) for name, before in of_its_class
        ]
        line = "".join([*members, "}"])
        self.lines.append(line)
        self._digest.update(line.encode() + b"\n")

    def sha256(self) -> str:
        """The digest of all lines so far."""
        return self._digest.hexdigest()


TIME, EVENT = "t", "event"
_as_json = json.JSONEncoder(sort_keys=True).encode
"""A text by itself it writes at once; anything else costs it an encoder."""


@cache
def _members(kind: type[Any]) -> tuple[tuple[str, str], ...]:
    """What a line has of an event of that class, in its order: each field, and what is written before its value."""
    if not is_dataclass(kind):
        raise TypeError(f"an event is a dataclass, not {kind.__name__}")
    members, before = [], "{"
    for name in sorted([TIME, EVENT, *(field.name for field in fields(kind))]):
        before += f'"{name}": '
        if name == EVENT:
            before += f'"{kind.__name__}", '
        else:
            members.append((name, before))
            before = ", "
    return tuple(members)


def _text(value: object) -> str:
    kind = type(value)
    if value is None:
        return "null"
    if kind is int or (kind is float and isfinite(value)):  # type: ignore[arg-type]
        return repr(value)
    return _as_json(value if kind is str else _fact(value))


def _fact(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_fact(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _fact(item) for key, item in value.items()}
    return getattr(value, "key", value)
