"""docs/scenarios.md's tables of keys, and `schema.json`: `python -m simulator.scenario.document docs/scenarios.md`."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.scenario.events import KINDS, snake_case
from simulator.scenario.schema import FILE, as_text, schema

MARK = "<!-- Below: generated from the model by `python -m simulator.scenario.document docs/scenarios.md`. -->\n"
Document = dict[str, Any]


def tables() -> str:
    """One table for the scenario itself and one for each object in it."""
    parts = schema()["$defs"]
    names = [name for name in dict.fromkeys(_mentioned_in(parts["Scenario"])) if "properties" in parts[name]]
    return "\n".join(
        (_section("The scenario", parts["Scenario"]), *(_section(_title(name), parts[name]) for name in names))
    )


def with_tables(text: str) -> str:
    """The page with what stands below its mark made anew."""
    return text.partition(MARK)[0] + MARK + "\n" + tables()


def _mentioned_in(part: Document) -> Iterator[str]:
    """The names of the parts that this one refers to, each followed by those that it refers to itself."""
    for name in re.findall(r"#/\$defs/(\w+)", json.dumps(part)):
        yield name
        yield from _mentioned_in(schema()["$defs"][name])


def _title(name: str) -> str:
    return f"Fault {_called(name)}" if snake_case(name) in KINDS else _called(name)


def _called(name: str) -> str:
    return f"`{snake_case(name)}`"


def _section(title: str, part: Document) -> str:
    return "\n".join((f"## {title}", "", part["description"], "", *_table(part), ""))


def _table(part: Document) -> Iterator[str]:
    yield "| key | what | allowed | default |"
    yield "|---|---|---|---|"
    for key, value in part["properties"].items():
        if key != "$schema":
            default = "required" if key in part.get("required", ()) else _default(value)
            yield f"| `{key}` | {_cell(_description(value))} | {_cell(_allowed(value))} | {default} |"


def _description(value: Document) -> str:
    return str(value.get("description") or schema()["$defs"][_referred(value)]["description"])


def _referred(value: Document) -> str:
    return str(value.get("$ref", "")).rpartition("/")[2]


def _allowed(value: Document) -> str:
    if "$ref" in value:
        name = _referred(value)
        return "seconds, or [lowest, highest]" if name == "SecondsRange" else _called(name)
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    kind = str(value["type"])
    if kind == "array":
        return f"list of {_allowed(value['items'])}"
    return {"string": "text", "boolean": "true, false", "object": "object"}.get(kind) or _numbers(kind, value)


def _numbers(kind: str, value: Document) -> str:
    name = "whole number" if kind == "integer" else "number"
    low, high = value.get("minimum"), value.get("maximum")
    if low is None:
        return f"{name} above {value['exclusiveMinimum']}" if "exclusiveMinimum" in value else f"any {name}"
    return f"{name}, {low} to {high}" if high is not None else f"{name}, {low} or more"


def _default(value: Document) -> str:
    default = value.get("default", "")
    text = default if isinstance(default, str) else re.sub(r"\.0\b", "", json.dumps(default))
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    FILE.write_text(as_text(schema()) + "\n")
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text()))
