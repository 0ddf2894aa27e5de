"""What an operator is asked, and what the answer was."""

from dataclasses import dataclass
from enum import StrEnum

PROMOTE, FLIP, TURN_BACK = "promote", "flip", "roll_back"
UNSOLICITED = "unasked"


class Closed(StrEnum):
    """Why a question cannot be answered any more."""

    TIMED_OUT = "timed-out"
    TURNED_BACK = "turned-back"


@dataclass(frozen=True)
class ApprovalRequest:
    """A question that an operator was asked: which rollout, what, when, and what was answered, by which execution.

    `about` tells it from every other question of the rollout, `prompt` says it in words.

    `respond_by` is when its time is over (epoch seconds; 0: never). `closed` is why nobody may answer any more, where
    it is so (`Closed`), and `silence` what the input says that this means. `takes` are the answers that it
    can be given, `word` is the word that it was given in. `told` is who has been told of the question.
    """

    rollout_id: str
    about: str
    asked_at: float
    token: str = ""
    response: str = ""
    by: str = ""
    responded_at: float = 0.0
    execution: str = ""
    respond_by: float = 0.0
    closed: str = ""
    silence: str = ""
    takes: tuple[str, ...] = ()
    word: str = ""
    prompt: str = ""
    told: frozenset[str] = frozenset()


def is_open(approval: ApprovalRequest, now: float) -> bool:
    """Whether an operator may answer it now."""
    return not (approval.response or approval.closed or time_is_over(approval, now))


def time_is_over(approval: ApprovalRequest, now: float) -> bool:
    """Whether it was to be answered before now, whether or not an operator has written down what silence means."""
    return 0 < approval.respond_by <= now
