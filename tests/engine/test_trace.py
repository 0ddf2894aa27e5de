"""A line of the trace is its event as JSON, members by name."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus


class Named:
    key = "by its key"


@dataclass(frozen=True)
class Happened:
    a_first: Any
    zone: Any = "last"
    many: tuple[Any, ...] = ()
    parts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bare:
    pass


VALUES = (
    "text",
    'a "quoted" é\n',
    "",
    None,
    True,
    False,
    0,
    -7,
    2.5,
    1e21,
    float("inf"),
    [1, "x", None],
    {"k": {"l": 1}},
)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_line_is_what_json_makes_of_the_event(value: Any) -> None:
    bus = Bus(Clock())
    bus.clock.advance(12.34567)
    bus.emit(Happened(value, many=(value, Named()), parts={"b": value, "a": Named()}))
    said = {
        "t": 12.346,
        "event": "Happened",
        "a_first": value,
        "zone": "last",
        "many": [value, "by its key"],
        "parts": {"b": value, "a": "by its key"},
    }
    assert bus.trace.lines == [json.dumps(said, sort_keys=True)]


def test_an_object_goes_by_its_key() -> None:
    bus = Bus(Clock())
    bus.emit(Happened(Named()))
    assert json.loads(bus.trace.lines[0])["a_first"] == "by its key"


def test_an_event_without_members_has_its_time() -> None:
    bus = Bus(Clock())
    bus.emit(Bare())
    assert bus.trace.lines == ['{"event": "Bare", "t": 0.0}']


def test_what_is_no_dataclass_is_no_event() -> None:
    with pytest.raises(TypeError, match="an event is a dataclass, not str"):
        Bus(Clock()).emit("happened")
