"""The attributes of the cluster query language: what an expression can ask of a container instance."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.aws.ecs.state import ContainerInstance
from simulator.kernel.clock import EPOCH

Values = tuple[str, ...]
"""What an instance has for an attribute: nothing, one value, or, for `task:group`, several."""

Reader = Callable[[ContainerInstance], Values]

_READERS: dict[str, Reader] = {
    "agentConnected": lambda instance: (str(instance.agent_connected).lower(),),
    "agentVersion": lambda instance: (instance.agent_version,),
    "ec2InstanceId": lambda instance: (instance.ec2_instance.instance_id,),
    "registeredAt": lambda instance: ((EPOCH + timedelta(seconds=instance.registered_at)).isoformat(),),
    "runningTasksCount": lambda instance: (str(instance.running),),
    "task:group": lambda instance: tuple(dict.fromkeys(task.group for task in instance.tasks.values() if task.wanted)),
}


def attribute_reader(name: str) -> Reader | None:
    """How to read the attribute of that name; None when there is no such attribute."""
    if name.startswith("attribute:") and len(name) > len("attribute:"):
        return _attribute(name.removeprefix("attribute:"))
    return _READERS.get(name)


def in_order(left: str, right: str) -> int:
    """-1, 0 or 1: as numbers or versions, else as moments, else as text."""
    for reading in (_version, _moment):
        first, second = reading(left), reading(right)
        if first is not None and second is not None:
            return _sign(first, second)
    return _sign(left, right)


def _attribute(name: str) -> Reader:
    def read(instance: ContainerInstance) -> Values:
        return (instance.attributes[name] or "",) if name in instance.attributes else ()

    return read


def _version(text: str) -> tuple[int, ...] | None:
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)
