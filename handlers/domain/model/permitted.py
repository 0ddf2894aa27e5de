"""What the stack's settings let a rollout pass, use and write, by name.

IAM decides it all once more. But what AWS has no dry run for is compared with these names before anything changes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Self

ANYTHING = ("*",)


@dataclass(frozen=True)
class Permitted:
    """Names by the keys of the settings' `[permissions]`, `*` in them as in IAM; roles have their path before them."""

    instance_roles: tuple[str, ...] = ANYTHING
    task_roles: tuple[str, ...] = ANYTHING
    hook_roles: tuple[str, ...] = ANYTHING
    launch_templates: tuple[str, ...] = ANYTHING
    parameters: tuple[str, ...] = ANYTHING

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what the stack says; an empty object permits anything."""
        said: dict[str, Any] = json.loads(text)
        return cls(**{key: tuple(names) for key, names in said.items()})

    def missing(self, key: str, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that are not permitted, each once."""
        permitted = [name.removeprefix("/") for name in getattr(self, key)]
        return tuple(
            dict.fromkeys(
                name for name in names if not any(fnmatchcase(name.removeprefix("/"), each) for each in permitted)
            )
        )

    def line(self, key: str, name: str) -> str:
        """The line of the settings that permits that name, too."""
        names = ", ".join(json.dumps(each) for each in (*getattr(self, key), name))
        return f"[permissions] {key} = [{names}]"


def role_name(arn: str) -> str:
    """A role's name with its path, of its ARN or of the name alone."""
    return arn.rpartition(":role/")[2]
