"""A stage: one stretch of a rollout, and the gate at its end.

A strategy is a list of stages. What is done in a stage is decided from what is read alone; only which stage it is has
to be remembered, because a bake that is over and a promotion that was given cannot be read from AWS.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """How far the rollout goes before the gate.

    `placement`: the label of the placement that services get; None: they are left as they are.
    `standby`: the label of the placement that a flip returns to; None: there is nothing to flip to.
    `ahead`: the whole new capacity stands before services are moved.
    `replaced`: how many instances may be replaced by then; None: all of them.
    """

    name: str
    placement: str | None = None
    standby: str | None = None
    ahead: bool = False
    replaced: int | None = None
    bake_seconds: int = 0
    promotion: bool = False

    @property
    def only_tells(self) -> bool:
        """Whether it neither brings capacity nor takes any: services are told something, and that is all."""
        return self.replaced == 0 and not self.ahead


REPLACE = Stage("replace the rest")
