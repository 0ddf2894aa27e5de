"""Notifications: what people and machines are told of a rollout as it goes, with a link to its graph.

People and machines are told each by their own call, and what went out to one of them is written down by itself: it is
not sent again when the other one is tried again. One that cannot be sent stops nothing: it is logged and counted, and
an alarm, which goes to another topic, says that there was one. A question, and that a human is needed, are sent until
they went out.
"""

from collections.abc import Callable, Collection
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
PEOPLE, MACHINES = TOLD = ("people", "machines")
FINISHED, NEEDS_A_HUMAN = "Rollout finished", catalogue.NEEDS_A_HUMAN.back
HANDED_OVER = catalogue.HANDED_OVER.forward


def notify(context: RolloutContext, event: dict[str, Any], kind: str, text: str, *, of: str = "") -> RolloutContext:
    """Notify whoever was not notified before; `of` distinguishes what is of one kind. The context that remembers it."""
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
    before = {who for who in TOLD if f"{who}: {key}" in context.progress.notified}
    subject, text = f"{kind}: {plan.group}", f"{text}\n\n{graph_of(execution)}"
    told = say(context.clients.messages, subject, text, kind, detail, before)
    if told == before:
        return context
    marks = [key] if all_told(told) else [f"{who}: {key}" for who in sorted(told - before)]
    return context.save_progress(notified=(*context.progress.notified, *marks))


def was_told(context: RolloutContext, kind: str) -> bool:
    """Whether people and machines were notified of that."""
    return kind in context.progress.notified


def say(
    messages: Messages, subject: str, text: str, kind: str, detail: dict[str, Any], told: Collection[str] = ()
) -> frozenset[str]:
    """Publish the text to people and put the event for machines, whether or not the other works.

    `told` are those of the two that know already, and are not told again; returned is who knows now.
    """
    sending = {PEOPLE: partial(messages.publish, subject, text), MACHINES: partial(messages.put, kind, detail)}
    return frozenset(told) | {who for who, send in sending.items() if who not in told and _sent(send, kind)}


def all_told(told: Collection[str]) -> bool:
    """Whether nobody is left to be told."""
    return set(TOLD) <= set(told)


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
