"""Whether an operator has approved the rollout: asked before anything is changed, answered by another execution."""

import math

from handlers.domain.input.rollout_input import Approval
from handlers.errors import NotApproved
from handlers.runtime.clients import AwsClients

ABOUT = "approval"
APPROVE = "approve"


def approved(clients: AwsClients, key: tuple[str, str], rollout_id: str, spec: Approval | None) -> bool:
    """Whether the rollout may begin; False where an operator is to be asked still.

    Raises NotApproved where an operator said no, or nobody answered in time and the input says that this means no. That
    time is over, the next Wait for approval writes down.
    """
    if spec is None:
        return True
    approval = clients.approvals.read(key)
    if approval is None or (approval.rollout_id, approval.about) != (rollout_id, ABOUT):
        return False
    answer = approval.response or approval.silence
    if answer and answer != APPROVE:
        who = (
            f"{approval.by or 'an operator'} answered {(approval.word or answer)!r}"
            if approval.response
            else "nobody answered in time"
        )
        raise NotApproved(f"approval: {who}. Nothing was changed.")
    return answer == APPROVE


def seconds_to_answer(clients: AwsClients, key: tuple[str, str], rollout_id: str, spec: Approval | None) -> int:
    """How long an answer may be waited for: all of the time-out, or what is left of it where an operator was asked."""
    if spec is None:
        return 0
    approval = clients.approvals.read(key)
    if approval is None or (approval.rollout_id, approval.about) != (rollout_id, ABOUT):
        return spec.timeout_seconds
    return max(1, math.ceil(approval.respond_by - clients.now()))
