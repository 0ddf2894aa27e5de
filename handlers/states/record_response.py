"""Record response: write down what an operator answered, and wake the rollout up."""

from dataclasses import replace
from typing import Any

from handlers.catalogue import ANSWER
from handlers.domain.decision.current_stage import stage_of
from handlers.domain.decision.refused_response import why_not_answered
from handlers.domain.model.approval import FLIP, TURN_BACK, UNSOLICITED, ApprovalRequest, is_open
from handlers.domain.model.operator_command import OPERATOR_COMMANDS, OperatorCommand
from handlers.errors import NotAnswered
from handlers.payloads import PAYLOAD_VERSION, REFUSALS, Direction, Outcome, Rollout, execution_name
from handlers.planning.approval import ABOUT
from handlers.runtime.clients import AwsClients
from handlers.runtime.task_handler import task_handler
from handlers.store.approvals import AlreadyDecided

UNASKED_TOO = (FLIP, TURN_BACK)


@task_handler(ANSWER, REFUSALS)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """The answer, as it stands in the table, or the Refusal where nobody asks that, or not any more."""
    rollout = Rollout.from_state(event["rollout"])
    approval = record_response(rollout, event["execution_id"], clients)
    said = {"rollout": approval.rollout_id, "question": approval.prompt, "answer": approval.response}
    return {"outcome": Outcome.ANSWERED, "said": said, "version": PAYLOAD_VERSION}


def record_response(rollout: Rollout, execution_id: str, clients: AwsClients) -> ApprovalRequest:
    """Answer the open question; a flip and a roll-back are taken unasked too, while the rollout runs forward.

    Whether it was in time and the first, the table decides: a conditional write.
    """
    action, key = str(rollout.details["action"]), (rollout.cluster, rollout.auto_scaling_group)
    word, action = action, TURN_BACK if action == "reject" else action
    by, now = str(rollout.details["by"]), clients.now()
    approval = clients.approvals.read(key)
    if action == FLIP:
        _check_standby(key, clients)
    if action in OPERATOR_COMMANDS:
        return _command(
            OperatorCommand(clients.leases.owner(*key) or "", action, by, now, rollout.rollout_id),
            approval,
            key,
            clients,
        )
    if approval is not None and approval.execution == rollout.rollout_id:  # the same invocation again
        clients.executions.wake(approval.token, {"answer": action})
        return approval
    if approval is not None and is_open(approval, now) and action in approval.takes:
        _check_is_asked(approval, execution_id, clients)
        answered = replace(approval, response=action, word=word, by=by, execution=rollout.rollout_id)
        _write(answered, key, now, clients)
        clients.executions.wake(approval.token, {"answer": action})
        return answered
    owner = clients.leases.owner(*key)
    if action not in UNASKED_TOO or owner is None:
        raise NotAnswered(why_not_answered(action, key[1], approval, now))
    unasked = ApprovalRequest(
        owner, UNSOLICITED, now, "", action, by, execution=rollout.rollout_id, word=word, prompt=UNSOLICITED
    )
    _write(unasked, key, now, clients)
    return unasked


def _write(approval: ApprovalRequest, key: tuple[str, str], now: float, clients: AwsClients) -> None:
    try:
        clients.approvals.record(key, approval, now)
    except AlreadyDecided:
        raise NotAnswered(why_not_answered(approval.response, key[1], clients.approvals.read(key), now)) from None


def _check_standby(key: tuple[str, str], clients: AwsClients) -> None:
    """Raise NotAnswered where a rollout runs forward in a stage that has no other fleet to turn to."""
    owner = clients.leases.owner(*key)
    saved = clients.rollouts.load(owner) if owner else None
    if saved is None or saved.progress.direction is Direction.BACK:
        return  # what is said of every other answer is said of this one
    stage = stage_of(saved.plan, saved.progress)
    if stage.standby is None:
        raise NotAnswered(
            f"action: no other fleet stands by in stage {stage.name!r} of rollout {owner}, so {FLIP!r} means nothing "
            'to it. This answer changed nothing. To turn the rollout around, say "action": "roll_back".'
        )


def _check_is_asked(approval: ApprovalRequest, execution_id: str, clients: AwsClients) -> None:
    """Raise NotAnswered where the execution that wants to be approved has ended; from its lock on, its lease lives."""
    with_request = execution_id.removesuffix(execution_name(execution_id)) + approval.rollout_id
    if approval.about == ABOUT and not clients.executions.running(with_request):
        raise NotAnswered(
            f"action: execution {approval.rollout_id}, which asked for approval, has ended, and nobody waits for an "
            "answer. This one changed nothing. Start a new rollout to be asked again."
        )


def _command(
    command: OperatorCommand, approval: ApprovalRequest | None, key: tuple[str, str], clients: AwsClients
) -> ApprovalRequest:
    """Write the command down for the rollout that runs, and wake it up where it waits for an answer."""
    saved = clients.rollouts.load(command.rollout_id) if command.rollout_id else None
    if saved is None or saved.progress.direction is Direction.BACK:
        where = "is on its way back already" if saved else "does not run"
        raise NotAnswered(f"action: the rollout of {key[1]} {where}, so {command.action!r} means nothing to it.")
    clients.operator_commands.make(key, command)
    if approval is not None and approval.rollout_id == command.rollout_id and not approval.response:
        clients.executions.wake(approval.token, {"answer": command.action})
    return ApprovalRequest(
        command.rollout_id, UNSOLICITED, command.at, response=command.action, by=command.by, prompt=UNSOLICITED
    )
