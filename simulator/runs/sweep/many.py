"""Many seeds, over all cores, one process each. Verdicts go to a results file, from which a sweep can go on later."""

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from simulator.cdk_output import ensure_synthesized
from simulator.runs.sweep.run import run_seed
from simulator.runs.sweep.verdict import Verdict

CHUNK = 4


def sweep(seeds: Iterable[int], *, fast: bool, results: Path | None, processes: int | None = None) -> Iterator[Verdict]:
    """The verdict on each seed, in order. Those in the `results` file (JSON lines) are not run again."""
    known = {each.seed: each for each in _read(results)}
    ensure_synthesized()  # once, and not in each process
    wanted = list(seeds)
    missing = [seed for seed in wanted if seed not in known]
    yield from (known[seed] for seed in wanted if seed in known)
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        for verdict in pool.map(partial(run_seed, fast=fast), missing, chunksize=CHUNK):
            if results is not None:
                with results.open("a") as file:
                    file.write(json.dumps(verdict.to_json()) + "\n")
            yield verdict


def _read(results: Path | None) -> list[Verdict]:
    if results is None or not results.exists():
        return []
    return [Verdict.from_json(json.loads(line)) for line in results.read_text().splitlines()]
