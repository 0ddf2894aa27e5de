"""The synthesized definition, read as one graph: what is in a box is read with what the box does for it."""

from collections.abc import Iterator
from typing import Any

States = dict[str, dict[str, Any]]


def flat(definition: dict[str, Any]) -> States:
    """All states by name. A box leads to its first state, what ends its branch to what follows the box.

    Whatever fails in a box leads to where the box's own catches lead, after the catches of the state itself.
    """
    found: States = {}
    for name, state in definition["States"].items():
        found[name] = state
        for branch in state.get("Branches", ()):
            found[name] = {**state, "Next": branch["StartAt"]}
            found |= {each: _in_a_box(inner, state) for each, inner in flat(branch).items()}
    return found


def _in_a_box(state: dict[str, Any], box: dict[str, Any]) -> dict[str, Any]:
    ends = {"Next": box["Next"]} if state.get("End") else {}
    fails = state["Type"] in ("Task", "Fail", "Choice")
    return {**state, **ends, **({"Catch": [*state.get("Catch", ()), *box["Catch"]]} if fails else {})}


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
