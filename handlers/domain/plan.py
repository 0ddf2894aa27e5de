"""The plan of a rollout: what it was asked, what it recorded before the first change, what it will respect."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Timeouts:
    """Seconds without progress after which each kind of wait fails; `rollout_seconds` is for the whole."""

    register_seconds: int = 900
    stable_seconds: int = 1800
    drain_seconds: int = 3600
    standalone_seconds: int = 900
    scale_in_seconds: int = 4500
    rollout_seconds: int = 0  # 0: the plan works it out from the fleet's size


@dataclass(frozen=True)
class TemplateInUse:
    """The launch template version that the node group launches from: as the group says it, and as a number."""

    template_id: str
    specified: str  # "7", "$Latest" or "$Default": what goes back into the group
    number: int
    mixed: bool  # it stands in a mixed instances policy


@dataclass(frozen=True)
class ProviderSettings:
    """What a capacity provider does to its group, to be switched off and given back."""

    name: str
    managed_scaling: dict[str, Any]
    managed_termination_protection: str

    @property
    def scales(self) -> bool:
        """Managed scaling is on."""
        return self.managed_scaling.get("status") == "ENABLED"


@dataclass(frozen=True)
class Recorded:
    """Everything that the rollout may change, as it was before the first change."""

    template: TemplateInUse
    return_version: int
    desired: int
    minimum: int
    maximum: int
    suspended: tuple[str, ...]
    provider: ProviderSettings | None
    rebalancing_services: tuple[str, ...]
    deployments: dict[str, str]  # service -> id of its one deployment

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
                "rebalancing_services": tuple(data["rebalancing_services"]),
            }
        )


@dataclass(frozen=True)
class Plan:
    """What one rollout does. Counts are resolved: no percentages are left.

    `size` is the group's desired capacity before, `ready` how many of its instances counted as capacity.
    """

    rollout_id: str
    cluster: str
    group: str
    target_ami: str
    original_ami: str
    started_at: float
    size: int
    ready: int
    surge: int
    max_unavailable: int
    bake_seconds: int
    alarms: tuple[str, ...]
    standalone_tasks: str
    protected_instances: str
    timeouts: Timeouts
    poll_seconds: int
    recorded: Recorded
    findings: tuple[str, ...] = field(default=())

    @property
    def floor(self) -> int:
        """Instances that must count as capacity at every moment."""
        return self.ready - self.max_unavailable

    @property
    def ceiling(self) -> int:
        """Instances that may be alive at any moment."""
        return self.size + self.surge

    def to_json(self) -> dict[str, Any]:
        """The JSON object for the table."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        return cls(
            **{
                **data,
                "alarms": tuple(data["alarms"]),
                "findings": tuple(data["findings"]),
                "timeouts": Timeouts(**data["timeouts"]),
                "recorded": Recorded.from_json(data["recorded"]),
            }
        )
