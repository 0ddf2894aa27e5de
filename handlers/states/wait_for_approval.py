"""Wait for approval: nothing is changed until an operator says yes. Then the plan is made anew: time has passed."""

from typing import Any

from handlers.catalogue import APPROVAL
from handlers.domain.model.approval import TURN_BACK, ApprovalRequest, time_is_over
from handlers.errors import NotToldYet
from handlers.payloads import Rollout
from handlers.planning.approval import ABOUT, APPROVE
from handlers.runtime.approval_commands import commands
from handlers.runtime.clients import AwsClients
from handlers.runtime.notifications import all_told, say
from handlers.runtime.task_handler import task_handler

WANTED = "Approval wanted"


@task_handler(APPROVAL)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Ask, where it was not asked yet. Raises NotToldYet where the question could not be sent."""
    rollout = Rollout.from_state(event["rollout"])
    return {"asked": wait_for_approval(rollout, event["token"], event["execution_id"], clients)}


def wait_for_approval(rollout: Rollout, token: str, execution_id: str, clients: AwsClients) -> str:
    """What is asked. An answer that came before the token wakes the wait at once; so does that none came in time."""
    key, now = (rollout.cluster, rollout.auto_scaling_group), clients.now()
    until = now + rollout.details["approval_seconds"]
    asked = ApprovalRequest(
        rollout.rollout_id, ABOUT, now, token, respond_by=until, takes=(APPROVE, TURN_BACK), prompt=ABOUT
    )
    clients.approvals.ask(key, asked)
    approval = clients.approvals.read(key)
    if approval and time_is_over(approval, now) and not approval.response:
        clients.approvals.time_out(key, approval, rollout.details["approval_on_timeout"])
        approval = clients.approvals.read(key)
    if approval and (approval.response or approval.silence):
        clients.executions.wake(token, {"answer": approval.response or approval.silence})
    elif approval and not all_told(approval.told):
        _tell(rollout, approval, execution_id, clients)
    return ABOUT


def _tell(rollout: Rollout, approval: ApprovalRequest, execution_id: str, clients: AwsClients) -> None:
    """Tell those who were not told yet. Raises NotToldYet where that failed: the wait is then begun anew."""
    key = (rollout.cluster, rollout.auto_scaling_group)
    told = say(
        clients.messages,
        f"Rollout of {rollout.auto_scaling_group} waits for approval",
        f"{rollout.summary}.\n\n" + "\n".join(commands(execution_id, *key, ("approve", "reject"))),
        WANTED,
        {"rollout": rollout.rollout_id, "cluster": key[0], "group": key[1], "plan": rollout.details},
        approval.told,
    )
    clients.approvals.told(key, approval, told)
    if not all_told(told):
        raise NotToldYet(f"{WANTED!r} of rollout {rollout.rollout_id} was not sent to all. It is sent again.")
