"""docs/scenarios.md's tables of keys, from the schema: `python -m simulator.scenario.document docs/scenarios.md`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.scenario.load import schema

MARK = "<!-- Below: generated from simulator/scenario/schema.json by `python -m simulator.scenario.document`. -->\n"


def tables() -> str:
    """One table for the scenario itself and one for each object in it."""
    document = schema()
    parts = [_section("The scenario", document)]
    for name, definition in document["$defs"].items():
        if "properties" in definition:
            parts.append(_section(_title(name), definition))
    return "\n".join(parts)


def with_tables(text: str) -> str:
    """The page with what stands below its mark made anew."""
    return text.partition(MARK)[0] + MARK + "\n" + tables()


def _title(name: str) -> str:
    kind, _, rest = name.partition("_")
    return f"Fault `{rest}`" if kind == "fault" and rest else f"`{name}`"


def _section(title: str, definition: dict[str, Any]) -> str:
    return "\n".join((f"## {title}", "", definition["description"], "", *_table(definition), ""))


def _table(definition: dict[str, Any]) -> Iterator[str]:
    yield "| key | what | allowed | default |"
    yield "|---|---|---|---|"
    required = definition.get("required", ())
    for key, value in definition["properties"].items():
        if key != "$schema":
            default = "required" if key in required else _code(value["default"]) if "default" in value else ""
            yield f"| `{key}` | {_cell(_description(value))} | {_cell(_allowed(value))} | {default} |"


def _description(value: dict[str, Any]) -> str:
    return str(value.get("description") or _referred(value).get("description", ""))


def _referred(value: dict[str, Any]) -> dict[str, Any]:
    name = value.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema()["$defs"].get(name, {})
    return found


def _allowed(value: dict[str, Any]) -> str:
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return "seconds, or [lowest, highest]" if name == "range" else f"`{name}`"
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    kind = str(value["type"])
    if kind == "array":
        return f"list of {_allowed(value['items'])}"
    return {"string": "text", "boolean": "true, false", "object": "object"}.get(kind) or _numbers(kind, value)


def _numbers(kind: str, value: dict[str, Any]) -> str:
    name = "whole number" if kind == "integer" else "number"
    low, high = value.get("minimum"), value.get("maximum")
    if low is None:
        return f"{name} above {value['exclusiveMinimum']}" if "exclusiveMinimum" in value else f"any {name}"
    return f"{name}, {low} to {high}" if high is not None else f"{name}, {low} or more"


def _code(value: object) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text()))
