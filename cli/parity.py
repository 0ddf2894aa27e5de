"""`rollout parity`: how our interpreters end what AWS itself has recorded, and how our matcher judges its patterns."""

import argparse
import json
import sys

from simulator.cdk_output import ensure_synthesized
from simulator.runs.parity.page import page
from simulator.runs.parity.patterns import PatternParity, judge
from simulator.runs.parity.replay import MODES, Comparison, replay
from simulator.stepfunctions.deployed_stack import load

BAD_INPUT = 2


def run(options: argparse.Namespace) -> int:
    """Replay; 0: no difference, 1: some, 2: there is nothing to replay."""
    if not (options.folder / "executions").is_dir():
        print(f"{options.folder} has no folder executions.", file=sys.stderr)
        return BAD_INPUT
    ours = json.loads(load(ensure_synthesized()).machine.definition)
    comparisons, patterns = replay(options.folder, ours), judge(options.folder)
    if options.page is not None:
        options.page.write_text(page(comparisons, patterns))
    print(json.dumps(_json(comparisons, patterns), indent=2) if options.json else _summary(comparisons, patterns))
    differ = patterns.differs or any(any(each.differs.values()) for each in comparisons)
    return 1 if differ else 0


def _json(comparisons: list[Comparison], patterns: PatternParity) -> dict[str, object]:
    judged = {"equal": len(patterns.equal), "refused": patterns.refused, "differs": patterns.differs}
    return {"executions": [each.to_json() for each in comparisons], "event_patterns": judged}


def _summary(comparisons: list[Comparison], patterns: PatternParity) -> str:
    ours = [each for each in comparisons if each.only_ours]
    lines = [f"{len(comparisons)} recordings, {len(ours)} of them with only what our definition uses"]
    for mode in MODES:
        equal, refused = (
            [sum(count(each) for each in some) for some in (comparisons, ours)]
            for count in (lambda each, mode=mode: each.equal(mode), lambda each, mode=mode: mode in each.refused)
        )
        lines.append(
            f"  {mode}: {equal[0]} equal, {refused[0]} refused; of ours {equal[1]} equal, {refused[1]} refused"
        )
        lines += [
            f"    differs in {', '.join(what)}: {each.name}" for each in comparisons if (what := each.differs.get(mode))
        ]
    lines += [f"  not replayed, {each.not_replayed}: {each.name}" for each in comparisons if each.not_replayed]
    total = len(patterns.equal) + len(patterns.refused) + len(patterns.differs)
    lines.append(f"{len(patterns.equal)} of {total} event patterns are judged alike, {len(patterns.refused)} refused")
    lines += [f"    differs: {name}" for name in patterns.differs]
    return "\n".join(lines)
