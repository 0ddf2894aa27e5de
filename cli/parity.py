"""`rollout parity`: how our interpreters end what AWS itself has recorded."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from simulator.runs.parity.replay import Parity, replay

BAD_INPUT = 2


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "parity",
        help="replay recorded executions and compare how they end",
        description="Replay FOLDER/executions/*.json, executions that AWS has recorded, in moto's interpreter on "
        "virtual time, and in the walker where it takes the definition. Compared are status, error, cause, output and "
        "the types of the history's events. The exit code is 0 when none differs.",
    )
    command.add_argument("folder", metavar="FOLDER", type=Path)
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(run=run)


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
