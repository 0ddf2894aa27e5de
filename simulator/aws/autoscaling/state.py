"""Auto Scaling's state: groups, their members, their activities."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args

from simulator.aws.autoscaling.hook_state import Hook, HookWait
from simulator.kernel.clock import Due
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.scenario.machines import Process

PROCESSES: tuple[str, ...] = get_args(Process)
"""botocore (SuspendProcesses, ScalingProcesses)."""


class LifecycleState(StrEnum):
    """Auto Scaling's lifecycle states, as botocore's LifecycleState lists them."""

    PENDING = "Pending"
    PENDING_WAIT = "Pending:Wait"
    PENDING_PROCEED = "Pending:Proceed"
    IN_SERVICE = "InService"
    TERMINATING = "Terminating"
    TERMINATING_WAIT = "Terminating:Wait"
    TERMINATING_PROCEED = "Terminating:Proceed"
    STANDBY = "Standby"


PENDING = frozenset({LifecycleState.PENDING, LifecycleState.PENDING_WAIT, LifecycleState.PENDING_PROCEED})
COUNTED = PENDING | {LifecycleState.IN_SERVICE}
"""States that count towards desired capacity. Standby and leaving instances do not."""


class RequestedBy(StrEnum):
    """Who last gave a group its desired capacity."""

    USER = "user"
    MANAGED_SCALING = "managed scaling"


@dataclass
class Activity:
    """One scaling activity, changed until it ends."""

    activity_id: str
    group: str
    description: str
    cause: str
    started: datetime
    details: str
    status: str = "InProgress"
    message: str = ""
    progress: int = 0
    ended: datetime | None = None
    requested_by: RequestedBy = RequestedBy.USER


@dataclass
class Member:
    """An instance in its group, with what it was launched from: those facts never change afterwards."""

    instance: SimulatedInstance
    activity: Activity
    template: dict[str, str] | None = None  # LaunchTemplateSpecification, its Version the number as launched
    launch_configuration: str | None = None
    image_override: str | None = None
    weight: int = 1
    weighted: bool = False
    protected: bool = False
    healthy: bool = True
    balancing: bool = False  # launched above desired by AZRebalance, until it is InService
    lifecycle: LifecycleState = LifecycleState.PENDING
    waits: dict[str, HookWait] = field(default_factory=dict)

    @property
    def counted(self) -> bool:
        """Whether it counts towards desired capacity now."""
        return self.lifecycle in COUNTED and not (self.balancing and self.lifecycle in PENDING)


@dataclass
class Tag:
    """A tag of a group."""

    value: str
    propagate: bool


@dataclass
class Group:
    """An Auto Scaling group. `settings` holds the members that are kept and shown and that nothing here acts on."""

    name: str
    arn: str
    created: datetime
    min_size: int
    max_size: int
    desired: int
    subnets: dict[str, str]  # availability zone -> subnet id ("" where the group names zones only)
    template: dict[str, str] | None = None
    mixed: dict[str, Any] | None = None
    launch_configuration: str | None = None
    policies: list[str] = field(default_factory=lambda: ["Default"])
    protect_new: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=dict)  # process -> reason
    hooks: dict[str, Hook] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)  # oldest first
    refreshes: list[dict[str, Any]] = field(default_factory=list)  # as DescribeInstanceRefreshes shows them
    scaling_policies: dict[str, dict[str, Any]] = field(default_factory=dict)  # by name, as DescribePolicies shows them
    scheduled_actions: list[dict[str, Any]] = field(default_factory=list)  # the same of DescribeScheduledActions
    notifications: list[dict[str, Any]] = field(default_factory=list)  # of DescribeNotificationConfigurations
    warm_pool: dict[str, Any] = field(default_factory=dict)  # its configuration; it holds no instances
    enabled_metrics: list[dict[str, Any]] = field(default_factory=list)
    cause: str = ""  # why the group last got another size, as the activities that follow will say
    requested_by: RequestedBy = RequestedBy.USER  # who that was
    deleting: bool = False
    failed_in_a_row: int = 0
    not_before: float = -math.inf  # after failed launches: no other attempt before this moment
    last_activity_ended: float | None = None
    told_all_protected: bool = False
    next_reconcile: Due | None = None

    def runs(self, process: str) -> bool:
        """Whether the process is not suspended."""
        return process not in self.suspended

    def capacity(self) -> int:
        """Units that count towards desired capacity now."""
        return sum(member.weight for member in self.members.values() if member.counted)

    def by_zone(self) -> dict[str, int]:
        """Instances that count, per availability zone of the group, zones without any included."""
        count = dict.fromkeys(self.subnets, 0)
        for member in self.members.values():
            if member.lifecycle in COUNTED:
                zone = member.instance.availability_zone
                count[zone] = count.get(zone, 0) + 1
        return count
