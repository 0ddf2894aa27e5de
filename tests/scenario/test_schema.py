"""The schema, the model and the documentation say the same."""

from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from simulator.faults.faults import KINDS
from simulator.scenario import model
from simulator.scenario.document import with_tables
from simulator.scenario.load import schema

MODELS = {
    "timings": model.Timings,
    "ami": model.Ami,
    "node_group": model.NodeGroup,
    "load_balancer": model.LoadBalancer,
    "service": model.Service,
    "standalone_tasks": model.StandaloneTasks,
    "alarm": model.Alarm,
    "expectation": model.Expectation,
}


def names(kind: type) -> set[str]:
    return {field.name for field in fields(cast(Any, kind))}


def test_the_schema_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", MODELS)
def test_the_schema_has_the_models_fields(name: str) -> None:
    assert set(schema()["$defs"][name]["properties"]) == names(MODELS[name])


def test_the_schema_has_the_scenarios_fields() -> None:
    assert set(schema()["properties"]) - {"$schema"} == names(model.Scenario)


@pytest.mark.parametrize("name", MODELS)
def test_a_default_that_the_schema_tells_is_the_models(name: str) -> None:
    told = {key: value["default"] for key, value in schema()["$defs"][name]["properties"].items() if "default" in value}
    real = {field.name: field.default for field in fields(cast(Any, MODELS[name]))}

    assert told == {key: real[key] for key in told}


def test_every_kind_of_fault_has_parameters_in_the_schema_and_an_effect() -> None:
    definitions = schema()["$defs"]

    assert definitions["fault"]["properties"]["kind"]["enum"] == list(KINDS)
    assert {name.removeprefix("fault_") for name in definitions if name.startswith("fault_")} == set(KINDS)


def test_every_key_is_described() -> None:
    undescribed = [
        f"{name}.{key}"
        for name, definition in schema()["$defs"].items()
        for key, value in definition.get("properties", {}).items()
        if "description" not in value and "$ref" not in value
    ]

    assert undescribed == []


def test_the_documentations_tables_are_the_schemas() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()

    assert page == with_tables(page)


def test_the_documentation_names_every_example() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "scenarios.md").read_text()

    assert [path.stem for path in sorted((root / "examples").glob("*.json")) if f"`{path.stem}`" not in page] == []
