"""The states' names as scenario files may say them: the graph's, or what they were called before."""

from handlers import catalogue

BEFORE = {
    "Name what is left": catalogue.REPORT_REMAINING_WORK.back,
    "What is left could not be read": catalogue.REMAINING_WORK_UNREAD.back,
    "Stop here": catalogue.STOP_IN_PLACE.forward,
    "Stopped as asked": catalogue.STOPPED.forward,
    "Nothing old is left": catalogue.ALL_REPLACED.forward,
    "Nothing new is left": catalogue.ALL_REPLACED.back,
    "What does the plan say?": catalogue.PLAN_OUTCOME.forward,
    "Which way from here?": catalogue.RESUME_OR_ROLL_BACK.forward,
    "Wait for the rollout before": catalogue.WAIT_FOR_PREVIOUS.forward,
    "Wait for earlier calls to end": catalogue.WAIT_FOR_INVOCATIONS.forward,
    "Answer rollout": catalogue.ANSWER.forward,
    "Wait under load": catalogue.BAKE.forward,
}
"""`Bake` was the Task that begins it, right before; it is the wait that follows."""


def as_it_is_now(state: str | None) -> str | None:
    """The name that the graph has for it."""
    return BEFORE.get(state, state) if state is not None else None
