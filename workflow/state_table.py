"""Which file is behind each state of the graph: what acts, what it does or waits for, what decides that it comes."""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

from handlers.catalogue import TASK_STATES, TaskState
from handlers.payloads import Direction, StepKind
from workflow.phases.move_fleet import STEPS, WAITS

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


def _task(name: str) -> TaskState | None:
    return next((state for state in TASK_STATES for way in Direction if state.name(way) == name), None)


def _file(name: str) -> str:
    task = _task(name)
    path = f"{task.module.replace('.', '/')}.py" if task else _phase_of(name)
    return f"[{path}](../{path})"


def _phase_of(name: str) -> str:
    """The file of `workflow` that makes it."""
    sources = [*sorted((ROOT / "workflow" / "phases").glob("*.py")), ROOT / "workflow" / "rollout.py"]
    return next(str(path.relative_to(ROOT)) for path in sources if f'"{name}"' in path.read_text())


def _words(name: str, state: dict[str, Any]) -> str:
    if task := _task(name):
        first = (import_module(task.module).__doc__ or "").split("\n")[0]
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
    """The kind of step that leads to each state of a hub, by its name."""
    acting = {step.act.name(way): step.kind.name for step in STEPS for way in Direction}
    waiting = {words: kind.name for kind, ways in WAITS.items() for words in ways.values()}
    others = {
        "Wait for promotion": StepKind.WAIT_FOR_PROMOTION.name, "Stopped on request": StepKind.STOP_HERE.name,
        "All instances replaced": StepKind.DONE.name, "All instances returned": StepKind.DONE.name,
    }  # fmt: skip
    return {name: kind for name, kind in (acting | waiting | others).items() if name}


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
