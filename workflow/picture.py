"""`python -m workflow.picture`: draw the graph into the README, from the definition and nothing else.

Mermaid, because it shows where people read. What fails in a box is one dotted edge, as it is in the graph.
The way back is drawn as one node where it repeats the way out, state by state; `tests/graph` holds that it does.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- graph -->", "<!-- /graph -->"
HUMAN = "Report remaining work"
PLUMBING = ("could not be read", " failed", "Not answered", "Taken over by another")
HUB_BACK, OUT_OF_HUB_BACK = "Assess fleet on the way back", "All instances returned"
SAME_BOX = "The same spokes, the other way"
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
    """The definition as a Mermaid flow chart, in its code fence."""
    outside = {name: state for name, state in definition["States"].items() if not _plumbing(name)}
    boxes = {name: state for name, state in outside.items() if state["Type"] == "Parallel"}
    inside = {name: _with_the_way_back_folded(box["Branches"][0]["States"]) for name, box in boxes.items()}
    states = {name: state for name, state in outside.items() if name not in boxes}
    drawn = states | {each: state for one in inside.values() for each, state in one.items()}
    ids = {name: f"s{number}" for number, name in enumerate(drawn)} | {name: f"b{i}" for i, name in enumerate(boxes)}
    lines = ["```mermaid", "flowchart TD"]
    lines += [_node(ids[name], name, state["Type"]) for name, state in states.items()]
    for box, contents in inside.items():
        lines.append(f'subgraph {ids[box]}["{box}"]')
        lines += [_node(ids[name], name, state["Type"]) for name, state in contents.items()]
        lines.append("end")
    lines += [f"{ids[name]} --> {ids[target]}" for name, state in (drawn | boxes).items() for target in _next(state)]
    lines += [f"{ids[name]} -.-> {ids[target]}" for name in states for target in _own_catches(definition, name)]
    for box, state in boxes.items():
        rest = state["Catch"][-1]["Next"]
        lines.append(f"{ids[box]} -. anything fails .-> {ids[rest]}")
        own = dict.fromkeys(catch["Next"] for catch in state["Catch"][:-1])
        lines += [f"{ids[box]} -.-> {ids[target]}" for target in own if target not in (rest, HUMAN)]
    return "\n".join([*lines, *STYLES, "```"])


def _with_the_way_back_folded(states: dict[str, Any]) -> dict[str, Any]:
    """The states of a box; of the way back's, the hub and its spokes are one."""
    if HUB_BACK not in states:
        return states
    inside = _between(states, HUB_BACK, OUT_OF_HUB_BACK) - {OUT_OF_HUB_BACK}
    folded = {name: state for name, state in states.items() if name not in inside}
    entrance = next(name for name, state in folded.items() if state.get("Next") == HUB_BACK)
    folded[entrance] = {**folded[entrance], "Next": SAME_BOX}
    return folded | {SAME_BOX: {"Type": "Task", "Next": OUT_OF_HUB_BACK}}


def block_of(readme: str) -> str:
    """What stands between the README's markers."""
    return readme.split(BEGIN, 1)[1].split(END, 1)[0].strip()


def _plumbing(name: str) -> bool:
    """States that only pass a message on; the picture leaves them out."""
    return any(word in name for word in PLUMBING)


def _between(states: dict[str, Any], first: str, last: str) -> set[str]:
    """The states on the way from `first` to `last`, without what only failures reach."""
    seen: set[str] = set()
    todo = [first]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [] if name == last else _next(states[name])
    return seen


def _next(state: dict[str, Any]) -> list[str]:
    named = [state.get("Next"), *(choice["Next"] for choice in state.get("Choices", []))]
    return [target for target in named if target is not None and not _plumbing(target)]


def _own_catches(definition: dict[str, Any], name: str) -> list[str]:
    """Where a state's failures lead, where that is no end of its own."""
    targets = [catch["Next"] for catch in definition["States"][name].get("Catch", [])]
    return [target for target in dict.fromkeys(targets) if target != HUMAN and not _plumbing(target)]


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
        one["Properties"]["DefinitionString"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::StepFunctions::StateMachine"
    )
    return json.loads("".join(part if isinstance(part, str) else "ref" for part in machine["Fn::Join"][1]))  # type: ignore[no-any-return]


def main() -> None:
    """Rewrite the README's block."""
    text = README.read_text()
    before, after = text.split(BEGIN, 1)[0], text.split(END, 1)[1]
    README.write_text(f"{before}{BEGIN}\n{picture(_definition())}\n{END}{after}")


if __name__ == "__main__":
    main()
