"""Notifications: what people and machines are told of a rollout as it goes, with a link to its graph.

Each piece is told at least once, and rarely twice. One that cannot be sent stops nothing: it is logged and counted, and
an alarm, which goes to another topic, says that there was one.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from handlers import catalogue
from handlers.aws.messages import Messages
from handlers.errors import PartialFailure
from handlers.runtime.rollout_context import RolloutContext
from handlers.runtime.task_handler import logger, metrics

STARTED, BAKING, ROLLING_BACK = "Rollout started", "Baking", "Rolling back"
PROMOTED = "Promoted"
FINISHED, NEEDS_A_HUMAN = "Rollout finished", catalogue.NEEDS_A_HUMAN.back


def notify(context: RolloutContext, event: dict[str, Any], kind: str, text: str, *, of: str = "") -> RolloutContext:
    """Notify, unless that was done before; `of` distinguishes what is of one kind. The context that remembers it."""
    key = f"{kind} {of}".strip()
    if key in context.progress.notified:
        return context
    plan, execution = context.plan, str(event["execution_id"])
    detail = {
        "rollout": plan.rollout_id,
        "cluster": plan.cluster,
        "group": plan.group,
        "ami": plan.target_ami,
        "text": text,
        "execution": execution,
        "link": graph_of(execution),
    }
    if say(context.clients.messages, f"{kind}: {plan.group}", f"{text}\n\n{graph_of(execution)}", kind, detail):
        return context.save_progress(notified=(*context.progress.notified, key))
    return context


def say(messages: Messages, subject: str, text: str, kind: str, detail: dict[str, Any]) -> bool:
    """Publish the text to people and put the event for machines, whether or not the other works; whether both did."""
    sent = [_sent(partial(messages.publish, subject, text), kind), _sent(partial(messages.put, kind, detail), kind)]
    return all(sent)


def _sent(send: Callable[[], None], kind: str) -> bool:
    try:
        send()
    except (ClientError, BotoCoreError, PartialFailure):
        logger.exception("not told", extra={"kind": kind})
        metrics.add_metric(name="NotTold", unit=MetricUnit.Count, value=1)
        return False
    return True


def graph_of(execution_arn: str) -> str:
    """Where the console shows the execution."""
    region = execution_arn.split(":")[3]
    return f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{execution_arn}"
