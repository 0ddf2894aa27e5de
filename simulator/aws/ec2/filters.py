"""EC2's filters: a list of `{"Name", "Values"}`, all of which must hold, each by any of its values."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from simulator.aws.ec2.errors import invalid_value

T = TypeVar("T")
Reader = Callable[[T], str | None]


def matching(
    items: Iterable[T],
    filters: list[dict[str, Any]],
    readers: Mapping[str, Reader[T]],
    tags_of: Callable[[T], Mapping[str, str]],
) -> list[T]:
    """The items that pass all filters; `*` and `?` are wildcards, as in EC2.

    Raises InvalidParameterValue for a filter that is neither in `readers` nor about tags.
    """
    tests = [_test(item["Name"], item.get("Values", []), readers, tags_of) for item in filters]
    return [item for item in items if all(test(item) for test in tests)]


def _test(
    name: str, values: list[str], readers: Mapping[str, Reader[T]], tags_of: Callable[[T], Mapping[str, str]]
) -> Callable[[T], bool]:
    if name == "tag-key":
        return lambda item: any(_among(key, values) for key in tags_of(item))
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda item: _among(tags_of(item).get(key), values)
    if name not in readers:
        raise invalid_value(f"The filter '{name}' is invalid")
    read = readers[name]
    return lambda item: _among(read(item), values)


def _among(found: str | None, values: list[str]) -> bool:
    return found is not None and any(found == value or fnmatchcase(found, value) for value in values)
