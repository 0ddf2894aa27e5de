"""Whether somebody has approved the rollout: asked before anything is changed, answered by another execution."""

import math

from handlers.domain.input.rollout_input import Approval
from handlers.errors import NotApproved
from handlers.runtime.clients import World

QUESTION = "approval"
APPROVE = "approve"


def approved(world: World, key: tuple[str, str], rollout_id: str, asked: Approval | None) -> bool:
    """Whether the rollout may begin; False where somebody is to be asked still.

    Raises NotApproved where somebody said no, or nobody answered in time and the input says that this means no. That
    time is over, the next Wait for approval writes down.
    """
    if asked is None:
        return True
    gate = world.gates.read(key)
    if gate is None or (gate.rollout_id, gate.question) != (rollout_id, QUESTION):
        return False
    answer = gate.answer or gate.silence
    if answer and answer != APPROVE:
        who = (
            f"{gate.by or 'somebody'} answered {(gate.said or answer)!r}" if gate.answer else "nobody answered in time"
        )
        raise NotApproved(f"approval: {who}. Nothing was changed.")
    return answer == APPROVE


def seconds_to_answer(world: World, key: tuple[str, str], rollout_id: str, asked: Approval | None) -> int:
    """How long somebody may be waited for: all of the time-out, or what is left of it where somebody was asked."""
    if asked is None:
        return 0
    gate = world.gates.read(key)
    if gate is None or (gate.rollout_id, gate.question) != (rollout_id, QUESTION):
        return asked.timeout_seconds
    return max(1, math.ceil(gate.answer_by - world.now()))
