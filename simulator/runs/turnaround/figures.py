"""Many drawn rollouts whose tasks begin to fail, over all cores, and the figures that they come to."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from simulator.cdk_output import ensure_synthesized
from simulator.runs.spread import spread
from simulator.runs.turnaround.runs import Turnaround, run_turnaround

WHERE_OLD_STANDS_SECONDS = 180.0  # beside the start of the task
P95_SECONDS, WORST_SECONDS = 300.0, 600.0


@dataclass(frozen=True)
class Figures:
    """One strategy. Seconds are virtual: of `stands`, without the start of the task; of `rebuilt`, all of it.

    `stands` are the turnarounds where the whole old fleet was there, `rebuilt` the others. `late` are the seeds that
    took longer than promised, `green` those that ended as if nothing had been wrong, `never` those where no task came
    back; `broken` those that broke another promise.
    """

    strategy: str
    runs: int
    harmed: int
    short: int
    stands: dict[str, float]
    rebuilt: dict[str, float]
    ends: dict[str, int]
    late: tuple[int, ...]
    green: tuple[int, ...]
    never: tuple[int, ...]
    broken: tuple[int, ...]

    @property
    def as_promised(self) -> bool:
        """Whether everything is as promised."""
        within = self.rebuilt.get("p95", 0.0) <= P95_SECONDS
        return within and not (self.late or self.green or self.never or self.broken)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self) | {"kept": self.as_promised}


def turnarounds(strategy: str, seeds: Iterable[int], *, processes: int | None = None) -> Iterator[Turnaround]:
    """Each seed's, in order."""
    ensure_synthesized()  # once, and not in each process
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        yield from pool.map(partial(run_turnaround, strategy=strategy), list(seeds), chunksize=2)


def figures(strategy: str, runs: Sequence[Turnaround]) -> Figures:
    """The figures of one strategy's runs."""
    stands = [turnaround for turnaround in runs if turnaround.stands and turnaround.beyond_the_start is not None]
    rebuilt = [
        turnaround
        for turnaround in runs
        if turnaround.short and not turnaround.stands and turnaround.seconds is not None
    ]
    late = [turnaround.seed for turnaround in stands if (turnaround.beyond_the_start or 0.0) > WHERE_OLD_STANDS_SECONDS]
    late += [turnaround.seed for turnaround in rebuilt if (turnaround.seconds or 0.0) > WORST_SECONDS]
    return Figures(
        strategy=strategy,
        runs=len(runs),
        harmed=sum(turnaround.harmed for turnaround in runs),
        short=sum(turnaround.short for turnaround in runs),
        stands=spread([turnaround.beyond_the_start or 0.0 for turnaround in stands]),
        rebuilt=spread([turnaround.seconds or 0.0 for turnaround in rebuilt]),
        ends=dict(
            Counter(f"{turnaround.last_state} {turnaround.error or ''}".strip() for turnaround in runs).most_common()
        ),
        late=tuple(late),
        green=tuple(turnaround.seed for turnaround in runs if turnaround.is_green),
        never=tuple(turnaround.seed for turnaround in runs if turnaround.short and turnaround.seconds is None),
        broken=tuple(turnaround.seed for turnaround in runs if turnaround.violations),
    )
