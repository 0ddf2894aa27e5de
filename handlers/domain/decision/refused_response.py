"""Why an answer is none: what was seen, what was expected, what to do now. Pure."""

from datetime import UTC, datetime

from handlers.domain.decision.stage_end import Closed, time_is_over
from handlers.domain.model.observation import Gate


def why_not_answered(action: str, group: str, gate: Gate | None, now: float) -> str:
    """The sentences for an answer of which the table says that nobody waits for it."""
    if gate is None:
        return f"action: no rollout of {group} waits for {action!r}: none runs or waits there. {_START_ANEW}"
    if gate.closed == Closed.TURNED_BACK:
        return (
            f"action: rollout {gate.rollout_id} of {group} is on its way back, so {action!r} means nothing to it. "
            f"Let it end. {_START_ANEW}"
        )
    if gate.answer:
        return (
            f"action: {gate.by or 'somebody'} answered {(gate.said or gate.answer)!r} to {gate.question!r} of rollout "
            f"{gate.rollout_id} at {_time(gate.answered_at)}; the first answer counts, and {action!r} came after it. "
            'To turn a rollout around that runs, say "action": "abort".'
        )
    if gate.closed or time_is_over(gate, now):
        decided = f", and that means {gate.silence!r}" if gate.silence else ""
        return (
            f"action: {gate.question!r} of rollout {gate.rollout_id} was to be answered before "
            f"{_time(gate.answer_by)}: nobody answered in time{decided}. {action!r} came at {_time(now)}. {_START_ANEW}"
        )
    return (
        f"action: no rollout of {group} waits for {action!r}; {gate.question!r} is what {gate.rollout_id} asks. "
        "The message that asked has a command for each answer."
    )


_START_ANEW = "This answer changed nothing. Start a new rollout to be asked again."


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
