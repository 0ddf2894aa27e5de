"""Hand over after deployment: a function met a payload of another version, so another execution goes on.

The stack was deployed in mid-rollout. An execution keeps the definition that it began with; one that is started now has
the new one, whose states pass on what its functions read.
"""

from typing import Any

from botocore.exceptions import ClientError

from handlers.catalogue import HAND_OVER_AFTER_DEPLOYMENT
from handlers.errors import HandedOver, NotHandedOver, PayloadOfAnotherVersion
from handlers.payloads import VERSION, execution_name
from handlers.runtime.clients import AwsClients
from handlers.runtime.roll_back import caught
from handlers.runtime.rollout_context import load_rollout
from handlers.runtime.succession import hand_over, successor_of
from handlers.runtime.task_handler import task_handler


@task_handler(HAND_OVER_AFTER_DEPLOYMENT)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """What the execution ends with.

    Raises NotHandedOver where AWS starts no successor, PayloadOfAnotherVersion where a successor met it again before
    anything moved, or the rollout was at its end.
    """
    context = load_rollout(event["rollout"]["rollout_id"], event, clients)  # whatever version its payload has
    progress = context.progress
    if context.acts and (progress.succession.for_version or progress.report is not None):
        raise PayloadOfAnotherVersion(f"{caught(event['state'])['cause']} A new execution met it, too.")
    try:
        hand_over(context, event["execution_id"], VERSION)
    except ClientError as error:
        raise NotHandedOver(
            f"The functions were deployed in mid-rollout, so execution {context.holder} cannot go on, and AWS did not "
            f"start another one that would ({error}). Where states:StartExecution is denied, permit it. Then start the "
            "machine with the rollout's input: it goes on from here."
        ) from error
    successor = successor_of(context.plan.rollout_id, event, clients)
    cause = f"Execution {execution_name(successor)} goes on with rollout {context.plan.rollout_id}."
    return {"successor": successor, "error": HandedOver.__name__, "cause": cause}
