"""Fields of a record set by name, in whichever of its parts they are."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

Record = TypeVar("Record")


def with_fields(record: Record, **values: Any) -> Record:
    """The record with these values. Raises AttributeError for a name that neither it nor one of its parts has."""
    for name, value in values.items():
        record = _with_field(record, name, value)
    return record


def _with_field(record: Any, name: str, value: Any) -> Any:
    if name in {field.name for field in fields(record)}:
        return replace(record, **{name: value})
    for field in fields(record):
        part = getattr(record, field.name)
        if is_dataclass(part) and name in {each.name for each in fields(part)}:
            return replace(record, **{field.name: replace(part, **{name: value})})  # type: ignore[type-var]
    raise AttributeError(f"no part of {type(record).__name__} has {name}")
