"""The published JSON Schema of scenario files, made from the model: `schema.json` beside this file, for editors."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import WithDefaultSchema

from simulator.scenario.events import KINDS, parameters_of
from simulator.scenario.model import Scenario

FILE = Path(__file__).with_name("schema.json")
HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "scenario.schema.json",
    "$ref": "#/$defs/Scenario",
}
DEPTH = 4
SCENARIO = TypeAdapter(Scenario)
Document = dict[str, Any]


@cache
def schema() -> Document:
    """The JSON Schema; a fault's `with` goes by its kind."""
    kinds: list[tuple[str, Any, TypeAdapter[Any]]] = [(kind, "validation", parameters_of(kind)) for kind in KINDS]
    references, made = TypeAdapter.json_schemas(
        [("scenario", "validation", SCENARIO), *kinds], schema_generator=_Generator
    )
    parts = made["$defs"]
    for part in parts.values():
        _describe(part)
    parts["Fault"]["allOf"] = [_with(kind, references[kind, "validation"], parts) for kind in KINDS]
    parts["Scenario"]["properties"]["$schema"] = {"type": "string", "description": "For editors: where this schema is."}
    return HEAD | made


def as_text(value: Any, depth: int = 0) -> str:
    """JSON with a line for each key of each part."""
    if depth == DEPTH or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    indent = "\n" + "  " * depth
    lines = [f"{indent}  {json.dumps(key)}: {as_text(each, depth + 1)}" for key, each in value.items()]
    return "{" + ",".join(lines) + indent + "}"


class _Generator(GenerateJsonSchema):
    """Keys in the model's order, without titles that say their names again and defaults that say nothing."""

    def sort(self, value: Document, parent_key: str | None = None) -> Document:  # noqa: ARG002  the base's parameter
        return value

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  the same
        return False

    def default_schema(self, schema: WithDefaultSchema) -> Document:
        made = super().default_schema(schema)
        if made.get("default") in (None, "", []):
            made.pop("default", None)
        return made


def _describe(part: Document) -> None:
    """Descriptions are one line each, however the model's docstrings are wrapped."""
    for each in (part, *part.get("properties", {}).values()):
        if "description" in each:
            each["description"] = " ".join(each["description"].split())


def _with(kind: str, reference: Document, parts: Document) -> Document:
    part = parts[KINDS[kind].__name__]
    needed = {"required": ["with"]} if part.keys() & {"required", "oneOf", "anyOf"} else {}
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {"properties": {"with": reference}, **needed},
    }
