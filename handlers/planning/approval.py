"""Whether somebody has approved the rollout: asked before anything is changed, answered by another execution."""

from handlers.contract import NotApproved
from handlers.domain.rollout_input import Approval
from handlers.world import World

QUESTION = "approval"
APPROVE = "approve"
SLACK_SECONDS = 30  # the wait began before the question was written down


def approved(world: World, key: tuple[str, str], rollout_id: str, asked: Approval | None) -> bool:
    """Whether the rollout may begin; False where somebody is to be asked still.

    Raises NotApproved where somebody said no, or nobody answered in time and the input says that this means no.
    """
    if asked is None:
        return True
    gate = world.gates.read(key)
    if gate is None or (gate.rollout_id, gate.question) != (rollout_id, QUESTION):
        return False
    late = world.now() - gate.asked_at >= asked.timeout_seconds - SLACK_SECONDS
    answer = gate.answer or (asked.on_timeout if late else "")
    if answer and answer != APPROVE:
        who = f"{gate.by or 'somebody'} answered {answer!r}" if gate.answer else "nobody answered in time"
        raise NotApproved(f"approval: {who}. Nothing was changed.")
    return answer == APPROVE
