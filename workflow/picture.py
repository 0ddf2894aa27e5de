"""`python -m workflow.picture`: draw the graph, from the definition and nothing else.

An overview into the README, the whole graph and what is behind each state into docs/graph.md. Mermaid, because GitHub
renders it.
"""

import json
import subprocess
import sys
from collections.abc import Container
from pathlib import Path
from typing import Any

from handlers.catalogue import STATES
from handlers.payloads import Direction
from workflow.state_table import table

ROOT = Path(__file__).parents[1]
README, GRAPH = ROOT / "README.md", ROOT / "docs" / "graph.md"
BEGIN, END = "<!-- graph -->", "<!-- /graph -->"
IN_OVERVIEW = {state.name(direction) for state in STATES if state.in_overview for direction in Direction}
QUIET = {"Pass": "quiet", "Wait": "wait", "Succeed": "good", "Fail": "bad", "Choice": "choice", "Task": "task"}
STYLES = (
    "classDef task fill:#dbeafe,stroke:#2563eb,color:#111827",
    "classDef wait fill:#fef3c7,stroke:#d97706,color:#111827",
    "classDef choice fill:#ede9fe,stroke:#7c3aed,color:#111827",
    "classDef quiet fill:#f3f4f6,stroke:#6b7280,color:#111827",
    "classDef good fill:#bbf7d0,stroke:#15803d,color:#111827",
    "classDef bad fill:#fecaca,stroke:#b91c1c,color:#111827",
)


def picture(definition: dict[str, Any]) -> str:
    """The definition as a Mermaid flow chart, in its code fence. What fails in a box is one dotted edge."""
    outside = definition["States"]
    boxes = {name: state for name, state in outside.items() if state["Type"] == "Parallel"}
    inside = {name: box["Branches"][0]["States"] for name, box in boxes.items()}
    states = {name: state for name, state in outside.items() if name not in boxes}
    drawn = states | {each: state for item in inside.values() for each, state in item.items()}
    ids = {name: f"s{number}" for number, name in enumerate(drawn)} | {name: f"b{i}" for i, name in enumerate(boxes)}
    lines = ["```mermaid", "flowchart TD"]
    lines += [_node(ids[name], name, state["Type"]) for name, state in states.items()]
    for box, contents in inside.items():
        lines.append(f'subgraph {ids[box]}["{box}"]')
        lines += [_node(ids[name], name, state["Type"]) for name, state in contents.items()]
        lines.append("end")
    shown = drawn | boxes
    lines += [f"{ids[name]} --> {ids[target]}" for name, state in shown.items() for target in _next(state, ids)]
    lines += [f"{ids[name]} -.-> {ids[target]}" for name, state in drawn.items() for target in _caught(state, ids)]
    for box, state in boxes.items():
        *own, rest = _caught(state, ids)
        lines.append(f"{ids[box]} -. anything fails .-> {ids[rest]}")
        lines += [f"{ids[box]} -.-> {ids[target]}" for target in own]
    return "\n".join([*lines, *STYLES, "```"])


def overview(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition with the steps of each box as one, and without what only chooses or marks a place."""
    states = {name: state for name, state in definition["States"].items() if name in IN_OVERVIEW}
    for name, state in states.items():
        if state["Type"] == "Parallel":
            (branch,) = state["Branches"]
            states[name] = {**state, "Branches": [{**branch, "States": _bridged(_with_one_step(branch["States"]))}]}
    return {**definition, "States": _bridged(states)}


def _with_one_step(states: dict[str, Any]) -> dict[str, Any]:
    """The states of a box; whatever comes between its Choice and the next assessment is one node."""
    choice = next(name for name, state in states.items() if state["Type"] == "Choice")
    assess = next(name for name, state in states.items() if state.get("Next") == choice)
    steps = {each["Next"] for each in states[choice]["Choices"]}
    loop = {name for name in steps if _comes_back(states, name, assess)}
    loop |= {states[name]["Next"] for name in loop} - {assess}
    acting = [name for name in states if name in loop and states[name]["Type"] == "Task"]
    step = "<br/>".join(("One step:", *acting, "or only a wait"))
    left = {name: state for name, state in states.items() if name not in loop and state["Type"] != "Fail"}
    rules = [{"Next": each} for each in (*sorted(steps - loop), step)]
    return left | {choice: {**states[choice], "Choices": rules}, step: {"Type": "Task", "Next": assess}}


def _bridged(states: dict[str, Any]) -> dict[str, Any]:
    """The states without Choice and Pass; what led to one of these leads on to where it leads."""

    def beyond(name: str) -> list[str]:
        if states.get(name, {}).get("Type") not in ("Choice", "Pass"):
            return [name]
        return [each for following in _next(states[name], states) for each in beyond(following)]

    def led_on(state: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in state.items() if key != "Next"}
        return {**kept, "Choices": [{"Next": each} for name in _next(state, states) for each in beyond(name)]}

    return {name: led_on(state) for name, state in states.items() if state["Type"] not in ("Choice", "Pass")}


def _comes_back(states: dict[str, Any], name: str, assess: str) -> bool:
    following = states[name].get("Next")
    return following is not None and assess in (following, states[following].get("Next"))


def block_of(page: str) -> str:
    """What stands between the page's markers."""
    return page.split(BEGIN, 1)[1].split(END, 1)[0].strip()


def _next(state: dict[str, Any], known: Container[str]) -> list[str]:
    named = [state.get("Next"), *(choice["Next"] for choice in state.get("Choices", []))]
    return [target for target in named if target in known]


def _caught(state: dict[str, Any], ids: dict[str, str]) -> list[str]:
    targets = dict.fromkeys(catch["Next"] for catch in state.get("Catch", ()))
    return [target for target in targets if target in ids]


def _node(key: str, name: str, kind: str) -> str:
    left, right = {"Choice": ("{{", "}}"), "Wait": ("([", "])"), "Succeed": ("((", "))"), "Fail": ("((", "))")}.get(
        kind, ("[", "]")
    )
    return f'{key}{left}"{name}"{right}:::{QUIET[kind]}'


def _definition() -> dict[str, Any]:
    """The definition as it is synthesized now, references replaced by a word."""
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, check=True)
    template = json.loads((ROOT / "cdk.out" / "EcsAmiRollout.template.json").read_text())
    machine = next(
        resource["Properties"]["DefinitionString"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    )
    return json.loads("".join(part if isinstance(part, str) else "ref" for part in machine["Fn::Join"][1]))  # type: ignore[no-any-return]


def pages(definition: dict[str, Any]) -> dict[Path, str]:
    """What stands between the markers of each page."""
    return {README: picture(overview(definition)), GRAPH: f"{picture(definition)}\n\n{table(definition)}"}


def main() -> None:
    """Rewrite the blocks of both pages."""
    for page, block in pages(_definition()).items():
        text = page.read_text()
        before, after = text.split(BEGIN, 1)[0], text.split(END, 1)[1]
        page.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}")


if __name__ == "__main__":
    main()
