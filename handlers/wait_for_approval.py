"""Wait for approval: nothing is changed until somebody says yes. Then the plan is made anew: time has passed."""

from typing import Any

from handlers.contract import APPROVAL, Rollout
from handlers.doorway import doorway
from handlers.news import say
from handlers.planning.approval import QUESTION
from handlers.questions import commands
from handlers.world import World


@doorway(APPROVAL)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Ask, where it was not asked yet."""
    rollout = Rollout.from_state(event["rollout"])
    return {"asked": wait_for_approval(rollout, event["token"], event["execution_id"], world)}


def wait_for_approval(rollout: Rollout, token: str, execution_id: str, world: World) -> str:
    """What is asked. An answer that came before the token wakes the wait at once."""
    key = (rollout.cluster, rollout.auto_scaling_group)
    new = world.gates.ask(key, rollout.rollout_id, QUESTION, token, world.now())
    gate = world.gates.read(key)
    if gate and gate.answer:
        world.executions.wake(token, {"answer": gate.answer})
    elif new:
        say(
            world.messages,
            f"Rollout of {rollout.auto_scaling_group} waits for approval",
            f"{rollout.summary}.\n\n" + "\n".join(commands(execution_id, *key, ("approve", "reject"))),
            "Approval wanted",
            {"rollout": rollout.rollout_id, "cluster": key[0], "group": key[1], "plan": rollout.details},
        )
    return QUESTION
