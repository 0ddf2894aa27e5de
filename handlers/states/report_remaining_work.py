"""Report remaining work: it can go neither forward nor back. Restore what can be, name the rest, and how to end.

Nothing that moves a task is done here, and nothing at all where another execution acts for the node groups now.
"""

import json
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from handlers.catalogue import REPORT_REMAINING_WORK
from handlers.domain.decision.report_metrics import report_metrics
from handlers.domain.decision.selection import split
from handlers.domain.formatting import pluralize
from handlers.errors import LeaseLost, NotToldYet
from handlers.overrides.commands import Command, commands, recovery
from handlers.overrides.difference import REBALANCING, Difference
from handlers.overrides.restore import Refused, restore_what_can_be
from handlers.overrides.verify import not_restored, recorded_words
from handlers.payloads import CALL_TRIES, RECOVER, TELLS, Direction, Report
from handlers.runtime import notifications
from handlers.runtime.clients import AwsClients
from handlers.runtime.roll_back import caught, past_return, read_failure
from handlers.runtime.rollout_context import RolloutContext, load_rollout
from handlers.runtime.task_handler import metrics, task_handler

SETTINGS_SAID = COMMANDS_SAID = 20  # a Fail state's cause holds 32,768 characters
METRIC = "NeedsAHuman"
SETTINGS_NAMED = 500  # and a state's input 256 KiB


@task_handler(REPORT_REMAINING_WORK)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """The report for `$.report`."""
    try:
        context = load_rollout(event["rollout"]["rollout_id"], event, clients)  # whatever version its payload has
    except (ClientError, BotoCoreError) as error:
        if event.get("tries", 0) < CALL_TRIES[Direction.BACK]:
            raise
        metrics.add_metric(name=METRIC, unit=MetricUnit.Count, value=1)
        return _without_the_table(event, error).to_state()
    if context.acts and not context.progress.recovery.needs_human:
        with suppress(ClientError, BotoCoreError):  # that nobody is to recover it by itself is worth less than the rest
            context = context.save_progress(recovery=replace(context.progress.recovery, needs_human=True))
    refused = _give_back(context)
    report = report_remaining_work(_as_it_is_now(context, event["state"]), event, refused)
    metrics.add_metric(name=METRIC, unit=MetricUnit.Count, value=1)
    if context.acts:
        _notify(context, event, report)
    return report.to_state()


def _notify(context: RolloutContext, event: dict[str, Any], report: Report) -> None:
    """Notify. Raises NotToldYet where that failed, but for the last time that the graph tries: the report ends it."""
    try:
        context = notifications.notify(context, event, notifications.NEEDS_A_HUMAN, report.cause)
    except LeaseLost:
        return  # another execution acts for the rollout since this one looked, and tells how that goes
    if event.get("tries", TELLS) < TELLS and not notifications.was_told(context, notifications.NEEDS_A_HUMAN):
        raise NotToldYet(f"That rollout {context.plan.rollout_id} needs a human was not sent to all. It is sent again.")


def _give_back(context: RolloutContext) -> list[Refused]:
    """Restore everything that can be, while this execution holds the node groups; what was refused."""
    try:
        context.clients.leases.check(context.plan, context.holder)
        context.clients.fence.authorize_with(partial(context.clients.leases.check, context.plan, context.holder))
        return restore_what_can_be(context)
    except LeaseLost:
        return []
    except (ClientError, BotoCoreError) as error:  # of the lease's own table
        return [Refused(("lease",), context.plan.group, str(error))]


def _as_it_is_now(context: RolloutContext, state: dict[str, Any]) -> RolloutContext:
    """The context with what restoring has saved; where turning around was what failed, back is where it goes."""
    saved = context.clients.rollouts.load(context.plan.rollout_id)
    progress = saved.progress if saved is not None else context.progress
    if "roll_back_failure" in state and not past_return(context):
        progress = replace(progress, direction=Direction.BACK)
    return replace(context, progress=progress)


def report_remaining_work(context: RolloutContext, event: dict[str, Any], refused: list[Refused]) -> Report:
    """What failed first, what failed then, what is left, and the commands that finish it."""
    state = event["state"]
    latest = read_failure(state, context.progress)
    failure = context.progress.failure or latest
    then = f"Then: {latest['error']}: {latest['cause']}" if latest != failure else ""
    try:
        left, details = _what_stands(context, event, refused)
    except Exception as error:  # noqa: BLE001  whatever keeps it from being read, what is known is told
        left, details = [_unread(context, error)], _unread_details(_by_service(context, refused), error)
    cause = " ".join(word for word in (failure["cause"], then, *left) if word)
    return Report("needs-a-human", failure["error"], cause, {"step": failure["step"], **details})


