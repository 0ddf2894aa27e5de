"""`python -m tests.permissions.statements`: takes each statement of the stack's policies away once.

Played without it is the first rollout that it was used in. Printed are the statements that nothing uses or misses, and
the reason, where there is one; 1 is the exit code where there is none.
"""

import sys
from contextlib import suppress
from pathlib import Path

from simulator.cdk_output import ensure_synthesized
from simulator.iam.authorization import AccessRefused
from simulator.iam.evaluation import DENY, Decision, Statement
from simulator.simulation import InProcessSimulation
from tests.conftest import FOLLOWING
from tests.permissions.derivation import Derived, Play, derive

NOT_SIMULATED = {
    "xray:": "tracing",
    "logs:": "the log of executions",
    "sqs:": "dead letters: nothing here fails to be delivered",
    "imagebuilder:": "Image Builder",
}
"""By the beginning of actions: what the region has not."""
OF_EARLIER_VERSIONS = "functions' versions of earlier deployments: here there is one of each"
OF_ALARMS = "CloudWatch publishes the stack's alarms, which have no state here"
UNENCRYPTED = "denies what comes unencrypted: nothing here does"


def reason(statement: Statement) -> str:
    """Why nothing misses it, or an empty text."""
    if statement.effect == DENY and "Bool" in statement.conditions:
        return UNENCRYPTED
    if statement.principals == {"Service": ("cloudwatch.amazonaws.com",)}:
        return OF_ALARMS
    if statement.actions == ("lambda:InvokeFunction",) and all(each.endswith(":*") for each in statement.resources):
        return OF_EARLIER_VERSIONS
    said = {why for start, why in NOT_SIMULATED.items() if statement.actions[0].startswith(start)}
    return next(iter(said), "")


def refusals_without(name: str, play: Play, following: Path) -> list[AccessRefused]:
    """What is refused in that play where the statement is not there."""
    refused: list[AccessRefused] = []
    with InProcessSimulation(play.scenario, play.seed, following) as region:
        region.bus.subscribe(AccessRefused, refused.append)
        region.policies.drop(name)
        with suppress(TimeoutError):  # what is never started is waited for in vain
            play.act(region)
    return [each for each in refused if each.decision is Decision.NOT_ALLOWED]


def unused(derived: Derived) -> list[Statement]:
    """Statements that no play uses."""
    return [each for each in derived.statements if each.name not in derived.first]


def main() -> int:
    """Print each statement that is not missed, with the reason."""
    following = ensure_synthesized(FOLLOWING)
    derived = derive(following)
    missed = {name for name, play in derived.first.items() if refusals_without(name, play, following)}
    left = [each for each in derived.statements if each.name not in missed]
    for each in left:
        sys.stdout.write(f"{each.name}: {reason(each) or 'NO REASON'}\n")
    sys.stdout.write(f"{len(derived.statements)} statements, {len(missed)} of them missed when taken away\n")
    return 0 if all(map(reason, left)) else 1


if __name__ == "__main__":
    sys.exit(main())
