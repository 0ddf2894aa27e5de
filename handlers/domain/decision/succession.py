"""When an execution's history is so long that another execution is to go on, and when to look how long it is. Pure.

Step Functions keeps 25,000 events of an execution and fails it there. A pass takes 9 to 14 of them.
"""

from handlers.domain.decision.situation import Situation
from handlers.domain.model.plan import Policies
from handlers.domain.model.progress import Succession
from handlers.domain.model.step import Step
from handlers.payloads import StepKind

EVENTS_A_SECOND = 4
"""No history grows faster: a pass that acts takes two invocations, of a second or two each."""
EVENTS_AT_LAST = 24_000
"""From here on an execution does nothing but hand over: what is left is for its last words."""
ASK_AGAIN_SECONDS = 600
ENDS = (StepKind.DONE, StepKind.STOP_HERE)


def look_is_due(succession: Succession, policies: Policies, now: float) -> bool:
    """Whether the history may have come to the length at which it is handed over, since it was looked at last."""
    left = policies.hand_over_at - succession.events
    return succession.looks == 0 or now - succession.seen_at >= left / EVENTS_A_SECOND


def hands_over(situation: Situation, step: Step) -> Step | None:
    """The step that hands over, in place of the one that was decided; that one is decided again by the successor.

    An execution that has only begun takes at least one step of its own, and one that is at its end takes the last.
    Where a successor was refused, this one goes on, and asks again now and then, for as long as its history has room.
    """
    succession, policies = situation.progress.succession, situation.plan.policies
    if succession.looks < 2 or succession.events < policies.hand_over_at or step.kind in ENDS:  # noqa: PLR2004
        return None
    refused, full = succession.refused_at, succession.events >= EVENTS_AT_LAST
    if refused is not None and situation.now - refused < ASK_AGAIN_SECONDS and not full:
        return None
    because = f"its history has {succession.events} events, of which an execution keeps 25,000: another one goes on"
    return Step(StepKind.HAND_OVER, because, seconds=0)
