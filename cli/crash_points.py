"""`rollout crash-points`: the handler or the execution dies at every API call of a rollout, one at a time."""

import argparse
import json
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from simulator.cdk_output import ensure_synthesized
from simulator.runs.sweep.crash_points import CrashPoint, count_calls, crash, crash_points
from simulator.runs.sweep.verdict_rules import failures
from simulator.scenario.load import load

NAMED = 10


def run(options: argparse.Namespace) -> int:
    """Try all points; 0: every promise was held at each."""
    found = {str(path): _tried(path, options) for path in options.scenario}
    if options.json:
        print(json.dumps(found, indent=2))
    return 1 if any(each["broken"] for each in found.values()) else 0


def _tried(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    scenario = load(path)
    calls = count_calls(scenario, 1, ensure_synthesized())
    points = list(crash_points(calls))[:: options.every]
    console = Console(highlight=False, soft_wrap=True, stderr=options.json)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(partial(_dies, path), points, chunksize=8)
        title = f"{path.stem}: {calls} calls"
        quiet = {"console": console, "transient": True, "disable": options.json}
        shown = track(outcomes, title, total=len(points), **quiet)
        results = list(zip(points, shown, strict=True))
    ends = Counter(f"{point.dies}: {end}" for point, (end, _broken) in results)
    broken = [f"{point}: {'; '.join(said)}" for point, (_end, said) in results if said]
    _say(console, path.stem, ends, broken, len(points))
    return {"calls": calls, "points": len(points), "ends": dict(sorted(ends.items())), "broken": broken}


def _dies(path: Path, point: CrashPoint) -> tuple[str, list[str]]:
    outcome = crash(load(path), 1, _cdk_out(), point)
    return f"{outcome.status} {outcome.end}", failures(outcome)


@cache
def _cdk_out() -> Path:
    return ensure_synthesized()


def _say(console: Console, name: str, ends: Counter[str], broken: Sequence[str], points: int) -> None:
    console.print(f"{name}: {points} crash points, {len(broken)} broke a promise")
    for end, count in sorted(ends.items()):
        console.print(f"  {count:6} {end}")
    for each in broken[:NAMED]:
        console.print(f"  {each}", style="red", markup=False)
