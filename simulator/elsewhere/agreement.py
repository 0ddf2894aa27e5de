"""Whether engines agree: the same scenario and seed in each, and what differs.

embedded    moto's interpreter in this process, on the region's clock
walker      our own walk through the graph, in the fast lane
elsewhere   another engine at an endpoint, ministack for example
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator.elsewhere.region import DistantRegion, Elsewhere
from simulator.engine.events import StateEntered
from simulator.fast.region import FastRegion
from simulator.region import Region
from simulator.rehearsal.outcome import Outcome
from simulator.rehearsal.run import observe
from simulator.scenario.model import Scenario

ENGINES = ("embedded", "walker", "elsewhere")


@dataclass(frozen=True)
class Account:
    """What one engine made of a scenario: the states that each execution entered, in order, and what came of it."""

    states: dict[str, tuple[str, ...]]
    outcome: Outcome

    @property
    def entered(self) -> int:
        """How many states were entered, by all executions."""
        return sum(map(len, self.states.values()))


@dataclass(frozen=True)
class Agreement:
    """What the engines say of one scenario. `differences` are sentences, none where they agree."""

    accounts: dict[str, Account]

    @property
    def first(self) -> Account:
        """The embedded engine's."""
        return self.accounts[ENGINES[0]]

    @property
    def differences(self) -> tuple[str, ...]:
        """Where another engine's account is not the embedded one's."""
        others = [(name, account) for name, account in self.accounts.items() if account is not self.first]
        return tuple(f"{name}: {said}" for name, account in others for said in _differences(self.first, account))


def compare(scenario: Scenario, cdk_out: Path, elsewhere: Elsewhere, seed: int = 1) -> Agreement:
    """Run it in all three, one after the other. Raises NoAnswer where the other engine hangs."""
    regions: tuple[Callable[..., Region], ...] = (Region, FastRegion, partial(DistantRegion, elsewhere=elsewhere))
    accounts = {name: _account(region(scenario, seed, cdk_out)) for name, region in zip(ENGINES, regions, strict=True)}
    return Agreement(accounts)


def row(name: str, agreement: Agreement) -> str:
    """The scenario's line in the table of docs/second-opinion.md."""
    outcome, states = agreement.first.outcome, agreement.first.entered
    said = "; ".join(agreement.differences) or "agree"
    end = f"{outcome.end.replace('_', ' ')}, {outcome.last_state}"
    return f"| {name} | {end} | {outcome.virtual_seconds:,.0f} | {states} | {said} |"


def _account(region: Region) -> Account:
    entered: list[StateEntered] = []
    with region:
        region.bus.subscribe(StateEntered, entered.append)
        outcome = observe(region)
    executions = sorted({one.execution for one in entered})
    states = {name: tuple(one.state for one in entered if one.execution == name) for name in executions}
    return Account(states, outcome)


def _differences(first: Account, other: Account) -> list[str]:
    found = [
        f"{what} is {theirs!r}, not {ours!r}"
        for what in ("status", "end", "last_state", "error", "virtual_seconds", "lambda_invocations", "violations")
        if (theirs := getattr(other.outcome, what)) != (ours := getattr(first.outcome, what))
    ]
    for name in sorted(first.states.keys() | other.states.keys()):
        ours, theirs = first.states.get(name, ()), other.states.get(name, ())
        if ours != theirs:
            where = next((at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), None)
            at = min(len(ours), len(theirs)) if where is None else where
            found.append(
                f"{name} enters {'|'.join(theirs[at : at + 1]) or 'nothing'} as state {at + 1}, "
                f"not {'|'.join(ours[at : at + 1]) or 'nothing'}"
            )
    return found
