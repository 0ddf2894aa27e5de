"""Many seeds, over all cores, one process each; verdicts as they come, and kept, so that a sweep can go on later."""

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


def sweep(seeds: Iterable[int], *, fast: bool, kept: Path | None, processes: int | None = None) -> Iterator[Verdict]:
    """The verdict on each seed, in order. Those that `kept` (JSON lines) has already are not run again."""
    known = {one.seed: one for one in _read(kept)}
    ensure_synthesized()  # once, and not in each process
    wanted = list(seeds)
    missing = [seed for seed in wanted if seed not in known]
    yield from (known[seed] for seed in wanted if seed in known)
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        for verdict in pool.map(partial(run_seed, fast=fast), missing, chunksize=CHUNK):
            if kept is not None:
                with kept.open("a") as file:
                    file.write(json.dumps(verdict.to_json()) + "\n")
            yield verdict


def _read(kept: Path | None) -> list[Verdict]:
    if kept is None or not kept.exists():
        return []
    return [Verdict.from_json(json.loads(line)) for line in kept.read_text().splitlines()]
