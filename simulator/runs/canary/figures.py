"""Many drawn rollouts to bad and to good AMIs, over all cores, and the figures that they come to."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from handlers import catalogue
from simulator.cdk_output import ensure_synthesized
from simulator.runs.canary.noise import Noise
from simulator.runs.canary.runs import Trial, run_trial
from simulator.runs.spread import spread

P95_SECONDS, WORST_SECONDS = 300.0, 600.0
TURNED_BACK_AT_MOST = 0.01


@dataclass(frozen=True)
class CanaryFigures:
    """Seeds, and how many there are.

    Of bad AMIs: `early` are those that showed while only the first slice had moved, `moved_on` the seeds of those
    where more moved all the same. `delays` are virtual seconds from the third bad event until a rollout turned that
    had moved more before, `green` the seeds that ended well although it had shown. Of good ones: `turned_back`.
    `broken` are the seeds of either that broke another promise.
    """

    bad: int
    shown: int
    early: int
    moved_on: tuple[int, ...]
    delays: dict[str, float]
    green: tuple[int, ...]
    good: int
    turned_back: tuple[int, ...]
    broken: tuple[int, ...]
    ends: dict[str, int]

    @property
    def reached(self) -> bool:
        """Whether all of it is as promised."""
        in_time = self.delays.get("p95", 0.0) <= P95_SECONDS and self.delays.get("worst", 0.0) <= WORST_SECONDS
        few = len(self.turned_back) <= TURNED_BACK_AT_MOST * self.good
        return in_time and few and not (self.moved_on or self.green or self.broken)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self) | {"reached": self.reached}


def trials(seeds: Iterable[int], noise: Noise, *, bad: bool, processes: int | None = None) -> Iterator[Trial]:
    """Each seed's, in order."""
    ensure_synthesized()  # once, and not in each process
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        yield from pool.map(partial(run_trial, noise=noise, bad=bad), list(seeds), chunksize=2)


def figures(found: Sequence[Trial]) -> CanaryFigures:
    """What they come to."""
    bad, good = [trial for trial in found if trial.bad], [trial for trial in found if not trial.bad]
    early = [trial for trial in bad if trial.showed_early]
    late = [trial.delay for trial in bad if trial.delay is not None and not trial.showed_early]
    ends = Counter(
        f"{'bad' if trial.bad else 'good'}: {trial.last_state} {trial.error or ''}".strip() for trial in found
    )
    return CanaryFigures(
        bad=len(bad),
        shown=sum(trial.showed_at is not None for trial in bad),
        early=len(early),
        moved_on=tuple(trial.seed for trial in early if trial.moved_on),
        delays=spread(late),
        green=tuple(trial.seed for trial in bad if trial.is_green),
        good=len(good),
        turned_back=tuple(trial.seed for trial in good if trial.last_state != catalogue.ROLLED_OUT.forward),
        broken=tuple(trial.seed for trial in found if trial.violations),
        ends=dict(ends.most_common()),
    )
