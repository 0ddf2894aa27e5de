"""Record response: write down what somebody answered, and wake the rollout up."""

from dataclasses import replace
from typing import Any

from handlers.catalogue import ANSWER
from handlers.domain.decision.refused_response import why_not_answered
from handlers.domain.decision.stage_end import FLIP, TURN_BACK, UNASKED, is_open
from handlers.domain.decision.stages import stage_of
from handlers.domain.model.observation import Gate
from handlers.domain.model.operator_command import OPERATOR_COMMANDS, OperatorCommand
from handlers.errors import NotAnswered
from handlers.payloads import PAYLOAD_VERSION, REFUSALS, Direction, Outcome, Rollout, execution_name
from handlers.planning.approval import QUESTION
from handlers.runtime.clients import World
from handlers.runtime.task_handler import task_handler
from handlers.store.approvals import AlreadyDecided

UNASKED_TOO = (FLIP, TURN_BACK)


@task_handler(ANSWER, REFUSALS)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """The answer, as it stands in the table, or the Refusal where nobody asks that, or not any more."""
    rollout = Rollout.from_state(event["rollout"])
    gate = record_response(rollout, event["execution_id"], world)
    said = {"rollout": gate.rollout_id, "question": gate.question, "answer": gate.answer}
    return {"outcome": Outcome.ANSWERED, "said": said, "version": PAYLOAD_VERSION}


def record_response(rollout: Rollout, execution_id: str, world: World) -> Gate:
    """Answer the open question; a flip and a roll-back are taken unasked too, while the rollout runs forward.

    Whether it was in time and the first, the table decides: a conditional write.
    """
    action, key = str(rollout.details["action"]), (rollout.cluster, rollout.auto_scaling_group)
    word, action = action, TURN_BACK if action == "reject" else action
    by, now = str(rollout.details["by"]), world.now()
    gate = world.gates.read(key)
    if action == FLIP:
        _check_standby(key, world)
    if action in OPERATOR_COMMANDS:
        return _command(
            OperatorCommand(world.leases.owner(*key) or "", action, by, now, rollout.rollout_id), gate, key, world
        )
    if gate is not None and gate.execution == rollout.rollout_id:  # the same invocation again
        world.executions.wake(gate.token, {"answer": action})
        return gate
    if gate is not None and is_open(gate, now) and action in gate.takes:
        _check_somebody_asks(gate, execution_id, world)
        answered = replace(gate, answer=action, said=word, by=by, execution=rollout.rollout_id)
        _write(answered, key, now, world)
        world.executions.wake(gate.token, {"answer": action})
        return answered
    owner = world.leases.owner(*key)
    if action not in UNASKED_TOO or owner is None:
        raise NotAnswered(why_not_answered(action, key[1], gate, now))
    unasked = Gate(owner, UNASKED, now, "", action, by, execution=rollout.rollout_id, said=word)
    _write(unasked, key, now, world)
    return unasked


def _write(gate: Gate, key: tuple[str, str], now: float, world: World) -> None:
    try:
        world.gates.answer(key, gate, now)
    except AlreadyDecided:
        raise NotAnswered(why_not_answered(gate.answer, key[1], world.gates.read(key), now)) from None


def _check_standby(key: tuple[str, str], world: World) -> None:
    """Raise NotAnswered where a rollout runs forward in a stage that has no other fleet to turn to."""
    owner = world.leases.owner(*key)
    saved = world.table.load(owner) if owner else None
    if saved is None or saved.progress.direction is Direction.BACK:
        return  # what is said of every other answer is said of this one
    stage = stage_of(saved.plan, saved.progress)
    if stage.standby is None:
        raise NotAnswered(
            f"action: no other fleet stands by in stage {stage.name!r} of rollout {owner}, so {FLIP!r} means nothing "
            'to it. This answer changed nothing. To turn the rollout around, say "action": "roll_back".'
        )


def _check_somebody_asks(gate: Gate, execution_id: str, world: World) -> None:
    """Raise NotAnswered where the execution that wants to be approved has ended; from its lock on, its lease lives."""
    asking = execution_id.removesuffix(execution_name(execution_id)) + gate.rollout_id
    if gate.question == QUESTION and not world.executions.running(asking):
        raise NotAnswered(
            f"action: execution {gate.rollout_id}, which asked for approval, has ended, and nobody waits for an "
            "answer. This one changed nothing. Start a new rollout to be asked again."
        )


def _command(command: OperatorCommand, gate: Gate | None, key: tuple[str, str], world: World) -> Gate:
    """Write the command down for the rollout that runs, and wake it up where it waits for an answer."""
    saved = world.table.load(command.rollout_id) if command.rollout_id else None
    if saved is None or saved.progress.direction is Direction.BACK:
        where = "is on its way back already" if saved else "does not run"
        raise NotAnswered(f"action: the rollout of {key[1]} {where}, so {command.action!r} means nothing to it.")
    world.operator_commands.make(key, command)
    if gate is not None and gate.rollout_id == command.rollout_id and not gate.answer:
        world.executions.wake(gate.token, {"answer": command.action})
    return Gate(command.rollout_id, UNASKED, command.at, answer=command.action, by=command.by)
