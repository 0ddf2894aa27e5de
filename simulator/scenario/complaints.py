"""What pydantic finds wrong, each in one line that a person can act on: where, what was seen, what is allowed."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from simulator.scenario.events import KINDS
from simulator.scenario.schema import schema
from simulator.scenario.values import shown

UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
TEXTS = {
    "dataclass_type": "{seen} is not an object",
    "dict_type": "{seen} is not an object",
    "tuple_type": "{seen} is not a list",
    "string_type": "{seen} is not a text",
    "int_type": "{seen} is not a whole number",
    "float_type": "{seen} is not a number",
    "bool_type": "{seen} is not true or false",
    "greater_than": "{seen} is not greater than {gt:g}",
    "greater_than_equal": "{seen} is less than the minimum of {ge:g}",
    "less_than_equal": "{seen} is greater than the maximum of {le:g}",
    "string_pattern_mismatch": "{seen} does not look like {pattern}",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "must not be empty",
    "too_long": "has more than {max_length} items",
    "value_error": "{error}",
}


def complaints(error: ValidationError, document: Any) -> list[str]:
    """One line for each thing wrong with the document: unknown keys first, then in the model's order.

    A list whose items are wrong is empty to pydantic, which counts what is right; here it is not.
    """
    errors = sorted(error.errors(include_url=False), key=lambda each: each["type"] not in UNKNOWN)
    return [_line(each, document) for each in errors if each["type"] != "too_short" or not each["input"]]


def place(path: Sequence[str | int]) -> str:
    """A path into the document as people write it: `services[1].count`; `with`, not `with_` as in Python."""
    keys = ("with" if part == "with_" else part for part in path)
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def _line(error: ErrorDetails, document: Any) -> str:
    *around, last = error["loc"] or ("",)
    where: Sequence[str | int] = error["loc"]
    match error["type"]:
        case "missing":
            where, what = around, f"'{last}' is missing"
        case kind if kind in UNKNOWN:
            where, what = around, f"'{last}' is no key here; allowed are {', '.join(_keys(around, document))}"
        case "literal_error":
            allowed = str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
            what = f"{shown(error['input'])} is not one of {allowed}"
        case kind:
            known = TEXTS.get(kind)
            what = known.format(seen=shown(error["input"]), **error.get("ctx", {})) if known else error["msg"]
    return f"{place(where)}: {what}" if where else what


def _keys(path: Sequence[str | int], document: Any) -> list[str]:
    """The keys that the object at that place may have."""
    parts = schema()["$defs"]
    here = parts["Scenario"]
    for part in path:
        if part == "with":
            here = parts[KINDS[document["kind"]].__name__]
        else:
            here = here["items"] if isinstance(part, int) else here["properties"][part]
        here = parts[here["$ref"].rpartition("/")[2]] if "$ref" in here else here
        document = document[part]
    return list(here["properties"])
