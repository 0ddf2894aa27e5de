"""An operator's command to a rollout that runs: a flag in the table, which the next assessment obeys.

abort     turn around now
stop      finish what has begun, launch and drain nothing more, and leave the fleet as it stands then
pause     begin nothing, until an operator wants it to go on; alarms are watched
resume    go on
"""

from dataclasses import dataclass

ABORT, STOP, PAUSE, RESUME = "abort", "stop", "pause", "resume"
OPERATOR_COMMANDS = (ABORT, STOP, PAUSE, RESUME)
PAUSED_AT_MOST_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class OperatorCommand:
    """`action` is one of the words above; of which rollout, by whom, since when (epoch seconds), by which execution."""

    rollout_id: str
    action: str
    by: str
    at: float
    execution: str = ""
