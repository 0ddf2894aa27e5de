"""The plan of a rollout: what it was asked, what it recorded before the first change, what it will respect."""

from dataclasses import dataclass, field
from typing import Any, Self

from handlers.domain.model.findings import Finding
from handlers.domain.model.group_record import GroupRecord
from handlers.domain.model.maintenance import Maintenance
from handlers.domain.model.placement import Move, Share
from handlers.domain.model.stage import Stage
from handlers.domain.model.topology import Sizes, Topology, read_topology
from handlers.payloads import Direction

HAND_OVER_AT = 18_000  # history events: Step Functions keeps 25,000, and what has begun goes on to its end


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
class Recorded:
    """What of cluster and services the rollout may change, as it was before the first change."""

    rebalancing_services: tuple[str, ...]
    providers: tuple[str, ...] = ()  # those of the cluster
    default_strategy: tuple[Share, ...] = ()
    task_definitions: dict[str, str] = field(default_factory=dict)  # by service, what it ran
    deployments: dict[str, str] = field(default_factory=dict)  # by service, the id of the deployment that it had

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        return cls(
            **{
                **data,
                "rebalancing_services": tuple(data["rebalancing_services"]),
                "providers": tuple(data["providers"]),
                "default_strategy": tuple(Share(**each) for each in data["default_strategy"]),
            }
        )


@dataclass(frozen=True)
class ApprovalPolicy:
    """How long a promotion is waited for, and what is done where nobody answers or an alarm has no data."""

    promotion_seconds: int = 86_400
    promotion_on_timeout: str = "roll_back"  # roll_back | promote
    inconclusive: str = "pause"  # pause | continue | roll_back


@dataclass(frozen=True)
class AtStart:
    """The fleet when the plan was made.

    `old` is how many instances had to go, `ready` how many counted as capacity, `spread` the difference between the
    group's fullest and emptiest zone.
    """

    old: int
    ready: int
    spread: int


@dataclass(frozen=True)
class Route:
    """The stages in either direction, how services move, and how they are kept off the AMI where their tasks fail."""

    stages: tuple[Stage, ...]
    rollback_stages: tuple[Stage, ...]
    moves: tuple[Move, ...] = ()
    rescues: tuple[Move, ...] = ()

    @property
    def all_moves(self) -> tuple[Move, ...]:
        """How services move, and how they are kept off the new AMI where their tasks fail there."""
        return self.moves + self.rescues

    def stages_in(self, direction: Direction) -> tuple[Stage, ...]:
        """The stages in that direction."""
        return self.stages if direction is Direction.FORWARD else self.rollback_stages

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        return cls(
            tuple(Stage(**stage) for stage in data["stages"]),
            tuple(Stage(**stage) for stage in data["rollback_stages"]),
            tuple(Move.from_json(move) for move in data["moves"]),
            tuple(Move.from_json(rescue) for rescue in data["rescues"]),
        )


@dataclass(frozen=True)
class Policies:
    """What the input asked to be respected; `poll_seconds` is how often AWS is read while nothing else says so.

    An execution hands over to another one when its history has `hand_over_at` events.
    """

    alarms: tuple[str, ...] = ()
    standalone_tasks: str = "wait"
    protected_instances: str = "refuse"
    timeouts: Timeouts = Timeouts()
    approval: ApprovalPolicy = ApprovalPolicy()
    maintenance: Maintenance = Maintenance()
    min_healthy_seconds: int = 60
    poll_seconds: int = 30
    hand_over_at: int = HAND_OVER_AT

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        return cls(
            **{
                **data,
                "alarms": tuple(data["alarms"]),
                "timeouts": Timeouts(**data["timeouts"]),
                "approval": ApprovalPolicy(**data["approval"]),
                "maintenance": Maintenance.from_json(data["maintenance"]),
            }
        )


@dataclass(frozen=True)
class Summary:
    """What the report says of the plan. `software` are the versions of agent and Docker before the rollout."""

    findings: tuple[Finding, ...] = ()
    expected_seconds: int = 0
    software: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        return cls(**{**data, "findings": tuple(Finding(**finding) for finding in data["findings"])})


@dataclass(frozen=True)
class Plan:
    """What one rollout does. Counts are resolved: no percentages are left.

    `left_alone` are services that the rollout does not touch, `cordon` the name of the attribute that keeps tasks off
    old instances, `publish_to` the SSM parameter that gets the AMI after success.
    """

    rollout_id: str
    cluster: str
    topology: Topology
    target_ami: str
    original_ami: str
    started_at: float
    at_start: AtStart
    sizes: Sizes
    route: Route
    policies: Policies
    recorded: Recorded
    summary: Summary = Summary()
    left_alone: tuple[str, ...] = ()
    cordon: str | None = None
    publish_to: str | None = None

    @property
    def group(self) -> str:
        """The old node group's name."""
        return self.topology.old.name

    @property
    def floor(self) -> int:
        """Instances that must count as capacity at every moment."""
        return self.topology.floor(self.at_start.ready, self.sizes)

    @property
    def ceiling(self) -> int:
        """Instances that may be alive at any moment, of the group that grows."""
        return self.sizes.ceiling

    @property
    def groups(self) -> tuple[str, ...]:
        """The node groups that the rollout holds."""
        return tuple(record.name for record in self.topology.records)

    def growing(self, direction: Direction) -> GroupRecord:
        """The group that instances are launched in, in that direction."""
        return self.topology.growing(direction)

    def launches(self, direction: Direction) -> str:
        """The AMI of the instances that are launched in that direction."""
        return self.target_ami if direction is Direction.FORWARD else self.original_ami

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        parts = {
            "topology": read_topology(data["topology"]),
            "at_start": AtStart(**data["at_start"]),
            "sizes": Sizes(**data["sizes"]),
            "route": Route.from_json(data["route"]),
            "policies": Policies.from_json(data["policies"]),
            "recorded": Recorded.from_json(data["recorded"]),
            "summary": Summary.from_json(data["summary"]),
            "left_alone": tuple(data["left_alone"]),
        }
        return cls(**{**data, **parts})
