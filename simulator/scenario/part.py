"""What every part of a scenario is made of: a dataclass that pydantic fills from JSON.

Values are checked where a file is read (`load.py`); parts that code makes are taken as they are. The text below a key
is its description, in the published schema and in the documentation.
"""

from typing import Any, ClassVar

from pydantic import ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Part:
    """An object in a scenario file. Raises ValueError for keys that exclude or need each other."""

    __pydantic_config__: ClassVar = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)
    exactly_one: ClassVar[tuple[str, ...]] = ()
    at_least_one: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Hold the keys against each other."""
        if self.exactly_one and sum(getattr(self, key) is not None for key in self.exactly_one) != 1:
            raise ValueError(f"exactly one of {_listed(self.exactly_one)} is needed")
        if self.at_least_one and all(getattr(self, key) is None for key in self.at_least_one):
            raise ValueError(f"one of {_listed(self.at_least_one)} is missing")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say the same in the published schema."""
        reference = handler(core)
        for rule, keys in (("oneOf", cls.exactly_one), ("anyOf", cls.at_least_one)):
            if keys:
                handler.resolve_ref_schema(reference)[rule] = [{"required": [key]} for key in keys]
        return reference


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(f"'{key}'" for key in keys)
