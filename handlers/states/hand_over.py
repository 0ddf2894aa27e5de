"""Hand over: another execution goes on with the rollout, because the history of this one is nearly full.

Where AWS does not start one, this one goes on for as long as its history has room, and asks again now and then.
"""

from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from handlers.catalogue import HAND_OVER
from handlers.domain.decision.succession import EVENTS_AT_LAST
from handlers.errors import NotHandedOver
from handlers.payloads import HISTORY
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load
from handlers.runtime.succession import hand_over, successor_of
from handlers.runtime.task_handler import logger, task_handler


@task_handler(HAND_OVER)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """The ARN of the execution that goes on, if another one does; the next assessment finds it so.

    Raises NotHandedOver where it had to be handed over.
    """
    context = load(event, clients)
    try:
        hand_over(context, event["execution_id"], HISTORY)
    except ClientError as error:
        _go_on(context, error)
        return {"successor": None}
    return {"successor": successor_of(event["rollout"]["rollout_id"], event, clients)}


def _go_on(context: RolloutContext, error: ClientError) -> None:
    """Remember that it was refused."""
    succession = context.progress.succession
    if succession.events >= EVENTS_AT_LAST:
        raise NotHandedOver(
            f"The history of execution {context.holder} has {succession.events} events of the 25,000 that Step "
            f"Functions keeps, and AWS did not start another execution that goes on ({error}). Where "
            "states:StartExecution is denied, permit it. Then start the machine with the rollout's input: it goes on "
            "from here."
        ) from error
    logger.warning("no successor was started", extra={"error": str(error)})
    context.save_progress(succession=replace(succession, successor="", refused_at=context.clients.now()))
