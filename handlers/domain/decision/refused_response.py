"""Why an answer is none: what was seen, what was expected, what to do now. Pure."""

from datetime import UTC, datetime

from handlers.domain.model.approval import ApprovalRequest, Closed, time_is_over


def why_not_answered(action: str, group: str, approval: ApprovalRequest | None, now: float) -> str:
    """The sentences for an answer of which the table says that nobody waits for it."""
    if approval is None:
        return f"action: no rollout of {group} waits for {action!r}: none runs or waits there. {_START_ANEW}"
    if approval.closed == Closed.TURNED_BACK:
        return (
            f"action: rollout {approval.rollout_id} of {group} is on its way back, so {action!r} means nothing to it. "
            f"Let it end. {_START_ANEW}"
        )
    if approval.response:
        return (
            f"action: {approval.by or 'an operator'} answered {(approval.word or approval.response)!r} to "
            f"{approval.prompt!r} of rollout "
            f"{approval.rollout_id} at {_time(approval.responded_at)}; the first answer counts, and {action!r} came "
            "after it. "
            'To turn a rollout around that runs, say "action": "abort".'
        )
    if approval.closed or time_is_over(approval, now):
        decided = f", and that means {approval.silence!r}" if approval.silence else ""
        return (
            f"action: {approval.prompt!r} of rollout {approval.rollout_id} was to be answered before "
            f"{_time(approval.respond_by)}: nobody answered in time{decided}. {action!r} came at {_time(now)}. "
            f"{_START_ANEW}"
        )
    return (
        f"action: no rollout of {group} waits for {action!r}; {approval.prompt!r} is what {approval.rollout_id} asks. "
        "The message that asked has a command for each answer."
    )


_START_ANEW = "This answer changed nothing. Start a new rollout to be asked again."


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
