"""New against old: may as many bad events on new instances be noise, or what old ones show just so? Pure.

Both explanations have to fail before anything is held against the new AMI. Each is an exact test: of a Poisson count
against the rate of what is well, and of how the events of both divide (given how many there are, a binomial
distribution by exposure; of several services, the sum of theirs).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NOISE = 1 / 5000
"""So rarely, a window, may what is well look so bad."""

ALIKE = 0.03
"""So rarely may old instances that are as bad have shown so little."""

DOUBTFUL = 0.05
"""From here on nothing more moves until it has cleared up."""

BAD_EVENTS = 3
FURTHER = 60
"""Terms of a tail that are added up: above the mean each is smaller than the one before, soon by much."""


@dataclass(frozen=True)
class Tally:
    """Bad events on new and on old instances, and the hours (of tasks, or instances) in which they could happen.

    `before` and `hours_before` are of old instances that are gone.
    """

    new: int
    old: int
    hours_new: float
    hours_old: float
    before: int = 0
    hours_before: float = 0.0

    @property
    def with_before(self) -> "Tally":
        """The same with what old instances showed that are gone."""
        return Tally(self.new, self.old + self.before, self.hours_new, self.hours_old + self.hours_before)

    @property
    def said(self) -> str:
        """For an operator."""
        both = self.with_before
        return (
            f"{self.new} in {self.hours_new:.2f} h on new instances, {both.old} in {both.hours_old:.2f} h on old ones"
        )


@dataclass(frozen=True)
class Comparison:
    """What the tallies of one window come to. `noise`, `alike`: the probabilities of the two explanations."""

    new: int
    noise: float
    alike: float

    def doubtful(self, least: int = BAD_EVENTS - 1) -> bool:
        """Whether so many events or more are worth a second look, and nothing else is to move until then."""
        return self.new >= least and self.noise <= DOUBTFUL and self.alike <= 2 * ALIKE

    @property
    def guilty(self) -> bool:
        """Whether neither explanation holds."""
        return self.noise <= NOISE and self.alike <= ALIKE


def judge(tallies: Sequence[Tally], well_hours: float) -> Comparison:
    """Those tallies together, where what is well has one bad event in `well_hours`.

    Old instances are as bad if they are so now, or were before they were gone.
    """
    new = sum(tally.new for tally in tallies)
    likeness = max(alike(tallies), alike([tally.with_before for tally in tallies]))
    return Comparison(new, noise(new, sum(tally.hours_new for tally in tallies) / well_hours), likeness)


def together(tallies: Sequence[Tally]) -> Tally:
    """Their sum."""
    return Tally(
        sum(tally.new for tally in tallies),
        sum(tally.old for tally in tallies),
        math.fsum(tally.hours_new for tally in tallies),
        math.fsum(tally.hours_old for tally in tallies),
        sum(tally.before for tally in tallies),
        math.fsum(tally.hours_before for tally in tallies),
    )


def noise(events: int, expected: float) -> float:
    """The probability of so many events or more, where so many are expected (Poisson)."""
    if events <= expected:
        return 1.0 - math.fsum(_poisson(k, expected) for k in range(events))
    return math.fsum(_poisson(k, expected) for k in range(events, events + FURTHER))


def alike(tallies: Iterable[Tally]) -> float:
    """The probability that as many of the events, or more, fall on new instances if these are no worse.

    0 where old ones had none: then only the rate of what is well can tell.
    """
    told = [tally for tally in tallies if tally.new + tally.old]
    new, expected = sum(tally.new for tally in told), sum(_share(tally) * (tally.new + tally.old) for tally in told)
    if not any(tally.old for tally in told):
        return 0.0
    if new <= expected:
        return 1.0
    spread = [1.0]
    for tally in told:
        spread = _sum(spread, _binomial(tally.new + tally.old, _share(tally)))
    return math.fsum(spread[new:])


def _share(tally: Tally) -> float:
    hours = tally.hours_new + tally.hours_old
    return tally.hours_new / hours if hours else 1.0


def _poisson(k: int, expected: float) -> float:
    return math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) if expected else float(k == 0)


def _binomial(many: int, share: float) -> list[float]:
    if share in (0.0, 1.0):
        return [float(k == many * share) for k in range(many + 1)]
    on, off, ways = math.log(share), math.log1p(-share), math.lgamma(many + 1)
    return [
        math.exp(ways - math.lgamma(k + 1) - math.lgamma(many - k + 1) + k * on + (many - k) * off)
        for k in range(many + 1)
    ]


def _sum(one: list[float], other: list[float]) -> list[float]:
    """The distribution of the sum of two independent counts."""
    found = [0.0] * (len(one) + len(other) - 1)
    for here, probability in enumerate(one):
        for there, its in enumerate(other):
            found[here + there] += probability * its
    return found
