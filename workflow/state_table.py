"""Which file is behind each state of the graph: what acts, what it does or waits for, what decides that it comes."""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

from handlers.catalogue import STATES, GraphState, TaskState
from handlers.payloads import Direction

ROOT = Path(__file__).parents[1]
DOMAIN = ROOT / "handlers" / "domain"
ENDS = {"Succeed": "The execution succeeds.", "Fail": "The execution fails."}


def table(definition: dict[str, Any]) -> str:
    """A Markdown table of all states, in the order of their names."""
    lines = ["| state | file | what it does or waits for | that it comes is decided in |", "|---|---|---|---|"]
    where, kinds, states = _deciders(), _kinds(), _all_states(definition)
    before = _before(definition)
    for name, state in sorted(states.items()):
        decided = where.get(kinds.get(name, ""), []) or [f"the graph, after {' or '.join(before[name])}"]
        lines.append(f"| {name} | {_file(name)} | {_words(name, state)} | {', '.join(decided)} |")
    return "\n".join(lines)


def _all_states(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = dict(definition["States"])
    for state in definition["States"].values():
        for branch in state.get("Branches", ()):
            found |= branch["States"]
    return found


def _before(definition: dict[str, Any]) -> dict[str, list[str]]:
    """What leads to each state; to the first one of a box, the box."""
    states = _all_states(definition)
    found: dict[str, list[str]] = {name: [] for name in states}
    found[definition["StartAt"]].append("the start")
    for name, state in states.items():
        edges = [state, *state.get("Choices", ()), *state.get("Catch", ())]
        targets = [edge["Next"] for edge in edges if "Next" in edge]
        targets += [branch["StartAt"] for branch in state.get("Branches", ())]
        for target in dict.fromkeys(targets):
            found[target].append(f"*{name}*")
    return found


def _state(name: str) -> TaskState | GraphState:
    return next(state for state in STATES for direction in Direction if state.name(direction) == name)


def _file(name: str) -> str:
    state = _state(name)
    module = state.module if isinstance(state, TaskState) else f"workflow.{state.phase}"
    path = f"{module.replace('.', '/')}.py"
    return f"[{path}](../{path})"


def _words(name: str, state: dict[str, Any]) -> str:
    found = _state(name)
    if isinstance(found, TaskState):
        first = (import_module(found.module).__doc__ or "").split("\n")[0]
        said = first.split(": ", 1)[-1]
        return said[:1].upper() + said[1:]
    if state["Type"] == "Wait":
        path = state.get("SecondsPath", "")
        return f"Waits for as long as `{path}` says." if path else f"Waits {state['Seconds']} s."
    if state["Type"] == "Parallel":
        return "A try-block: whatever fails in it is caught by it."
    if state["Type"] == "Choice":
        return "Takes the edge that the answer before names."
    return ENDS.get(state["Type"], "Says where the execution has come.")


def _kinds() -> dict[str, str]:
    """The kind of step that leads to each state of a loop, by its name."""
    return {state.name(way): state.step.name for state in STATES if state.step for way in Direction if state.name(way)}


def _deciders() -> dict[str, list[str]]:
    """By kind of step, the functions of the domain that make such a step."""
    found: dict[str, list[str]] = {}
    for path in sorted(DOMAIN.rglob("*.py")):
        for function in (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)):
            for kind in sorted(_steps_made_in(function)):
                shown = f"[{path.name}](../{path.relative_to(ROOT)}) `{function.name}`"
                found.setdefault(kind, []).append(shown)
    return found


def _steps_made_in(function: ast.FunctionDef) -> set[str]:
    nodes = list(ast.walk(function))
    if not any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step" for node in nodes):
        return set()
    kinds = (node for node in nodes if isinstance(node, ast.Attribute))
    return {node.attr for node in kinds if getattr(node.value, "id", "") == "StepKind"}
