"""The values that keys of a scenario take: what a file may say, and what the model has then."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypeAliasType

from simulator.kernel.random_streams import Range

T = TypeVar("T")


class _NeverNull:
    """Takes the None out of what a file may say."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        nullable: Any = handler(source)
        return nullable["schema"]  # type: ignore[no-any-return]


class OneOf:
    """One of these texts, though the key's default may be none of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self._texts)


def as_range(value: Any) -> Range:
    """A number of seconds, or the lowest and the highest, as a range. Raises ValueError."""
    lowest, highest = value if isinstance(value, (list, tuple)) and len(value) == 2 else (value, value)
    if not all(type(end) in {int, float} and end >= 0 for end in (lowest, highest)):
        raise ValueError(f"{shown(value)} is neither a number of seconds nor [lowest, highest]")
    if lowest > highest:
        raise ValueError(f"the lowest, {lowest:g}, is greater than the highest, {highest:g}")
    return float(lowest), float(highest)


def shown(value: object) -> str:
    """A value as the file has it, a text in single quotes."""
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"{shown(values)} says something twice")
    return values


Omittable = Annotated[T | None, _NeverNull()]
"""None where the file leaves the key out; no file says null."""

_ONCE: Any = {"json_schema_extra": {"uniqueItems": True}}
Some = Annotated[tuple[T, ...], Field(min_length=1)]
Distinct = Annotated[tuple[T, ...], Field(**_ONCE), AfterValidator(_distinct)]
SomeDistinct = Annotated[tuple[T, ...], Field(min_length=1, **_ONCE), AfterValidator(_distinct)]

_END = {"type": "number", "minimum": 0}
SecondsRange = TypeAliasType("SecondsRange", Annotated[Range, PlainValidator(as_range), WithJsonSchema({
    "description": "Seconds: one number, or [lowest, highest] to be drawn uniformly from the seed.",
    "oneOf": [_END, {"type": "array", "items": _END, "minItems": 2, "maxItems": 2}],
})])  # fmt: skip

Text = Annotated[str, Field(min_length=1)]
AmiId = Annotated[str, Field(pattern=r"^ami-[0-9a-f]{8,17}$")]
ZoneLetter = Annotated[str, Field(pattern=r"^[a-f]$")]
Version = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$")]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0)]
PositiveSeconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
ServiceName = Annotated[str, Field(description="One of `services`.")]
GroupName = Annotated[str, Field(description="One of `node_groups`.")]
Which = Literal["oldest", "newest", "old", "new"]
