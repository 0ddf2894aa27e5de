"""The context of a rollout: what every Task after the plan starts from. It holds the lease, and it reads AWS anew.

A Task acts only if the decision, taken again from what is true now, still asks for it: so a handler that runs twice,
late, or after dying half-way does what is right then, or nothing.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from handlers.domain.decision.decide import actions
from handlers.domain.decision.external_capacity_change import with_capacity_change, with_request
from handlers.domain.decision.situation import Situation
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.domain.model.step import Step
from handlers.errors import AlreadyRunning, HandedOver, LeaseLost
from handlers.payloads import Direction, Rollout, StepKind, execution_name
from handlers.runtime.clients import AwsClients
from handlers.runtime.observe import observe


@dataclass(frozen=True)
class RolloutContext:
    """One handler's view of its rollout. `holder` is the execution that this handler runs for.

    `acts`: the table says that it is this execution which acts for the rollout; `actor` is the one that it says.
    """

    clients: AwsClients
    plan: Plan
    progress: Progress
    holder: str
    acts: bool
    actor: str

    @property
    def approval_key(self) -> tuple[str, str]:
        """Under which key an operator's answers to this rollout lie."""
        return self.plan.cluster, self.plan.group

    @property
    def has_handed_over(self) -> bool:
        """Whether this execution handed the rollout over, so that another one acts for it."""
        succession = self.progress.succession
        return not self.acts and (self.holder in succession.handed_over or bool(succession.successor))

    @property
    def follower(self) -> str:
        """The name of the execution that acts, or is to act, after this one."""
        return self.progress.succession.after(self.holder) or self.actor

    def observe(self) -> Observation:
        """Read AWS."""
        return observe(self.clients, self.plan, self.progress)

    def pending(self, kind: StepKind) -> Step | None:
        """The step of that kind, if it is to be taken now."""
        return next((step for step in actions(Situation(self.plan, self.observe())) if step.kind is kind), None)

    def with_requested_capacity(self, desired: int) -> "RolloutContext":
        """Write down a desired capacity before it is asked for."""
        requested = with_request(self.progress.capacity.requested, desired)
        capacity = replace(self.progress.capacity, requested=requested, requested_at=self.clients.now())
        return self.save_progress(capacity=capacity)

    def with_bounds(self, group: str, bounds: tuple[int, int]) -> "RolloutContext":
        """Write down a group's bounds before they are given to it; those before may stand if that fails."""
        capacity = self.progress.capacity
        last = capacity.bounds.get(group, bounds)
        before = {**capacity.bounds_before, group: last} if last != bounds else capacity.bounds_before
        given = {**capacity.bounds, group: bounds}
        return self.save_progress(capacity=replace(capacity, bounds=given, bounds_before=before))

    def take_leases(self) -> None:
        """Take the leases, or take them again. Raises LeaseLost where another rollout has them by now."""
        try:
            self.clients.leases.take(self.plan, self.holder, self.clients.now())
        except AlreadyRunning as error:
            raise LeaseLost(str(error)) from error

    def save_progress(self, **changes: Any) -> "RolloutContext":
        """Write changed parts of the progress to the table, and go on with them."""
        progress = replace(self.progress, **changes)
        self.clients.rollouts.save_progress(self.plan.rollout_id, progress, self.holder)
        return replace(self, progress=progress)


def load_for_update(event: dict[str, Any], clients: AwsClients) -> RolloutContext:
    """The context of the rollout in `event`, its lease extended.

    Raises LeaseLost when another execution took it over, HandedOver where this one handed it over.
    """
    context = load(event, clients)
    check_not_handed_over(context)
    clients.leases.extend(context.plan, context.holder, clients.now())
    clients.fence.authorize_with(partial(clients.leases.check, context.plan, context.holder))
    if context.progress.direction is not Direction(event["direction"]):
        raise LeaseLost(
            f"Rollout {context.plan.rollout_id} is on its way {context.progress.direction}, "
            f"and this state was asked to go {event['direction']}: a late or repeated invocation. It changes nothing."
        )
    return context


def check_not_handed_over(context: RolloutContext) -> None:
    """Raise HandedOver where this execution handed the rollout over."""
    if context.has_handed_over:
        raise HandedOver(f"Execution {context.follower} goes on with rollout {context.plan.rollout_id}.")


def load(event: dict[str, Any], clients: AwsClients) -> RolloutContext:
    """The context without a lease: for reading, and for taking the lock."""
    return load_rollout(Rollout.from_state(event["rollout"]).rollout_id, event, clients)


def load_rollout(rollout_id: str, event: dict[str, Any], clients: AwsClients) -> RolloutContext:
    """The context of that rollout, without a lease. Raises LeaseLost where the table knows nothing of it."""
    saved = clients.rollouts.load(rollout_id)
    if saved is None:
        raise LeaseLost(f"The table has no plan for rollout {rollout_id}. Start the rollout anew.")
    holder = execution_name(event["execution_id"])
    plan = with_capacity_change(saved.plan, saved.progress.capacity.external_change)
    return RolloutContext(clients, plan, saved.progress, holder, saved.holder == holder, saved.holder)
