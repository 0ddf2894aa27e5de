"""News: what people and machines are told of a rollout as it goes, with a link to its graph.

Each piece is told at least once, and rarely twice; one that cannot be sent stops nothing.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.doorway import logger
from handlers.turn import Turn

STARTED, BAKING, ROLLING_BACK = "Rollout started", "Baking", "Rolling back"
PROMOTED = "Promoted"
FINISHED, NEEDS_A_HUMAN = "Rollout finished", "Needs a human"


def tell(turn: Turn, event: dict[str, Any], kind: str, text: str, *, of: str = "") -> Turn:
    """Tell it, unless it was told before; `of` distinguishes news of one kind. The turn that remembers it."""
    key = f"{kind} {of}".strip()
    if key in turn.progress.told:
        return turn
    plan, execution = turn.plan, str(event["execution_id"])
    detail = {
        "rollout": plan.rollout_id,
        "cluster": plan.cluster,
        "group": plan.group,
        "ami": plan.target_ami,
        "text": text,
        "execution": execution,
        "link": graph_of(execution),
    }
    try:
        turn.world.messages.tell(f"{kind}: {plan.group}", f"{text}\n\n{graph_of(execution)}", kind, detail)
    except (ClientError, BotoCoreError):
        logger.exception("not told")
        return turn
    return turn.remember(told=(*turn.progress.told, key))


def graph_of(execution_arn: str) -> str:
    """Where the console shows the execution."""
    region = execution_arn.split(":")[3]
    return f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{execution_arn}"
