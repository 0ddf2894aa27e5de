"""The states' names as scenario files may say them: the graph's, or what they were called before."""

BEFORE = {
    "Name what is left": "Report remaining work",
    "What is left could not be read": "Remaining work could not be read",
    "Stop here": "Stop in place",
    "Stopped as asked": "Stopped on request",
    "Nothing old is left": "All instances replaced",
    "Nothing new is left": "All instances returned",
    "What does the plan say?": "Plan outcome?",
    "Which way from here?": "Resume or roll back?",
    "Wait for the rollout before": "Wait for previous rollout",
    "Wait for earlier calls to end": "Wait for in-flight invocations",
    "Answer rollout": "Record response",
    "Wait under load": "Bake",
}
"""`Bake` was the Task that begins it, right before; it is the wait that follows."""


def as_it_is_now(state: str | None) -> str | None:
    """The name that the graph has for it."""
    return BEFORE.get(state, state) if state is not None else None