def _what_stands(
    context: RolloutContext, event: dict[str, Any], refused: list[Refused]
) -> tuple[list[str], dict[str, Any]]:
    """Instances on either AMI, settings that are not restored, commands; and the same as fields."""
    plan, fleet = context.plan, context.observe().fleet
    back = context.progress.direction is Direction.BACK
    leave, stay = split(plan, context.progress, list(fleet.alive))
    new = len(leave) if back else len(stay)
    old = len(fleet.alive) - new
    missing = _with_reasons(not_restored(context, unfinished=True), refused, plan.cluster)
    words = [
        f"Left: {pluralize(old, 'instance')} of {plan.group} on the old AMI, {new} on {plan.target_ami}.",
        *(f"Not restored: {difference}." for difference in missing[:SETTINGS_SAID]),
    ]
    if len(missing) > SETTINGS_SAID:
        words.append(f"And {len(missing) - SETTINGS_SAID} more are not restored.")
    asked = (
        commands(context, missing) if context.clients.leases.owner(plan.cluster, plan.group) == plan.rollout_id else []
    )
    if asked:
        words.append(f"To have the rest returned: {recovery(context, event['execution_id']).line}")
        words.append(f"Or to leave the fleet as it stands: {_lines(asked)}")
    skipped = [{"instance": name, "code": "STANDALONE_TASKS"} for name in context.progress.drains.skipped]
    way = report_metrics(plan, context.progress, context.holder, context.clients.now(), fleet.incoming)
    remainder = {
        "not_restored": [difference.to_json() for difference in missing[:SETTINGS_NAMED]],
        "commands": [command.to_json() for command in asked],
    }
    return words, {"old": old, "new": new, "skipped": skipped, **remainder, **way}


def _lines(asked: list[Command]) -> str:
    """What an operator types; of very many the first and the last two, which free the locks. The report has all."""
    few = asked if len(asked) <= COMMANDS_SAID else [*asked[: COMMANDS_SAID - 2], *asked[-2:]]
    more = len(asked) - len(few)
    said = "; ".join(command.line for command in few)
    return f"{said}. {more} more commands are in this state's input, at report.details.commands" if more else said


def _with_reasons(missing: list[Difference], refused: list[Refused], cluster: str) -> list[Difference]:
    """Each with what AWS said when it was to be restored, by itself or with all of the cluster's services."""
    said = {(what, each.resource): each.because for each in refused for what in each.whats}
    return [
        replace(
            difference,
            because=said.get((difference.what, difference.resource), said.get((difference.what, cluster), "")),
        )
        for difference in missing
    ]


def _by_service(context: RolloutContext, refused: list[Refused]) -> list[Refused]:
    """With what was refused of all the cluster's services at once said of each that it may concern."""
    services = context.plan.recorded.rebalancing_services
    return [
        Refused(each.whats, resource, each.because)
        for each in refused
        for resource in (services if REBALANCING in each.whats else (each.resource,))
    ]


def _unread_details(refused: list[Refused], error: Exception) -> dict[str, Any]:
    """What is known of the remainder where it could not be read: what could not be restored."""
    kept = [
        {"what": what, "resource": each.resource, "because": each.because} for each in refused for what in each.whats
    ]
    return {"unread": str(error), "not_restored": kept, "commands": []}


def _without_the_table(event: dict[str, Any], error: Exception) -> Report:
    """What is known where not even the record of the rollout can be read: nothing could be restored by it."""
    rollout, failure = event["rollout"], caught(event["state"])
    cluster, group = rollout["cluster"], rollout["auto_scaling_group"]
    recover = json.dumps({"action": RECOVER, "cluster": cluster, "auto_scaling_group": group})
    left = (
        f"Left: nothing was restored, for the table that says what there was could not be read ({error}). The target "
        f"was {rollout['target_ami']}; look for instances of {group} on it, its suspended processes and its bounds, "
        f"draining container instances, and managed scaling of the capacity providers of {cluster}. To have it "
        f"returned: mend what keeps the table from being read, then start the machine with {recover}."
    )
    details = {"step": "unknown", **_unread_details([], error)}
    return Report("needs-a-human", failure["error"], " ".join(filter(None, (failure["cause"], left))), details)


def _unread(context: RolloutContext, error: Exception) -> str:
    """What is known without reading: what was to move, what was recorded, how to go on."""
    plan = context.plan
    recover = json.dumps({"action": RECOVER, "cluster": plan.cluster, "auto_scaling_group": plan.group})
    return (
        f"Left: what stands could not be read ({error}). {plan.at_start.old} instances of {plan.group} were to go from "
        f"{plan.original_ami} to {plan.target_ami}; recorded was: {recorded_words(plan.topology.records)}. "
        f"To finish: mend what keeps it from being read, then start the machine with {recover}."
    )
