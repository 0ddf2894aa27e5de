"""`python -m tests.permissions.statements`: takes each statement of the stack's policies away once.

Played without it is the first rollout that it was used in. A statement that none uses is named, and so is one without
which nobody is refused anything.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from simulator.cdk_output import ensure_synthesized
from simulator.iam.authorization import AccessRefused
from simulator.iam.evaluation import Decision
from simulator.simulation import InProcessSimulation
from tests.conftest import FOLLOWING
from tests.permissions.derivation import Play, plays


def used_first(following: Path) -> tuple[dict[str, Play], tuple[str, ...]]:
    """By the name of each statement, the first play that used it; and the names of all statements."""
    first: dict[str, Play] = {}
    names: tuple[str, ...] = ()
    for play in plays():
        with InProcessSimulation(play.scenario, play.seed, following) as region:
            play.act(region)
            names = region.policies.names
            for name in sorted(region.policies.used):
                first.setdefault(name, play)
    return first, names


def refusals_without(name: str, play: Play, following: Path) -> list[AccessRefused]:
    """What is refused in that play where the statement is not there."""
    refused: list[AccessRefused] = []
    with InProcessSimulation(play.scenario, play.seed, following) as region:
        region.bus.subscribe(AccessRefused, refused.append)
        region.policies.drop(name)
        with suppress(TimeoutError):  # what is never started is waited for in vain
            play.act(region)
    return [each for each in refused if each.decision is Decision.NOT_ALLOWED]


def idle(following: Path) -> Iterator[tuple[str, str]]:
    """Statements that are not missed, and why they are said to be not."""
    first, names = used_first(following)
    for name in names:
        if name not in first:
            yield name, "used by nothing"
        elif not refusals_without(name, first[name], following):
            yield name, "not missed where it was used"


def main() -> int:
    """Print each statement that is not missed."""
    following = ensure_synthesized(FOLLOWING)
    found = list(idle(following))
    for name, why in found:
        sys.stdout.write(f"{name}: {why}\n")
    sys.stdout.write(f"{len(found)} statements are not missed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
