"""An EC2 instance as the region sees it, and what happens to it. Auto Scaling makes these, ECS lives on them."""

from dataclasses import dataclass, field
from enum import StrEnum

BY_AUTO_SCALING = "Auto Scaling"
"""The reason of a machine that its group terminates."""


class InstanceState(StrEnum):
    """EC2's own instance states."""

    PENDING = "pending"
    RUNNING = "running"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"


@dataclass
class SimulatedInstance:
    """One machine. `user_data` is what the launch template version said: it decides which cluster the agent joins."""

    instance_id: str
    image_id: str
    instance_type: str
    availability_zone: str
    subnet_id: str
    group: str
    template_id: str
    template_version: int
    user_data: str
    launched_at: float
    spot: bool = False
    vpc_id: str = ""
    state: InstanceState = InstanceState.PENDING
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How the trace names it."""
        return self.instance_id

    @property
    def alive(self) -> bool:
        """Pending or running."""
        return self.state in (InstanceState.PENDING, InstanceState.RUNNING)


@dataclass(frozen=True)
class InstanceLaunched:
    """EC2 accepted the launch; the machine is pending."""

    host: SimulatedInstance
    image_id: str
    availability_zone: str
    group: str


@dataclass(frozen=True)
class InstanceRunning:
    """The operating system is up; the agent may start."""

    host: SimulatedInstance


@dataclass(frozen=True)
class InstanceStopping:
    """EC2 began to shut the machine down: agent and containers go with it, now."""

    host: SimulatedInstance
    reason: str


@dataclass(frozen=True)
class InstanceTerminated:
    """The machine is gone."""

    host: SimulatedInstance
