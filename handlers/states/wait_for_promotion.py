"""Wait for promotion: ask somebody whether to go on, and wait with a task token.

The answer comes by another execution, goes into the table, and wakes this one. The wait ends by itself now and then,
so that the alarms are looked at; the question is told only once.
"""

from typing import Any

from handlers.catalogue import PROMOTION
from handlers.domain.decision.stage_end import FLIP, PROMOTE, TURN_BACK, asks, in_silence, question, time_is_over
from handlers.domain.decision.stages import stage_of
from handlers.domain.model.observation import Gate, Observation
from handlers.runtime.approval_commands import commands
from handlers.runtime.clients import World
from handlers.runtime.notifications import say
from handlers.runtime.rollout_context import Turn, open_turn
from handlers.runtime.task_handler import task_handler


@task_handler(PROMOTION)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Ask, where it was not asked yet. An answer that came before the token wakes the wait at once.

    So does that none came in time: what that means is written down first, unless somebody answers still.
    """
    return {"asked": wait_for_promotion(open_turn(event, world), event["token"], event["execution_id"])}


def wait_for_promotion(turn: Turn, token: str, execution_id: str) -> str:
    """What is asked."""
    plan, world, seen = turn.plan, turn.world, turn.observe()
    asked, now = question(plan, seen), world.now()
    until = now + plan.gates.promotion_seconds
    new = world.gates.ask(turn.gate, Gate(plan.rollout_id, asked, now, token, answer_by=until, takes=_answers(turn)))
    gate = world.gates.read(turn.gate)
    if gate and time_is_over(gate, now) and not gate.answer:
        world.gates.time_out(turn.gate, gate, in_silence(plan, seen))
        gate = world.gates.read(turn.gate)
    answer = (gate.answer or gate.silence) if gate else ""
    if answer or not asks(plan, seen):
        world.executions.wake(token, {"answer": answer})
    elif new:
        _tell(turn, seen, asked, execution_id)
    return asked


def _tell(turn: Turn, seen: Observation, asked: str, execution_id: str) -> None:
    plan, figures = turn.plan, _figures(seen)
    time = f"within {plan.gates.promotion_seconds} s, else {in_silence(plan, seen)}"
    say(
        turn.world.messages,
        f"Rollout of {plan.group} waits for promotion",
        f"{asked} is reached. {figures}. Answer {time}:\n\n"
        + "\n".join(commands(execution_id, plan.cluster, plan.group, _answers(turn))),
        "Promotion wanted",
        {"rollout": plan.rollout_id, "cluster": plan.cluster, "group": plan.group, "question": asked, "seen": figures},
    )


def _answers(turn: Turn) -> tuple[str, ...]:
    standby = stage_of(turn.plan, turn.progress).standby is not None
    return (*(() if turn.progress.flipped else (PROMOTE,)), *((FLIP,) if standby else ()), TURN_BACK)


def _figures(seen: Observation) -> str:
    stable = len(seen.services) - len(seen.unstable)
    return (
        f"{len(seen.fleet.outgoing)} old and {len(seen.fleet.incoming)} new instances, "
        f"{stable} of {len(seen.services)} services stable"
    )
