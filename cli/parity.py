"""`rollout parity`: how our interpreters end what AWS itself has recorded."""

import argparse
import json
import sys

from simulator.runs.parity.replay import Parity, replay

BAD_INPUT = 2


def run(options: argparse.Namespace) -> int:
    """Replay; 0: no difference, 1: some, 2: there is nothing to replay."""
    if not (options.folder / "executions").is_dir():
        print(f"{options.folder} has no folder executions.", file=sys.stderr)
        return BAD_INPUT
    found = replay(options.folder)
    print(json.dumps(found.to_json(), indent=2) if options.json else _table(found))
    return 1 if found.differ else 0


def _table(found: Parity) -> str:
    compared = sorted({*found.equal, *found.differ})
    lines = [f"{found.recordings} recordings"]
    for what in compared:
        differ = found.differ.get(what, [])
        lines.append(f"  {what}: {found.equal[what]} of {found.equal[what] + len(differ)} equal")
        lines += [f"    differs: {name}" for name in sorted(differ)]
    lines += [f"  left out, {why}: {number}" for why, number in sorted(found.left_out.items())]
    return "\n".join(lines)
