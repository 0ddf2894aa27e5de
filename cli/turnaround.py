"""`rollout turnaround`: how fast rollouts turn when tasks begin to fail on the new AMI, over drawn scenarios."""

import argparse
import json

from rich.console import Console
from rich.table import Table

from simulator.runs.turnaround.figures import Figures, figures, turnarounds
from simulator.runs.turnaround.runs import run_turnaround
from simulator.runs.turnaround.scenarios import STRATEGIES, turnaround_document


def run(options: argparse.Namespace) -> int:
    """Measure; 0: as promised."""
    strategies = (options.strategy,) if options.strategy else STRATEGIES
    if options.seed is not None:
        return _one(options.seed, strategies[0], scenario=options.scenario)
    seeds = range(options.first, options.first + options.seeds)
    found = [
        figures(strategy, list(turnarounds(strategy, seeds, processes=options.processes))) for strategy in strategies
    ]
    if options.json:
        print(json.dumps([each.to_json() for each in found], indent=2))
    else:
        _say(found)
    return 0 if found and all(each.runs and each.as_promised for each in found) else 1


def _one(seed: int, strategy: str, *, scenario: bool) -> int:
    shown = turnaround_document(seed, strategy) if scenario else run_turnaround(seed, strategy).to_json()
    print(json.dumps(shown, indent=2))
    return 0


def _say(found: list[Figures]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table(title="From the first bad reading to a task RUNNING on the old AMI again, virtual seconds")
    for heading in ("strategy", "runs", "tasks failed", "at the floor", "old fleet stands*", "others", "as promised"):
        table.add_column(heading)
    for each in found:
        promised = "yes" if each.as_promised else "no"
        counts = (str(each.runs), str(each.harmed), str(each.short))
        table.add_row(each.strategy, *counts, _spread(each.stands), _spread(each.rebuilt), promised)
    console.print(table)
    console.print("* beside the start of the task: 180 at most is promised; of the others p95 300, worst 600")
    for each in found:
        ends = ", ".join(f"{count} {end}" for end, count in each.ends.items())
        console.print(f"{each.strategy}: {ends}", markup=False)
        for what in ("late", "green", "never", "broken"):
            if seeds := getattr(each, what):
                console.print(f"  {what}: seeds {', '.join(map(str, seeds))}", style="red", markup=False)


def _spread(seconds: dict[str, float]) -> str:
    if not seconds["runs"]:
        return "none"
    return (
        f"{seconds['runs']:.0f}: median {seconds['median']:.0f}, p95 {seconds['p95']:.0f}, worst {seconds['worst']:.0f}"
    )
