"""The plan of a rollout: what it was asked, what it recorded before the first change, what it will respect."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from handlers.domain.model.findings import Finding
from handlers.domain.model.maintenance import Maintenance
from handlers.domain.model.placement import Move, Share
from handlers.domain.model.stage import Stage
from handlers.payloads import Direction


@dataclass(frozen=True)
class Timeouts:
    """Seconds without progress after which each kind of wait fails; `rollout_seconds` is for the whole."""

    launch_seconds: int = 2700
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
    return_version: int  # the version that brings the group's own AMI back


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


@dataclass(frozen=True)
class Recorded:
    """Everything that the rollout may change, as it was before the first change. `target` is the second group."""

    source: GroupRecord
    target: GroupRecord | None
    rebalancing_services: tuple[str, ...]
    providers: tuple[str, ...] = ()  # those of the cluster
    default_strategy: tuple[Share, ...] = ()
    task_definitions: dict[str, str] = field(default_factory=dict)  # by service, what it ran

    @property
    def groups(self) -> tuple[GroupRecord, ...]:
        """The old group, and the second one where there is one."""
        return (self.source, self.target) if self.target else (self.source,)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        return cls(
            **{
                **data,
                "source": GroupRecord.from_json(data["source"]),
                "target": GroupRecord.from_json(data["target"]) if data["target"] else None,
                "rebalancing_services": tuple(data["rebalancing_services"]),
                "providers": tuple(data["providers"]),
                "default_strategy": tuple(Share(**one) for one in data["default_strategy"]),
            }
        )


@dataclass(frozen=True)
class Copy:
    """A second group that the rollout makes, like the first but for these."""

    instance_types: tuple[str, ...]  # empty: as the first group's
    maximum: int


@dataclass(frozen=True)
class ApprovalPolicy:
    """How long a promotion is waited for, and what is done where nobody answers or an alarm has no data."""

    promotion_seconds: int = 86_400
    promotion_on_timeout: str = "roll_back"  # roll_back | promote
    inconclusive: str = "pause"  # pause | continue | roll_back


@dataclass(frozen=True)
class Plan:
    """What one rollout does. Counts are resolved: no percentages are left.

    `size` is how many instances there are to be in the end, `old` how many had to go at the start, `ready` how many
    counted as capacity. `spread` is the difference between the group's fullest and emptiest zone at the start.
    """

    rollout_id: str
    strategy: str
    cluster: str
    group: str
    target_ami: str
    original_ami: str
    started_at: float
    size: int
    old: int
    ready: int
    spread: int
    surge: int
    max_unavailable: int
    stages: tuple[Stage, ...]
    rollback_stages: tuple[Stage, ...]
    moves: tuple[Move, ...]
    alarms: tuple[str, ...]
    standalone_tasks: str
    protected_instances: str
    timeouts: Timeouts
    approval_policy: ApprovalPolicy
    poll_seconds: int
    recorded: Recorded
    target_group: str | None = None
    copy: Copy | None = None
    managed: bool = False  # capacity comes from managed scaling
    after: str = "keep_empty"  # what becomes of an old group that is empty
    left_alone: tuple[str, ...] = ()
    cordon: str | None = None
    min_healthy_seconds: int = 60
    expected_seconds: int = 0
    rescues: tuple[Move, ...] = ()
    findings: tuple[Finding, ...] = ()
    maintenance: Maintenance = Maintenance()
    publish_to: str | None = None
    software: dict[str, str] = field(default_factory=dict)  # versions of agent and Docker before

    @property
    def all_moves(self) -> tuple[Move, ...]:
        """How services move, and how they are kept off the new AMI where their tasks fail there."""
        return self.moves + self.rescues

    @property
    def floor(self) -> int:
        """Instances that must count as capacity at every moment; with two groups the tasks decide, not a number."""
        return 0 if self.target_group else self.ready - self.max_unavailable

    @property
    def ceiling(self) -> int:
        """Instances that may be alive at any moment, of the group that grows."""
        return self.size + self.surge

    @property
    def groups(self) -> tuple[str, ...]:
        """The node groups that the rollout holds."""
        return (self.group, self.target_group) if self.target_group else (self.group,)

    def growing(self, direction: Direction) -> GroupRecord:
        """The group that instances are launched in, in that direction."""
        forward = direction is Direction.FORWARD
        return (self.recorded.target or self.recorded.source) if forward else self.recorded.source

    def launches(self, direction: Direction) -> str:
        """The AMI of the instances that are launched in that direction."""
        return self.target_ami if direction is Direction.FORWARD else self.original_ami

    def stages_in(self, direction: Direction) -> tuple[Stage, ...]:
        """The stages in that direction."""
        return self.stages if direction is Direction.FORWARD else self.rollback_stages

    def to_json(self) -> dict[str, Any]:
        """The JSON object for the table."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        copy = data["copy"]
        return cls(
            **{
                **data,
                **{name: tuple(data[name]) for name in ("alarms", "left_alone")},
                "findings": tuple(Finding(**one) for one in data["findings"]),
                "stages": tuple(Stage(**one) for one in data["stages"]),
                "rollback_stages": tuple(Stage(**one) for one in data["rollback_stages"]),
                "moves": tuple(Move.from_json(one) for one in data["moves"]),
                "rescues": tuple(Move.from_json(one) for one in data["rescues"]),
                "timeouts": Timeouts(**data["timeouts"]),
                "approval_policy": ApprovalPolicy(**data["approval_policy"]),
                "recorded": Recorded.from_json(data["recorded"]),
                "maintenance": Maintenance.from_json(data["maintenance"]),
                "copy": Copy(tuple(copy["instance_types"]), copy["maximum"]) if copy else None,
            }
        )
