"""A wish: what somebody wants of a rollout that runs. A flag in the table, which the next assessment obeys.

abort     turn around now
stop      finish what has begun, launch and drain nothing more, and leave the fleet as it stands then
pause     begin nothing, until somebody wants it to go on; alarms are watched
resume    go on
"""

from dataclasses import dataclass

ABORT, STOP, PAUSE, RESUME = "abort", "stop", "pause", "resume"
WISHES = (ABORT, STOP, PAUSE, RESUME)
PAUSED_AT_MOST_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Wish:
    """What somebody wants of which rollout, and since when (epoch seconds)."""

    rollout_id: str
    wish: str
    by: str
    at: float
    execution: str = ""
