"""Read a scenario file: JSON, held against the model and against itself, or one clear line for each thing wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.scenario.complaints import complaints
from simulator.scenario.cross_checks import contradictions
from simulator.scenario.model import Scenario
from simulator.scenario.schema import SCENARIO


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
    """Make a scenario of parsed JSON. Raises ScenarioInvalid with what is wrong by itself, else with contradictions."""
    try:
        scenario = _with_cluster(SCENARIO.validate_json(json.dumps(_without_schema(document))))
    except ValidationError as error:
        raise ScenarioInvalid([f"{source}: {line}" for line in complaints(error, document)]) from None
    lines = contradictions(scenario)
    if lines:
        raise ScenarioInvalid([f"{source}: {line}" for line in lines])
    return scenario


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioInvalid([f"{path}: {error.strerror or error}"]) from None
    except UnicodeDecodeError:
        raise ScenarioInvalid([f"{path}: is not UTF-8 text"]) from None


def _json(text: str, source: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_float=_number)
    except json.JSONDecodeError as error:
        raise ScenarioInvalid(
            [f"{source}: line {error.lineno}, column {error.colno}: is not JSON: {error.msg}"]
        ) from None
    except _DuplicateKey as error:
        raise ScenarioInvalid([f"{source}: the key '{error}' appears twice in one object"]) from None


def _number(text: str) -> float:
    """JSON knows one kind of number: 3.0 is a whole one."""
    number = float(text)
    return int(number) if number.is_integer() else number


class _DuplicateKey(Exception):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _DuplicateKey(key)
        result[key] = value
    return result


def _without_schema(document: Any) -> Any:
    """`$schema` is for editors."""
    if not isinstance(document, dict):
        return document
    return {key: value for key, value in document.items() if key != "$schema"}


def _with_cluster(scenario: Scenario) -> Scenario:
    """Every input names the cluster, unless it names one itself."""
    cluster = {"cluster": scenario.cluster}
    people = tuple(replace(person, input=cluster | person.input) for person in scenario.people)
    return replace(scenario, input=cluster | scenario.input, people=people)
