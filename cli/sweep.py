"""`rollout sweep`: thousands of rollouts under drawn faults; whether each passes the verdict rules, and what broke."""

import argparse
import json
import time

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from simulator.runs.sweep.many import sweep
from simulator.runs.sweep.page import page
from simulator.runs.sweep.run import run_seed
from simulator.runs.sweep.shrink import shrink
from simulator.runs.sweep.summary import Summary, summarize
from simulator.runs.sweep.verdict import Verdict

NAMED = 10


def run(options: argparse.Namespace) -> int:
    """Sweep; 0: nothing broke, 1: something did."""
    if options.seed is not None:
        return _one(options.seed, fast=not options.full)
    began = time.monotonic()
    verdicts = list(_shown(options))
    summary = summarize(verdicts, time.monotonic() - began)
    if options.page:
        mode = "full" if options.full else "in-process"
        title = f"Sweep of seeds {options.first} to {options.first + options.seeds - 1}, {mode} mode, simulated"
        options.page.write_text(page(summary, title))
    if options.json:
        print(json.dumps(summary.to_json(), indent=2))
    else:
        _say(summary)
    return 1 if summary.broken else 0


def _shown(options: argparse.Namespace) -> list[Verdict]:
    seeds = range(options.first, options.first + options.seeds)
    columns = (*Progress.get_default_columns(), TimeElapsedColumn(), TextColumn("{task.fields[broken]} broken"))
    verdicts: list[Verdict] = []
    with Progress(*columns, console=Console(stderr=True), disable=options.json, transient=True) as progress:
        task = progress.add_task("simulated rollouts", total=len(seeds), broken=0)
        for verdict in sweep(seeds, fast=not options.full, results=options.kept, processes=options.processes):
            verdicts.append(verdict)
            progress.update(task, advance=1, broken=sum(bool(each.failures) for each in verdicts))
    return verdicts


def _say(summary: Summary) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("ended", "runs", title=f"{summary.runs} simulated rollouts, {summary.rollouts_a_second} a second")
    for end, count in summary.ends.items():
        table.add_row(end, str(count))
    console.print(table)
    if not summary.broken:
        console.print("No promise was broken.", style="green")
    for each in summary.broken[:NAMED]:
        console.print(f"{each['replay']}: {'; '.join(each['complaints'])}", style="red", markup=False)


def _one(seed: int, *, fast: bool) -> int:
    console = Console(highlight=False, soft_wrap=True)
    verdict = run_seed(seed, fast=fast)
    console.print(
        f"seed {seed}: {verdict.status} at {verdict.last_state!r}, {verdict.end}, trace {verdict.trace_sha256}"
    )
    if not verdict.failures:
        console.print("No promise was broken.", style="green")
        return 0
    console.print("\n".join(verdict.failures), style="red", markup=False)
    console.print("It takes only these faults:")
    for fault in shrink(seed).faults:
        console.print(f"  {fault.kind} at {fault.state or fault.at} {fault.with_ or ''}", markup=False)
    return 1
