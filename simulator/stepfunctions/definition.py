"""Reading a state machine's definition, the states in a Parallel's branches included."""

from collections.abc import Iterator
from typing import Any

State = dict[str, Any]


def all_states(definition: dict[str, Any]) -> dict[str, State]:
    """By name, which Step Functions keeps unique across all branches."""
    found: dict[str, State] = {}
    for name, state in definition["States"].items():
        found[name] = state
        for branch in state.get("Branches", ()):
            found |= all_states(branch)
    return found


def catches(definition: dict[str, Any]) -> Iterator[tuple[str, State]]:
    """Each Task with each Catch that takes its failures: its own, then those of the Parallels around it."""
    for name, state in definition["States"].items():
        if state["Type"] == "Task":
            yield from ((name, catch) for catch in state.get("Catch", ()))
        for branch in state.get("Branches", ()):
            yield from catches(branch)
            inside = [each for each, inner in all_states(branch).items() if inner["Type"] == "Task"]
            yield from ((each, catch) for each in inside for catch in state.get("Catch", ()))
