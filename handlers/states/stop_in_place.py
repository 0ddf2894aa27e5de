"""Leave the fleet as it stands: an operator asked the rollout to stop, and all that had begun is finished.

What was overridden is restored, but for sizes that the fleet needs now. A start with the same input goes on from here.
"""

from typing import Any

from handlers.catalogue import STOP_IN_PLACE
from handlers.domain.decision.report_metrics import report_metrics
from handlers.errors import StoppedAsAsked
from handlers.overrides.difference import PROCESSES
from handlers.overrides.restore import BALANCES, kept_from_balancing, restore
from handlers.payloads import Report
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(STOP_IN_PLACE)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """The report for `$.report`; a second call returns the first one's."""
    before = load(event, clients)
    if before.acts and before.progress.report is not None:
        clients.leases.release(before.plan, before.holder)
        return before.progress.report
    return stop_in_place(load_for_update(event, clients))


def stop_in_place(context: RolloutContext) -> dict[str, Any]:
    """Restore, report, release."""
    restore(context)
    plan, fleet = context.plan, context.observe().fleet
    commands = context.clients.operator_commands.made(context.approval_key, plan.rollout_id)
    who = commands[-1]["by"] if commands else "an operator"
    old, new = len(fleet.outgoing), len(fleet.incoming)
    cause = (
        f"{who} asked to stop: {new} instances run {plan.target_ami} and {old} stay on {plan.original_ami}, all "
        f"of them ACTIVE. {', '.join(plan.groups)} launch the new version from now on. "
        "Start again with the same input to go on, or with the old AMI to return."
    )
    held = kept_from_balancing(context)
    if held:
        cause += f" {BALANCES} of {', '.join(held)} stays suspended: the zones are uneven, and it would not drain."
    way = report_metrics(plan, context.progress, context.holder, context.clients.now(), fleet.incoming)
    kept = [{"what": PROCESSES, "resource": name, "because": f"{BALANCES}: the zones are uneven"} for name in held]
    left = {"old": old, "new": new, "not_restored": kept, "commands": []}
    details = {"step": "stop-here", **left, "wishes": commands, **way}
    report = Report("needs-a-human", StoppedAsAsked.__name__, cause, details).to_state()
    context.save_progress(report=report)
    context.clients.approvals.forget(context.approval_key)
    context.clients.operator_commands.forget(context.approval_key)
    context.clients.leases.release(context.plan, context.holder)
    return report
