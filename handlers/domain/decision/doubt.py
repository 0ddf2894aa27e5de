"""Doubt about the new instances, or about a reading: until it clears up nothing more moves, no stage ends. Pure."""

from handlers.domain.decision import failing_hosts, failing_tasks
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import reverted
from handlers.domain.model.step import Step
from handlers.payloads import StepKind


def is_doubtful(situation: Situation) -> bool:
    """Whether it has to be looked at again soon.

    More bad events than noise explains well, or a service that reads as if it had not been moved.
    """
    return bool(reverted(situation)) or failing_tasks.is_suspicious(situation) or failing_hosts.is_doubtful(situation)


def watched(situation: Situation) -> Step | None:
    """The wait until it is known what the new AMI brings."""
    if not is_doubtful(situation) or situation.is_stopping:
        return None
    because = "tasks or agents fail on new instances more often than on old ones: watched before anything else moves"
    return Step(StepKind.WAIT_UNDER_LOAD, because, seconds=failing_tasks.LOOK_AGAIN_SECONDS)
