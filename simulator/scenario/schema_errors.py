"""What JSON Schema finds wrong, each in one line that a person can act on: where, what was seen, what is allowed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def complaints(validator: Draft202012Validator, document: Any) -> list[str]:
    """One line for each violation of the schema, in the document's order."""
    errors = sorted(validator.iter_errors(document), key=_in_order)
    return list(dict.fromkeys(line for error in errors for line in _lines(error)))


def place(path: Iterable[str | int]) -> str:
    """A path into the document as people write it: `services[1].count`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _in_order(error: ValidationError) -> list[str]:
    return [f"{part:09}" if isinstance(part, int) else part for part in error.absolute_path]


def _lines(error: ValidationError) -> Iterator[str]:
    where = place(error.absolute_path)
    for what in _whats(error):
        yield f"{where}: {what}" if where else what


def _whats(error: ValidationError) -> Iterator[str]:  # noqa: C901  one case for each rule of the schema
    seen: Any = error.instance
    rule = _rule(error)
    match error.validator:
        case "additionalProperties":
            allowed = _around(error)["properties"]
            for key in seen:
                if key not in allowed:
                    yield f"'{key}' is no key here; allowed are {', '.join(allowed)}"
        case "required":
            yield f"'{_missing(error)}' is missing"
        case "enum":
            yield f"{_shown(seen)} is not one of {', '.join(map(str, rule))}"
        case "type":
            yield f"{_shown(seen)} is not {TYPES[rule]}"
        case "pattern":
            yield f"{_shown(seen)} does not look like {rule}"
        case "minLength" | "minItems":
            yield "must not be empty"
        case "uniqueItems":
            yield f"{_shown(seen)} says something twice"
        case "anyOf":
            yield f"one of {', '.join(repr(each['required'][0]) for each in rule)} is missing"
        case "oneOf":
            yield _one_of(error)
        case _:
            yield error.message


def _rule(error: ValidationError) -> Any:
    return error.validator_value


def _around(error: ValidationError) -> dict[str, Any]:
    """The schema that the rule stands in."""
    return dict(error.schema) if isinstance(error.schema, Mapping) else {}


def _missing(error: ValidationError) -> str:
    keys: list[str] = _rule(error)
    return next(key for key in keys if f"'{key}' is a required" in error.message)


def _one_of(error: ValidationError) -> str:
    if "nth" in _around(error).get("properties", {}):
        who = "a fault happens" if "kind" in _around(error)["properties"] else "somebody comes"
        return f"{who} either 'at' a moment or at a 'state': exactly one of the two"
    return f"{_shown(error.instance)} is neither a number of seconds nor [lowest, highest]"


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
