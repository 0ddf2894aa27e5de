"""`python -m benchmarks.way_back`: the way back from exactly full old fleets, by strategy, fleet and misfortune.

`--size 6 --seeds 3 --first 1` are instances and seeds; `--only blue-green,breaker` keeps the cells that have all of
these words; `--surge 50%` is `roll_back.surge`; `--aws '{"constraints_bind": "at_once"}'` are the region's switches;
`--json` prints data. The exit code is 1 where one did not end all old, or broke a promise.
"""

import argparse
import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.cdk_output import ensure_synthesized
from simulator.runs.way_back.run import WayBack, run_way_back
from simulator.runs.way_back.scenarios import Cell, cells

WIDTH = 150
HEADINGS = ("strategy", "fleet", "misfortune", "seed", "ends", "error", "out s", "back s", "ideal s", "of ideal")


def chosen(words: Iterable[str]) -> list[Cell]:
    """The cells that have all of these words; a word is a strategy, a fleet or a misfortune, or a part of one."""
    return [cell for cell in cells() if all(any(word in part for part in cell) for word in words)]


def runs(found: list[Cell], options: argparse.Namespace) -> Iterator[WayBack]:
    """Each of them with each seed, in order."""
    ensure_synthesized()  # once, and not in each process
    surge = int(options.surge) if options.surge.isdigit() else options.surge
    run = partial(_run, size=options.size, aws=json.loads(options.aws), roll_back={"surge": surge} if surge else None)
    every = [(cell, seed) for cell in found for seed in range(options.first, options.first + options.seeds)]
    with ProcessPoolExecutor(options.processes) as pool:
        yield from pool.map(run, every)


def _run(one: tuple[Cell, int], *, size: int, aws: dict[str, Any], roll_back: dict[str, Any] | None) -> WayBack:
    return run_way_back(*one, size, aws, roll_back)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--surge", default="")
    parser.add_argument("--aws", default="{}")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = list(runs(chosen(filter(None, options.only.split(","))), options))
    if options.json:
        Console().print_json(data=[each.to_json() for each in found])
    else:
        _say(found)
    return 0 if found and all(each.is_returned for each in found) else 1


def _say(found: list[WayBack]) -> None:
    table = Table(*HEADINGS, title="The way back from an exactly full old fleet, virtual seconds")
    for each in found:
        ends = each.last_state if not each.violations else f"{each.last_state}, {len(each.violations)} broken"
        seconds = [f"{value:.0f}" if value is not None else "" for value in (each.out, each.back, each.ideal)]
        ratio = f"{each.ratio:.2f}" if each.ratio is not None else ""
        table.add_row(*each.cell, str(each.seed), ends, each.error or "", *seconds, ratio)
    console = Console(highlight=False)
    console.print(table, width=max(console.width, WIDTH))
    returned = sum(each.is_returned for each in found)
    console.print(f"{returned} of {len(found)} ended all old with every setting as before, and broke no promise")


if __name__ == "__main__":
    raise SystemExit(main())
