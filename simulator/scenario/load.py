"""Read a scenario file: JSON, held against `schema.json` and against itself, or one clear line for each thing wrong."""

import json
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from jsonschema import Draft202012Validator

from simulator.kernel.random_streams import Range
from simulator.scenario.cross_checks import contradictions
from simulator.scenario.model import (
    After,
    Alarm,
    Ami,
    Expectation,
    Fault,
    Image,
    LoadBalancer,
    NodeGroup,
    Person,
    Scenario,
    Service,
    StandaloneTasks,
    Timings,
)
from simulator.scenario.schema import schema
from simulator.scenario.schema_errors import complaints
from simulator.scenario.state_names import as_it_is_now

T = TypeVar("T")


class ScenarioInvalid(Exception):
    """The file is no scenario. `lines` has one line for each thing wrong, each beginning with the file's name."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(path: str | Path) -> Scenario:
    """Read the file at `path`; raises ScenarioInvalid."""
    return parse(_text(path), str(path))


def parse(text: str, source: str) -> Scenario:
    """Read a scenario from `text`; `source` is what complaints call it."""
    return from_json(_json(text, source), source)


def from_json(document: Any, source: str = "scenario") -> Scenario:
    """Make a scenario of parsed JSON. Raises ScenarioInvalid with the schema's complaints, else the cross-checks'."""
    lines = complaints(_validator(), document)
    if lines:
        raise ScenarioInvalid([f"{source}: {line}" for line in lines])
    scenario = _scenario(document)
    lines = contradictions(scenario)
    if lines:
        raise ScenarioInvalid([f"{source}: {line}" for line in lines])
    return scenario


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioInvalid([f"{path}: {error.strerror or error}"]) from None
    except UnicodeDecodeError:
        raise ScenarioInvalid([f"{path}: is not UTF-8 text"]) from None


def _json(text: str, source: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise ScenarioInvalid(
            [f"{source}: line {error.lineno}, column {error.colno}: is not JSON: {error.msg}"]
        ) from None
    except _DuplicateKey as error:
        raise ScenarioInvalid([f"{source}: the key '{error}' appears twice in one object"]) from None


class _DuplicateKey(Exception):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _DuplicateKey(key)
        result[key] = value
    return result


def _scenario(document: dict[str, Any]) -> Scenario:
    parts = {key: value for key, value in document.items() if key != "$schema"}
    parts["amis"] = tuple(_make(Ami, item) for item in document["amis"])
    parts["node_groups"] = tuple(_make(NodeGroup, item) for item in document["node_groups"])
    parts["services"] = tuple(_service(item) for item in document.get("services", ()))
    parts["standalone_tasks"] = tuple(_make(StandaloneTasks, item) for item in document.get("standalone_tasks", ()))
    parts["images"] = tuple(_make(Image, item) for item in document.get("images", ()))
    parts["alarms"] = tuple(_make(Alarm, item) for item in document.get("alarms", ()))
    parts["timings"] = _make(Timings, document.get("timings", {}))
    parts["faults"] = tuple(_fault(item) for item in document.get("faults", ()))
    parts["people"] = tuple(_person(item, document["cluster"]) for item in document.get("people", ()))
    parts["expect"] = _make(Expectation, document.get("expect", {}))
    parts["input"] = {"cluster": document["cluster"]} | document.get("input", {})
    return Scenario(**parts)


def _service(item: dict[str, Any]) -> Service:
    balancer = item.get("load_balancer")
    return _make(Service, item | ({"load_balancer": _make(LoadBalancer, balancer)} if balancer is not None else {}))


def _fault(item: dict[str, Any]) -> Fault:
    return _make(Fault, {("with_" if key == "with" else key): value for key, value in _with_its_state(item).items()})


def _with_its_state(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "state": as_it_is_now(item["state"])} if "state" in item else item


def _person(item: dict[str, Any], cluster: str) -> Person:
    return Person(
        _make(After, _with_its_state(item["after"])), {"cluster": cluster} | item["input"], item.get("seconds", 0.0)
    )


def _make(kind: type[T], item: dict[str, Any]) -> T:
    """Build a dataclass of the model: lists become tuples, a bare number of seconds a range of one point."""
    ranges = {field.name for field in fields(cast(Any, kind)) if _is_range(field.default)}
    return kind(**{key: _value(value, key in ranges) for key, value in item.items()})


def _is_range(default: object) -> bool:
    return isinstance(default, tuple) and len(default) == 2 and all(isinstance(end, float) for end in default)


def _value(value: Any, is_range: bool) -> Any:
    if is_range:
        return as_range(value)
    return tuple(value) if isinstance(value, list) else value


def as_range(value: Any) -> Range:
    """A number of seconds, or the lowest and the highest, as a range."""
    lowest, highest = (value, value) if isinstance(value, (int, float)) else value
    return float(lowest), float(highest)
