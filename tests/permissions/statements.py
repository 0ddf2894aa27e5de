"""`python -m tests.permissions.statements`: takes each statement of the stack's policies away once.

Played without it is the shortest of the plays that it was used in. Printed are the statements that nothing uses or
misses; 1 is the exit code where there is one. What is missed of a permission is an action that is refused then, and of
a denial one that is not refused any more.
"""

import sys
from contextlib import suppress
from pathlib import Path

from simulator.cdk_output import ensure_synthesized
from simulator.iam.authorization import AccessRefused
from simulator.iam.evaluation import DENY, Decision, Statement
from simulator.simulation import InProcessSimulation
from tests.conftest import FOLLOWING
from tests.permissions.derivation import Derived, Play, Played, derive


def is_missed(statement: Statement, played: Played, following: Path) -> bool:
    """Whether the play goes otherwise where the statement is not there."""
    without = refusals_without(statement.name, played.play, following)
    if statement.effect == DENY:
        return any(each.decision is Decision.DENIED for each in played.refused - without)
    new = without - played.refused
    return any(each.decision is Decision.NOT_ALLOWED and statement.covers(each.action) for each in new)


def refusals_without(name: str, play: Play, following: Path) -> frozenset[AccessRefused]:
    """What is refused in that play where the statement is not there."""
    refused: set[AccessRefused] = set()
    with InProcessSimulation(play.scenario, play.seed, following) as region:
        region.bus.subscribe(AccessRefused, refused.add)
        region.policies.drop(name)
        with suppress(TimeoutError):  # what is never started is waited for in vain
            play.act(region)
    return frozenset(refused)


def idle(derived: Derived, following: Path) -> list[str]:
    """The names of the statements that nothing uses, or that nothing misses."""
    return [
        each.name
        for each in derived.statements
        if each.name not in derived.shortest or not is_missed(each, derived.shortest[each.name], following)
    ]


def main() -> int:
    """Print each statement that is not missed."""
    following = ensure_synthesized(FOLLOWING)
    derived = derive(following)
    left = idle(derived, following)
    sys.stdout.write("".join(f"{name}\n" for name in left))
    sys.stdout.write(f"{len(derived.statements)} statements, {len(left)} of them not missed when taken away\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
