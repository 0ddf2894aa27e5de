"""Leave the fleet as it stands: somebody asked the rollout to stop, and all that had begun is finished.

What was borrowed is given back, but for sizes that the fleet needs now. A start with the same input goes on from here.
"""

from typing import Any

from handlers.catalogue import STOP_IN_PLACE
from handlers.domain.decision.report_metrics import account
from handlers.domain.model.plan import GroupRecord
from handlers.errors import StoppedAsAsked
from handlers.overrides.difference import PROCESSES
from handlers.overrides.restore import BALANCES, give_back
from handlers.payloads import Report
from handlers.runtime.clients import World
from handlers.runtime.rollout_context import Turn, look_at, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(STOP_IN_PLACE)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """The report for `$.report`; a second call returns the first one's."""
    before = look_at(event, world)
    if before.acts and before.progress.report is not None:
        world.leases.release(before.plan, before.holder)
        return before.progress.report
    return stop_in_place(open_turn(event, world))


def _still_suspended(turn: Turn, record: GroupRecord) -> bool:
    group = turn.world.autoscaling.group(record.name)
    return group is not None and BALANCES in group.suspended and BALANCES not in record.suspended


def stop_in_place(turn: Turn) -> dict[str, Any]:
    """Restore, report, release."""
    give_back(turn)
    plan, fleet = turn.plan, turn.observe().fleet
    wishes = turn.world.operator_commands.made(turn.gate, plan.rollout_id)
    who = wishes[-1]["by"] if wishes else "somebody"
    old, new = len(fleet.outgoing), len(fleet.incoming)
    cause = (
        f"{who} asked to stop: {new} instances run {plan.target_ami} and {old} stay on {plan.original_ami}, all "
        f"of them ACTIVE. {', '.join(plan.groups)} launch the new version from now on. "
        "Start again with the same input to go on, or with the old AMI to return."
    )
    held = [record.name for record in plan.recorded.groups if _still_suspended(turn, record)]
    if held:
        cause += f" {BALANCES} of {', '.join(held)} stays suspended: the zones are uneven, and it would not drain."
    way = account(plan, turn.progress, turn.world.now(), fleet.incoming)
    kept = [{"what": PROCESSES, "resource": name, "because": f"{BALANCES}: the zones are uneven"} for name in held]
    left = {"old": old, "new": new, "not_restored": kept, "commands": []}
    details = {"step": "stop-here", **left, "wishes": wishes, **way}
    report = Report("needs-a-human", StoppedAsAsked.__name__, cause, details).to_state()
    turn.remember(report=report)
    turn.world.gates.forget(turn.gate)
    turn.world.operator_commands.forget(turn.gate)
    turn.world.leases.release(turn.plan, turn.holder)
    return report
