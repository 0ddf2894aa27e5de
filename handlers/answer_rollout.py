"""Answer rollout: write down what somebody answered, and wake the rollout up."""

from dataclasses import replace
from typing import Any

from handlers.contract import ANSWER, Direction, PlanImpossible, Rollout
from handlers.domain.gate import FLIP, PROMOTE, TURN_BACK, UNASKED
from handlers.domain.observation import Gate
from handlers.domain.wish import WISHES, Wish
from handlers.doorway import doorway
from handlers.planning.approval import APPROVE, QUESTION
from handlers.world import World

UNASKED_TOO = (FLIP, TURN_BACK)


@doorway(ANSWER)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """The answer, as it stands in the table. Raises PlanImpossible where nobody asks that."""
    rollout = Rollout.from_state(event["rollout"])
    gate = answer_rollout(rollout, world)
    return {"rollout": gate.rollout_id, "question": gate.question, "answer": gate.answer}


def answer_rollout(rollout: Rollout, world: World) -> Gate:
    """Answer the open question; a flip and a roll-back are taken unasked too, while the rollout runs."""
    action, key = str(rollout.details["action"]), (rollout.cluster, rollout.auto_scaling_group)
    action = TURN_BACK if action == "reject" else action
    by, now = str(rollout.details["by"]), world.now()
    gate = world.gates.read(key)
    if action in WISHES:
        return _wish(Wish(world.leases.owner(*key) or "", action, by, now, rollout.rollout_id), gate, key, world)
    if gate is not None and gate.execution == rollout.rollout_id:  # the same invocation again
        world.executions.wake(gate.token, {"answer": action})
        return gate
    if gate is not None and not gate.answer and _fits(action, gate.question):
        answered = replace(gate, answer=action, by=by, execution=rollout.rollout_id)
        world.gates.answer(key, answered, now)
        world.executions.wake(gate.token, {"answer": action})
        return answered
    owner = world.leases.owner(*key)
    if action not in UNASKED_TOO or owner is None:
        raise PlanImpossible(
            f"action: no rollout of {key[1]} waits for {action!r}"
            + (f"; {gate.question!r} is what {gate.rollout_id} asks." if gate and not gate.answer else ".")
        )
    unasked = Gate(owner, UNASKED, now, "", action, by, execution=rollout.rollout_id)
    world.gates.answer(key, unasked, now)
    return unasked


def _wish(wish: Wish, gate: Gate | None, key: tuple[str, str], world: World) -> Gate:
    """Write the wish down for the rollout that runs, and wake it up where it waits for an answer."""
    saved = world.table.load(wish.rollout_id) if wish.rollout_id else None
    if saved is None or saved.progress.direction is Direction.BACK:
        where = "is on its way back already" if saved else "does not run"
        raise PlanImpossible(f"action: the rollout of {key[1]} {where}, so {wish.wish!r} means nothing to it.")
    world.wishes.make(key, wish)
    if gate is not None and gate.rollout_id == wish.rollout_id and not gate.answer:
        world.executions.wake(gate.token, {"answer": wish.wish})
    return Gate(wish.rollout_id, UNASKED, wish.at, answer=wish.wish, by=wish.by)


def _fits(action: str, question: str) -> bool:
    """Approve answers an approval only, promote and flip a promotion only; turning back answers both."""
    if question == QUESTION:
        return action in (APPROVE, TURN_BACK)
    flipped = "old fleet serves" in question
    return action in (FLIP, TURN_BACK) or (action == PROMOTE and not flipped)
