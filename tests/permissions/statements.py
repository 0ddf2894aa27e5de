"""`python -m tests.permissions.statements`: takes each statement of the stack's roles away once, and runs a rollout.

The rollout is the first one that the statement was used in. A statement that none uses is named, and so is one without
which nothing fails.
"""

import sys
from pathlib import Path
from typing import NamedTuple

from simulator.cdk_output import ensure_synthesized
from simulator.invariants.permissions import ALLOWED
from simulator.runs.rehearsal.run import observe
from simulator.scenario.model import Scenario
from simulator.simulation import InProcessSimulation
from tests.permissions.derivation import prepared, runs

NOT_SIMULATED = ("xray:", "logs:")
"""What CDK grants for tracing and logs: no call of a handler's."""


class Run(NamedTuple):
    """A rollout that can be run again."""

    scenario: Scenario
    seed: int


def used_first(cdk_out: Path) -> tuple[dict[str, Run], tuple[str, ...]]:
    """By the name of each statement, the first rollout that used it; and the names of all statements."""
    first: dict[str, Run] = {}
    names: tuple[str, ...] = ()
    for scenario, seed in runs():
        with InProcessSimulation(scenario, seed, cdk_out) as region:
            prepared(region)
            observe(region)
            names = region.policies.names
            for name in sorted(region.policies.used):
                first.setdefault(name, Run(scenario, seed))
    return first, names


def fails_without(name: str, run: Run, cdk_out: Path) -> bool:
    """Whether somebody is refused what no other statement allows."""
    with InProcessSimulation(run.scenario, run.seed, cdk_out) as region:
        prepared(region)
        region.policies.drop(name)
        outcome = observe(region)
    return any(violation.invariant == ALLOWED for violation in outcome.violations)


def main() -> int:
    """Print each statement and what came of taking it away; 1 where one is not missed."""
    cdk_out = ensure_synthesized()
    first, names = used_first(cdk_out)
    idle = 0
    for name in names:
        missed = name in first and fails_without(name, first[name], cdk_out)
        idle += not missed
        sys.stdout.write(f"{'missed' if missed else 'NOT MISSED' if name in first else 'NOT USED'}  {name}\n")
    sys.stdout.write(f"{len(names)} statements, {idle} of them not missed\n")
    return 1 if idle else 0


if __name__ == "__main__":
    sys.exit(main())
