"""What turns a rollout back, and whether there is anything to return to."""

import json
from contextlib import suppress
from typing import Any

from handlers.domain.model.progress import Progress
from handlers.runtime.rollout_context import RolloutContext


def past_return(context: RolloutContext) -> bool:
    """Whether the old group is deleted, as it was asked to be: from there the only way is forward."""
    return context.plan.topology.retires_old and context.clients.autoscaling.group(context.plan.group) is None


def read_failure(state: dict[str, Any], progress: Progress) -> dict[str, str]:
    """Error and cause of what was caught; Lambda's cause is a JSON text with the message in it.

    The step is the one that was decided last: what a box of the graph catches says nothing of where it was.
    """
    caught = state.get("roll_back_failure") or state.get("failure") or {}
    cause = str(caught.get("Cause", ""))
    with suppress(ValueError, KeyError, TypeError):
        cause = str(json.loads(cause)["errorMessage"])
    step = progress.figures.phase or "before the first assessment"
    return {"error": str(caught.get("Error", "Unknown")), "cause": cause, "step": step}
