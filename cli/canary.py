"""`rollout canary`: whether rollouts tell bad AMIs from good ones in time, over drawn AMIs of both kinds."""

import argparse
import json
from itertools import chain

from rich.console import Console
from rich.table import Table

from simulator.runs.canary.figures import P95_SECONDS, WORST_SECONDS, CanaryFigures, figures, trials
from simulator.runs.canary.noise import Noise
from simulator.runs.canary.runs import run_trial
from simulator.runs.canary.scenarios import canary_document


def run(options: argparse.Namespace) -> int:
    """Measure; 0: all of it is reached."""
    noise = Noise(options.crashes_per_task_hour, options.deployments, options.interruptions, options.scaling)
    if options.seed is not None:
        return _one(options.seed, noise, good=options.good, scenario=options.scenario)
    seeds = range(options.first, options.first + options.seeds)
    found = figures(
        list(chain.from_iterable(trials(seeds, noise, bad=bad, processes=options.processes) for bad in (True, False)))
    )
    if options.json:
        print(json.dumps(found.to_json() | {"first": options.first, "noise": noise.to_json()}, indent=2))
    else:
        _say(found)
    return 0 if found.bad and found.reached else 1


def _one(seed: int, noise: Noise, *, good: bool, scenario: bool) -> int:
    shown = canary_document(seed, noise, bad=not good) if scenario else run_trial(seed, noise, bad=not good).to_json()
    print(json.dumps(shown, indent=2))
    return 0


def _say(found: CanaryFigures) -> None:
    console, delays = Console(highlight=False, soft_wrap=True), found.delays
    spread = (
        f"median {delays['median']:.0f}, p95 {delays['p95']:.0f}, worst {delays['worst']:.0f} s"
        if delays["runs"]
        else "none"
    )
    table = Table(title=f"{found.bad} bad AMIs, of which {found.shown} showed it, and {found.good} good ones")
    for heading in ("what", "of", "reached", "at most"):
        table.add_column(heading)
    table.add_row("bad: more moved although it showed before", str(found.early), str(len(found.moved_on)), "0")
    table.add_row(
        "bad: from the third bad event until it turned, where it showed later", f"{delays['runs']:.0f}", spread,
        f"p95 {P95_SECONDS:.0f}, worst {WORST_SECONDS:.0f} s",
    )  # fmt: skip
    table.add_row("bad: Rolled out although it showed", str(found.shown), str(len(found.green)), "0")
    table.add_row("good: turned back", str(found.good), str(len(found.turned_back)), "1 %")
    table.add_row("either: broke a promise", str(found.bad + found.good), str(len(found.broken)), "0")
    console.print(table)
    console.print(", ".join(f"{count} {end}" for end, count in found.ends.items()), markup=False)
    for what in ("moved_on", "green", "turned_back", "broken"):
        if seeds := getattr(found, what):
            console.print(f"  {what}: seeds {', '.join(map(str, seeds))}", style="red", markup=False)
