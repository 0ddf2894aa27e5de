"""The published schema, the loader and the documentation say what the model says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from handlers import catalogue
from simulator.faults import faults
from simulator.scenario.document import with_tables
from simulator.scenario.events import KINDS, Fault
from simulator.scenario.load import ScenarioInvalid, from_json
from simulator.scenario.schema import FILE, as_text, schema
from tests.scenario.test_loading import EXAMPLES, MINIMAL, changed

ROOT = Path(__file__).parents[2]
WRONG = [
    changed("alarms.0.colour", "red"),
    changed("amis.0.image_id", "ami-1"),
    changed("node_groups.0.capacity_provider", None),
    changed("node_groups.0.availability_zones", ["a", "a"]),
    changed("services.0.cpu_architecture", ""),
    changed("services.0.placement_constraints", [{"type": "memberOf"}] * 11),
    changed("timings", {"agent_seconds": [1]}),
    changed("timings", {"scaling_seconds": 0}),
    changed("faults", [{"kind": "dream", "at": 1}]),
    changed("faults", [{"kind": "run_task"}]),
    changed("faults", [{"kind": "stop_tasks", "at": 1}]),
    changed("faults", [{"kind": "kill_handler", "at": 1, "with": {"error": "bored"}}]),
    changed("faults", [{"kind": "never_healthy", "at": 1, "with": {"on": False}}]),
    changed(
        "faults", [{"kind": "set_desired", "at": 1, "with": {"auto_scaling_group": "nodes", "desired": 1, "by": 1}}]
    ),
    changed("people", [{"after": {"at": 1, "state": catalogue.BAKE.forward}, "input": {}}]),
]


def test_the_schemas_file_is_the_models() -> None:
    assert FILE.read_text() == as_text(schema()) + "\n"
    Draft202012Validator.check_schema(json.loads(FILE.read_text()))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_one_by_the_published_schema(path: Path) -> None:
    Draft202012Validator(schema()).validate(json.loads(path.read_text()))


@pytest.mark.parametrize("document", WRONG, ids=range(len(WRONG)))
def test_what_the_published_schema_refuses_is_not_read_either(document: dict[str, object]) -> None:
    assert not Draft202012Validator(schema()).is_valid(document)
    with pytest.raises(ScenarioInvalid):
        from_json(document)


def test_every_kind_of_fault_has_parameters_and_an_effect() -> None:
    assert set(KINDS) == set(faults.KINDS)


def test_a_faults_parameters_stay_as_the_file_gives_them() -> None:
    given = {"kind": "stop_tasks", "at": 1, "with": {"service": "web"}}

    assert from_json({**MINIMAL, "faults": [given]}).faults == (Fault("stop_tasks", at=1.0, with_={"service": "web"}),)


def test_every_key_is_described() -> None:
    undescribed = [
        f"{name}.{key}"
        for name, part in schema()["$defs"].items()
        for key, value in part.get("properties", {}).items()
        if "description" not in value and "$ref" not in value
    ]

    assert undescribed == []


def test_the_documentations_tables_are_the_models() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text()

    assert page == with_tables(page)


def test_the_documentation_names_every_example() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text()

    assert [path.stem for path in EXAMPLES if f"`{path.stem}`" not in page] == []
