"""What turns a rollout back, and whether there is anything to return to."""

import json
from contextlib import suppress
from typing import Any

from handlers.domain.model.progress import Progress
from handlers.runtime.rollout_context import RolloutContext


def past_return(context: RolloutContext) -> bool:
    """Whether the old group is being deleted, as it was asked to be: from there the only way is forward.

    First its capacity provider leaves the cluster: then no service can be returned to it.
    """
    plan, clients = context.plan, context.clients
    if not plan.topology.retires_old:
        return False
    provider = plan.topology.old.provider
    associated = provider is not None and provider.name in plan.recorded.providers
    if associated and provider is not None and provider.name not in clients.providers.of_cluster(plan.cluster).names:
        return True
    return clients.autoscaling.group(plan.group) is None


def read_failure(state: dict[str, Any], progress: Progress) -> dict[str, str]:
    """Error and cause of what was caught, and the step that was decided last.

    What a box of the graph catches says nothing of where it was.
    """
    return {**caught(state), "step": progress.figures.phase or "before the first assessment"}


def caught(state: dict[str, Any]) -> dict[str, str]:
    """Error and cause of what was caught; Lambda's cause is a JSON text with the message in it."""
    failure = state.get("roll_back_failure") or state.get("failure") or {}
    cause = str(failure.get("Cause", ""))
    with suppress(ValueError, KeyError, TypeError):
        cause = str(json.loads(cause)["errorMessage"])
    return {"error": str(failure.get("Error", "Unknown")), "cause": cause}
