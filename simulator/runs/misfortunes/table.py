"""Each misfortune, for each strategy and direction, over some seeds: what came of it, and whether it may."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from simulator.cdk_output import ensure_synthesized
from simulator.runs.misfortunes.catalogue import MISFORTUNES, Misfortune
from simulator.runs.misfortunes.scenarios import STRATEGIES, misfortune_scenario
from simulator.runs.rehearsal.run import simulate

BY_NAME = {each.name: each for each in MISFORTUNES}
DIRECTIONS = (False, True)


@dataclass(frozen=True)
class Row:
    """One misfortune for one strategy in one direction. What differs between seeds is the worst of them.

    `seconds` are virtual; `lowest_margin` is the fewest tasks of any service above its floor, `seconds_at_zero` the
    task-seconds during which a service had none. `failures` says what was not allowed, by seed.
    """

    misfortune: str
    strategy: str
    back: bool
    ends: tuple[str, ...]
    errors: tuple[str, ...]
    seconds: float
    lowest_margin: int
    seconds_at_zero: float
    failures: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self)


def rows(names: Iterable[str], seeds: range, *, fast: bool = True, processes: int | None = None) -> Iterator[Row]:
    """The table's rows, misfortune by misfortune, on all cores."""
    ensure_synthesized()
    cells = [(name, strategy, back) for name in names for strategy in STRATEGIES for back in DIRECTIONS]
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        yield from pool.map(partial(row, seeds=seeds, fast=fast), cells)


def row(cell: tuple[str, str, bool], *, seeds: range, fast: bool = True) -> Row:
    """One row."""
    name, strategy, back = cell
    misfortune = BY_NAME[name]
    scenario = misfortune_scenario(misfortune, strategy, back=back)
    outcomes = [(seed, simulate(scenario, seed, fast=fast)) for seed in seeds]
    failures = [
        f"seed {seed}: {why}" for seed, outcome in outcomes for why in _not_allowed(misfortune, outcome, back=back)
    ]
    floors = [record for _seed, outcome in outcomes for record in outcome.floors.values()]
    return Row(
        misfortune=name,
        strategy=strategy,
        back=back,
        ends=tuple(sorted({outcome.end for _seed, outcome in outcomes})),
        errors=tuple(sorted({outcome.first_error or outcome.error or "" for _seed, outcome in outcomes} - {""})),
        seconds=max(outcome.virtual_seconds for _seed, outcome in outcomes),
        lowest_margin=min(record.lowest_margin for record in floors),
        seconds_at_zero=round(max(record.task_seconds_at_zero for record in floors), 1),
        failures=tuple(failures),
    )


def _not_allowed(misfortune: Misfortune, outcome: Any, *, back: bool) -> Iterator[str]:
    if outcome.end not in misfortune.ends(back=back):
        yield f"{outcome.status} {outcome.end} ({outcome.error}): {outcome.cause}"
    yield from map(str, outcome.violations)
