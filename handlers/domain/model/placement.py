"""Where a service's tasks are told to run: its capacity provider strategy, our placement constraints, its revision.

A rollout moves a service by changing its placement. Only what the rollout manages is compared and changed: placement
constraints of another actor stay, whoever put them there and whenever.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, order=True)
class Share:
    """One item of a capacity provider strategy."""

    provider: str
    base: int = 0
    weight: int = 0


@dataclass(frozen=True, order=True)
class Constraint:
    """A placement constraint of a service; `distinctInstance` has no expression."""

    kind: str
    expression: str = ""


def member_of(expression: str) -> Constraint:
    """The constraint that tasks run only where the expression holds."""
    return Constraint("memberOf", expression)


def pin(ami: str) -> str:
    """The constraint that keeps a service's tasks on instances of that AMI."""
    return f"attribute:ecs.ami-id == {ami}"


def keep_off(*amis: str) -> str:
    """The constraint that keeps a service's tasks off instances of those AMIs."""
    if len(amis) > 1:
        return f"attribute:ecs.ami-id !in [{', '.join(amis)}]"
    return f"attribute:ecs.ami-id != {amis[0]}"


@dataclass(frozen=True)
class Placement:
    """What a service is told at one stage.

    `strategy` None: as it is; empty: its launch type. `pins`: those of the rollout's own constraints that are to be
    there, in the service or, with `derived`, in its task definition. `derived`: the kind of revision that the rollout
    derives from the one in use; None: the one that it was derived from. `deploys`: the change takes a forced
    deployment to reach running tasks.
    """

    strategy: tuple[Share, ...] | None = None
    pins: tuple[Constraint, ...] = ()
    derived: str | None = None
    deploys: bool = False

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        strategy = data["strategy"]
        return cls(
            strategy=None if strategy is None else tuple(Share(**each) for each in strategy),
            pins=tuple(Constraint(**shipped) for shipped in data["pins"]),
            derived=data["derived"],
            deploys=data["deploys"],
        )


@dataclass(frozen=True)
class Move:
    """How one service moves: its placement by the label that stages name, and what it was `BEFORE`.

    `ours` are all constraints that the rollout manages for this service.
    """

    service: str
    placements: dict[str, Placement]
    ours: tuple[Constraint, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        placements = {label: Placement.from_json(one) for label, one in data["placements"].items()}
        ours = tuple(Constraint(**pin) for pin in data["ours"])
        return cls(**{**data, "placements": placements, "ours": ours})

    def constraints(self, now: Iterable[Constraint], wanted: Placement) -> tuple[Constraint, ...]:
        """The service's constraints with exactly the wanted ones of ours among them."""
        others = tuple(constraint for constraint in now if constraint not in self.ours)
        return others if wanted.derived else others + wanted.pins

    @property
    def returned(self) -> Placement:
        """What the service is told when ECS itself takes its deployment back: constraints, and no deployment."""
        return self.placements.get(RETURNED) or replace(self.placements[BEFORE], strategy=None, deploys=False)


BEFORE, RESCUED, RETURNED = "before", "rescued", "returned"
