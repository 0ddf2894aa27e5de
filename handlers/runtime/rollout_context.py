"""A turn: what every Task after the plan starts from. It holds the lease, and it reads the world anew.

A spoke acts only if the decision, taken again from what is true now, still asks for it: so a handler that runs twice,
late, or after dying half-way does what is right then, or nothing.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from handlers.domain.decision.decide import actions
from handlers.domain.decision.external_capacity_change import asking, grown
from handlers.domain.model.observation import Observation, Progress
from handlers.domain.model.plan import Plan
from handlers.domain.model.step import Step
from handlers.errors import LeaseLost
from handlers.payloads import Direction, Rollout, StepKind, execution_name
from handlers.runtime.clients import World
from handlers.runtime.observe import observe


@dataclass(frozen=True)
class Turn:
    """One handler's view of its rollout. `holder` is the execution that this handler runs for.

    `acts`: the table says that it is this execution which acts for the rollout.
    """

    world: World
    plan: Plan
    progress: Progress
    holder: str
    acts: bool

    @property
    def gate(self) -> tuple[str, str]:
        """Under which key somebody's answers to this rollout lie."""
        return self.plan.cluster, self.plan.group

    def observe(self) -> Observation:
        """Read the world."""
        return observe(self.world, self.plan, self.progress)

    def due(self, kind: StepKind) -> Step | None:
        """The step of that kind, if it is to be taken now."""
        return next((step for step in actions(self.plan, self.observe()) if step.kind is kind), None)

    def asking_for(self, desired: int) -> "Turn":
        """Write down a desired capacity before it is asked for."""
        return self.remember(asked=asking(self.progress.asked, desired), asked_at=self.world.now())

    def remember(self, **changes: Any) -> "Turn":
        """Write changed progress to the table, and go on with it."""
        progress = replace(self.progress, **changes)
        self.world.table.save_progress(self.plan.rollout_id, progress, self.holder)
        return replace(self, progress=progress)


def open_turn(event: dict[str, Any], world: World) -> Turn:
    """The turn of the rollout in `event`, its lease extended. Raises LeaseLost when another rollout took it over."""
    turn = look_at(event, world)
    world.leases.extend(turn.plan, turn.holder, world.now())
    world.fence.let_in(partial(world.leases.check, turn.plan, turn.holder))
    if turn.progress.direction is not Direction(event["direction"]):
        raise LeaseLost(
            f"Rollout {turn.plan.rollout_id} is on its way {turn.progress.direction}, "
            f"and this state was asked to go {event['direction']}: a late or repeated invocation. It changes nothing."
        )
    return turn


def look_at(event: dict[str, Any], world: World) -> Turn:
    """The turn without a lease: for reading, and for taking the lock."""
    return turn_of(Rollout.from_state(event["rollout"]).rollout_id, event, world)


def turn_of(rollout_id: str, event: dict[str, Any], world: World) -> Turn:
    """The turn of that rollout, without a lease. Raises LeaseLost where the table knows nothing of it."""
    saved = world.table.load(rollout_id)
    if saved is None:
        raise LeaseLost(f"The table has no plan for rollout {rollout_id}. Start the rollout anew.")
    holder = execution_name(event["execution_id"])
    plan = grown(saved.plan, saved.progress.drift)
    return Turn(world, plan, saved.progress, holder, acts=saved.holder == holder)
