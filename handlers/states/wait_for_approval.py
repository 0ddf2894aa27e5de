"""Wait for approval: nothing is changed until somebody says yes. Then the plan is made anew: time has passed."""

from typing import Any

from handlers.catalogue import APPROVAL
from handlers.domain.decision.stage_end import TURN_BACK, time_is_over
from handlers.domain.model.observation import Gate
from handlers.payloads import Rollout
from handlers.planning.approval import APPROVE, QUESTION
from handlers.runtime.approval_commands import commands
from handlers.runtime.clients import World
from handlers.runtime.notifications import say
from handlers.runtime.task_handler import task_handler


@task_handler(APPROVAL)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Ask, where it was not asked yet."""
    rollout = Rollout.from_state(event["rollout"])
    return {"asked": wait_for_approval(rollout, event["token"], event["execution_id"], world)}


def wait_for_approval(rollout: Rollout, token: str, execution_id: str, world: World) -> str:
    """What is asked. An answer that came before the token wakes the wait at once; so does that none came in time."""
    key, now = (rollout.cluster, rollout.auto_scaling_group), world.now()
    until = now + rollout.details["approval_seconds"]
    asked = Gate(rollout.rollout_id, QUESTION, now, token, answer_by=until, takes=(APPROVE, TURN_BACK))
    new = world.gates.ask(key, asked)
    gate = world.gates.read(key)
    if gate and time_is_over(gate, now) and not gate.answer:
        world.gates.time_out(key, gate, rollout.details["approval_on_timeout"])
        gate = world.gates.read(key)
    if gate and (gate.answer or gate.silence):
        world.executions.wake(token, {"answer": gate.answer or gate.silence})
    elif new:
        say(
            world.messages,
            f"Rollout of {rollout.auto_scaling_group} waits for approval",
            f"{rollout.summary}.\n\n" + "\n".join(commands(execution_id, *key, ("approve", "reject"))),
            "Approval wanted",
            {"rollout": rollout.rollout_id, "cluster": key[0], "group": key[1], "plan": rollout.details},
        )
    return QUESTION
