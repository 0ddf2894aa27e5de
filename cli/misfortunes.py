"""`rollout misfortunes`: one misfortune at a time, for each strategy, there and back."""

import argparse
import json
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from simulator.runs.misfortunes.table import BY_NAME, Row, rows

WIDTH = 118


def run(options: argparse.Namespace) -> int:
    """Play them; 0: each ended as it may, and no promise was broken."""
    names = [name for name in BY_NAME if not options.only or any(part in name for part in options.only)]
    if not names:
        print(f"no misfortune has {' or '.join(options.only)} in its name", file=sys.stderr)
        return 2
    found = list(rows(names, range(options.first, options.first + options.seeds), processes=options.processes))
    if options.json:
        print(json.dumps([each.to_json() for each in found], indent=2))
    elif options.markdown:
        print("\n".join(page(found)))
    else:
        _say(found)
    return 1 if any(each.failures for each in found) else 0


def page(found: list[Row]) -> Iterator[str]:
    """The table in Markdown."""
    yield "| misfortune | strategy | way | end | turned by | s | lowest margin | task-s at zero |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in found:
        yield f"| {' | '.join(_cells(each))} |"


def _say(found: list[Row]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("misfortune", "strategy", "way", "end", "turned by", "s", "margin", "zero s", "", box=None)
    for each in found:
        table.add_row(*_cells(each), "" if not each.failures else "NOT ALLOWED", style="red" if each.failures else "")
    console.print(table, width=max(console.width, WIDTH))
    for each in found:
        for failure in each.failures:
            console.print(f"{each.misfortune}, {each.strategy}, {_way(each)}: {failure}", style="red", markup=False)


def _cells(each: Row) -> tuple[str, ...]:
    return (
        each.misfortune,
        each.strategy,
        _way(each),
        ", ".join(each.ends),
        ", ".join(each.errors),
        f"{each.seconds:.0f}",
        str(each.lowest_margin),
        f"{each.seconds_at_zero:.0f}",
    )


def _way(each: Row) -> str:
    return "back" if each.back else "there"
