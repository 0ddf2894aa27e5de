"""The kinds of faults that others are behind, in snake case, and their parameters."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from simulator.scenario.part import Part
from simulator.scenario.values import AmiId, Count, GroupName, Omittable, Positive, Seconds, ServiceName, Text, Which


@dataclass(frozen=True)
class SetAlarm(Part):
    """An alarm changes its state."""

    name: str
    """One of `alarms`."""
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    """Its new state."""


@dataclass(frozen=True)
class DeregisterAmi(Part):
    """Somebody deregisters an AMI: launches from it fail from then on."""

    image_id: AmiId
    """One of `amis`."""


@dataclass(frozen=True)
class ScaleService(Part):
    """Somebody, or an autoscaler, changes a service's desired count."""

    service: ServiceName
    count: Count
    """The new desired count."""


@dataclass(frozen=True)
class DeployService(Part):
    """Somebody deploys a service anew."""

    service: ServiceName


@dataclass(frozen=True)
class SetParameter(Part):
    """Somebody gives an SSM parameter another value."""

    name: Text
    """Its name."""
    value: Text
    """Its new value."""


@dataclass(frozen=True)
class UpdateService(Part):
    """Somebody edits a service: a deployment, or a change of its settings. What ECS refuses changes nothing."""

    service: ServiceName
    changes: dict[str, Any]
    """As UpdateService takes them: `{"desiredCount": 4}`, `{"placementConstraints": []}`, …"""


@dataclass(frozen=True)
class SetDesired(Part):
    """Somebody, or a scaling policy, sets a group's desired capacity. Beyond its MinSize or MaxSize nothing changes."""

    exactly_one: ClassVar = ("desired", "by")

    auto_scaling_group: GroupName
    desired: Omittable[Count] = None
    """The new desired capacity."""
    by: Omittable[int] = None
    """Instead: by how many more, or fewer."""


@dataclass(frozen=True)
class DrainInstance(Part):
    """Somebody else sets an instance DRAINING."""

    which: Which
    """As for `interrupt_instance`."""
    auto_scaling_group: Omittable[str] = None
    """Of this group. Default: the first one."""


@dataclass(frozen=True)
class StopExecution(Part):
    """Somebody stops the rollout's execution: no Catch runs."""

    recover: bool = True
    """Whether the rule works that recovers what an execution left behind."""
    start_again_after: Omittable[Seconds] = None
    """So many seconds later the rollout is started anew, with the same input."""
    redrive_after: Omittable[Seconds] = None
    """So many seconds later somebody redrives the execution. Not in `rollout simulate`: its interpreter cannot."""


@dataclass(frozen=True)
class ProtectTasks(Part):
    """An application protects tasks of its service from scale-in."""

    service: ServiceName
    count: Positive = 1
    """How many."""
    minutes: Positive = 30
    """For how long."""


@dataclass(frozen=True)
class RunTask(Part):
    """Somebody runs a standalone task."""

    seconds: Seconds = 600.0
    """When it ends by itself."""


@dataclass(frozen=True)
class EditTemplate(Part):
    """Somebody makes another version of a group's launch template, and makes it the default."""

    auto_scaling_group: GroupName


@dataclass(frozen=True)
class EditGroup(Part):
    """Somebody changes a group's bounds."""

    auto_scaling_group: GroupName
    min: Omittable[Count] = None
    """MinSize."""
    max: Omittable[Count] = None
    """MaxSize."""


@dataclass(frozen=True)
class StartAgain(Part):
    """The rollout is triggered again while it runs, under another name."""

    seconds: Seconds = 0.0
    """How much later."""


INTERVENTIONS: tuple[type[Part], ...] = (
    SetAlarm, DeregisterAmi, ScaleService, DeployService, SetParameter, UpdateService, SetDesired, DrainInstance,
    StopExecution, ProtectTasks, RunTask, EditTemplate, EditGroup, StartAgain,
)  # fmt: skip
