"""The synthesized definition, read as a graph."""

from collections.abc import Iterator
from typing import Any

States = dict[str, dict[str, Any]]


def edges(state: dict[str, Any]) -> Iterator[str]:
    """Where a state can lead, its catches included."""
    yield from normal_edges(state)
    yield from (catch["Next"] for catch in state.get("Catch", []))


def normal_edges(state: dict[str, Any]) -> Iterator[str]:
    """Where a state leads when nothing fails."""
    if "Next" in state:
        yield state["Next"]
    yield from (choice["Next"] for choice in state.get("Choices", []))
    if "Default" in state:
        yield state["Default"]


def reachable(states: States, start: str, without: str | None = None) -> set[str]:
    """All states that can follow `start`, itself included, on paths that avoid `without`."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name in seen or name == without:
            continue
        seen.add(name)
        todo.extend(edges(states[name]))
    return seen


def of_type(states: States, kind: str) -> dict[str, dict[str, Any]]:
    """The states of one type."""
    return {name: state for name, state in states.items() if state["Type"] == kind}
