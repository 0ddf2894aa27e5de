"""Scaling activities: their beginning, their end, and the sentences that AWS writes about them."""

import json
from datetime import datetime

from simulator.aws.autoscaling.events import ScalingActivityEnded, ScalingActivityStarted
from simulator.aws.autoscaling.state import Activity, Group
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams


class Activities:
    """Writes each group's activities, on the group and on the bus."""

    def __init__(self, clock: Clock, random_streams: RandomStreams, bus: Bus) -> None:
        self._clock = clock
        self._random_streams = random_streams
        self._bus = bus

    def start(self, group: Group, description: str, cause: str, zone: str = "") -> Activity:
        """A new activity, InProgress."""
        activity = Activity(
            activity_id=token(self._random_streams, "activity"),
            group=group.name,
            description=description,
            cause=cause,
            started=self._clock.today(),
            details=json.dumps({"Subnet ID": group.subnets.get(zone, ""), "Availability Zone": zone}),
        )
        group.activities.append(activity)
        self._bus.emit(ScalingActivityStarted(group.name, activity.activity_id, description))
        return activity

    def end(self, group: Group, activity: Activity, status: str = "Successful", message: str = "") -> None:
        """The activity ends, once: `status` is Successful, Failed or Cancelled."""
        if activity.ended is not None:
            return
        activity.status, activity.message = status, message
        activity.progress, activity.ended = 100, self._clock.today()
        if message:
            activity.description += f".  Status Reason: {message}"
        group.last_activity_ended = self._clock.now
        self._bus.emit(ScalingActivityEnded(group.name, activity.activity_id, status, message))

    def stamp(self) -> str:
        """Now, as causes write it."""
        return _stamp(self._clock.today())


def token(random_streams: RandomStreams, name: str) -> str:
    """An identifier in the form of a UUID, from the seed."""
    digits = random_streams.hex(name, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
