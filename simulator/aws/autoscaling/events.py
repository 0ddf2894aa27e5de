"""What happens in Auto Scaling, as data for the bus."""

from dataclasses import dataclass

from simulator.kernel.simulated_instance import SimulatedInstance


@dataclass(frozen=True)
class GroupCreated:
    """A group exists from now on."""

    group: str
    min_size: int
    max_size: int
    desired: int


@dataclass(frozen=True)
class GroupUpdated:
    """Settings changed; `changed` names the API's members that the request carried."""

    group: str
    changed: tuple[str, ...]
    min_size: int
    max_size: int
    desired: int


@dataclass(frozen=True)
class GroupDeleted:
    """The group is gone."""

    group: str


@dataclass(frozen=True)
class DesiredCapacityChanged:
    """The group wants another number of instances; `cause` says why."""

    group: str
    before: int
    after: int
    cause: str


@dataclass(frozen=True)
class ScalingActivityStarted:
    """The group began to launch or to terminate one instance."""

    group: str
    activity_id: str
    description: str


@dataclass(frozen=True)
class ScalingActivityEnded:
    """That ended; `status` is the API's StatusCode: Successful, Failed or Cancelled."""

    group: str
    activity_id: str
    status: str
    message: str


@dataclass(frozen=True)
class InstanceInService:
    """The group counts the instance as serving."""

    group: str
    host: SimulatedInstance


@dataclass(frozen=True)
class ProcessesSuspended:
    """These processes stand still from now on."""

    group: str
    processes: tuple[str, ...]


@dataclass(frozen=True)
class ProcessesResumed:
    """These processes run again."""

    group: str
    processes: tuple[str, ...]


@dataclass(frozen=True)
class ProtectionChanged:
    """Scale-in protection of these instances was set or lifted."""

    group: str
    instance_ids: tuple[str, ...]
    protected: bool


@dataclass(frozen=True)
class LifecycleActionStarted:
    """An instance waits for the hook's action to be completed."""

    group: str
    instance_id: str
    hook: str
    transition: str
    token: str


@dataclass(frozen=True)
class LifecycleActionEnded:
    """The hook's action was completed or its time ran out; `result` is CONTINUE or ABANDON."""

    group: str
    instance_id: str
    hook: str
    result: str
