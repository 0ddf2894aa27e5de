"""`rollout second-opinion`: the same scenarios in three engines, and whether they agree."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.elsewhere.agreement import Agreement, compare, row
from simulator.elsewhere.endpoint import ENDPOINT, elsewhere
from simulator.elsewhere.engine import NoAnswer
from simulator.elsewhere.ministack import NotStarted
from simulator.scenario.load import load
from simulator.synthesis import ensure_synthesized

NOT_THERE = 2
TABLE_BEGINS, TABLE_ENDS = "<!-- table -->", "<!-- /table -->"
HEAD = ("| scenario | ends | virtual s | states | the engines |", "|---|---|---:|---:|---|")


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "second-opinion",
        help="run scenarios in three engines and compare",
        description="Run each scenario's state machine in moto's interpreter, in the fast lane's walk and in "
        f"ministack, or in the engine whose Step Functions API is at {ENDPOINT}, and compare the states that were "
        "entered, in order, and what came of it. The exit code is 0 only when all agree.",
    )
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path, nargs="+")
    command.add_argument("--page", type=Path, metavar="FILE", help="put the table into this Markdown file")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare; 0: all agree, 1: some differ, 2: the other engine is not there, or does not answer."""
    scenarios = {path.stem: load(path) for path in options.scenario}
    console = Console(stderr=True, quiet=options.json)
    agreements: list[Agreement] = []
    try:
        with elsewhere() as there:
            for name, scenario in scenarios.items():
                console.print(f"{name} …", style="dim")
                agreements.append(compare(scenario, ensure_synthesized(), there))
    except (NotStarted, NoAnswer) as error:
        print(error, file=sys.stderr)
        return NOT_THERE
    if options.page:
        options.page.write_text(_with_table(options.page.read_text(), list(scenarios), agreements))
    if options.json:
        rows = zip(scenarios, agreements, strict=True)
        print(json.dumps({name: list(one.differences) for name, one in rows}, indent=2))
    else:
        Console().print(_table(list(scenarios), agreements))
    return int(any(one.differences for one in agreements))


def _with_table(page: str, names: Sequence[str], agreements: Sequence[Agreement]) -> str:
    before, rest = page.split(TABLE_BEGINS, 1)
    after = rest.split(TABLE_ENDS, 1)[1]
    rows = [row(name, one) for name, one in zip(names, agreements, strict=True)]
    return "\n".join([before + TABLE_BEGINS, *HEAD, *rows, TABLE_ENDS + after])


def _table(names: Sequence[str], agreements: Sequence[Agreement]) -> Table:
    table = Table("scenario", "ends", "at", title="Three engines, the same scenarios, simulated")
    table.add_column("virtual s", justify="right")
    table.add_column("states", justify="right")
    table.add_column("they")
    for name, one in zip(names, agreements, strict=True):
        outcome = one.first.outcome
        said = "[red]" + "; ".join(one.differences) if one.differences else "[green]agree"
        numbers = (f"{outcome.virtual_seconds:,.0f}", str(one.first.entered))
        table.add_row(name, outcome.end.replace("_", " "), outcome.last_state, *numbers, said)
    return table
