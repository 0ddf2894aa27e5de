"""A node group as it was before the first change."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class TemplateInUse:
    """The launch template version that the node group launches from: as the group says it, and as a number."""

    template_id: str
    specified: str  # "7", "$Latest" or "$Default": what goes back into the group
    number: int
    mixed: bool  # it stands in a mixed instances policy
    return_version: int  # the version that brings the group's own AMI back


@dataclass(frozen=True)
class ProviderSettings:
    """What a capacity provider does to its group, to be switched off and restored."""

    name: str
    managed_scaling: dict[str, Any]
    managed_termination_protection: str

    @property
    def scales(self) -> bool:
        """Managed scaling is on."""
        return self.managed_scaling.get("status") == "ENABLED"


@dataclass(frozen=True)
class GroupRecord:
    """One node group as it was before the first change; `exists` is False for one that the rollout makes."""

    name: str
    template: TemplateInUse
    desired: int
    minimum: int
    maximum: int
    suspended: tuple[str, ...]
    provider: ProviderSettings | None
    exists: bool = True

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        provider = data["provider"]
        return cls(
            **{
                **data,
                "template": TemplateInUse(**data["template"]),
                "suspended": tuple(data["suspended"]),
                "provider": ProviderSettings(**provider) if provider else None,
            }
        )
