"""What the strategy makes of this cluster: stages, placements, sizes. The only place that tells strategies apart."""

from dataclasses import dataclass

from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.input.strategy_input import BlueGreen, ByProvider, Rolling
from handlers.domain.model.amount import count
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import Move
from handlers.domain.model.stage import Stage
from handlers.domain.strategies import blue_green, capacity_provider, rolling
from handlers.domain.strategies.estimate import Estimate, estimate, estimate_of_stages
from handlers.errors import PlanImpossible
from handlers.planning.node_group import NodeGroup
from handlers.planning.second_group import SecondGroup


@dataclass(frozen=True)
class StrategyPlan:
    """A strategy, resolved. `size` is how many instances there are to be in the end."""

    strategy: str
    stages: tuple[Stage, ...]
    rollback_stages: tuple[Stage, ...]
    moves: tuple[Move, ...]
    size: int
    surge: int
    estimate: Estimate
    max_unavailable: int = 0
    cordon: str | None = None
    managed: bool = False
    gradual: bool = False
    after: str = "keep_empty"
    left_alone: tuple[str, ...] = ()
    rescues: tuple[Move, ...] = ()
    summary: str = ""


def plan_strategy(
    spec: RolloutInput,
    node_group: NodeGroup,
    second: SecondGroup | None,
    services: tuple[Service, ...],
    amis: tuple[str, str],
    other_amis: frozenset[str] = frozenset(),
    older: frozenset[str] = frozenset(),
) -> StrategyPlan:
    """The stages and sizes of the strategy that was asked for; `amis` are the old and the new one.

    `other_amis` are the AMIs of the cluster's instances that the rollout does not move, `older` those that old ones run
    beside the one that most of them do.

    Raises PlanImpossible where the strategy has nothing to work on.
    """
    strategy, size = spec.strategy, node_group.group.desired
    if isinstance(strategy, Rolling):
        return _rolling(strategy, spec.bake_seconds, services, size, amis[1])
    if isinstance(strategy, BlueGreen):
        return _blue_green(spec, strategy, services, node_group, second, amis, other_amis, older)
    if second is None or second.record.provider is None:
        raise PlanImpossible("strategy.target: capacity-provider needs a second node group with a provider.")
    return _by_provider(strategy, spec.bake_seconds, services, node_group, second)


def _rolling(
    spec: Rolling, bake_seconds: int, services: tuple[Service, ...], size: int, target_ami: str
) -> StrategyPlan:
    surge, unavailable = count(spec.surge, size, up=True), count(spec.max_unavailable, size, up=False)
    stages = rolling.stages(spec, size, bake_seconds)
    return StrategyPlan(
        strategy="rolling",
        gradual=True,
        stages=stages,
        rollback_stages=rolling.way_back(spec),
        moves=rolling.moves(spec, services),
        rescues=rolling.rescues(services, target_ami),
        size=size,
        surge=surge,
        max_unavailable=unavailable,
        cordon=spec.cordon,
        estimate=estimate(size, surge or unavailable, sum(stage.bake_seconds for stage in stages)),
        summary=f"{surge} ahead and {unavailable} missing at a time",
    )


def _blue_green(
    spec: RolloutInput,
    strategy: BlueGreen,
    services: tuple[Service, ...],
    node_group: NodeGroup,
    second: SecondGroup | None,
    amis: tuple[str, str],
    other_amis: frozenset[str],
    older: frozenset[str],
) -> StrategyPlan:
    services = tuple(service for service in services if blue_green.reaches(service, node_group.provider))
    bound = [service.name for service in services if service.strategy and not service.daemon]
    if second and bound:
        raise PlanImpossible(
            f"strategy.target: {bound[0]} has a capacity provider strategy, which keeps it off a second group whatever "
            'its constraints say. Allowed here is one group that doubles (no "target"), or the strategy '
            "capacity-provider."
        )
    _tell_apart(services, node_group, (*amis, *older), other_amis)
    size = node_group.group.desired
    stages = blue_green.stages(strategy, spec.bake_seconds)
    burn_in = f"switched at once, the old ones on standby for {strategy.burn_in_seconds} s"
    return StrategyPlan(
        strategy="blue-green",
        stages=stages,
        rollback_stages=blue_green.way_back(),
        moves=blue_green.moves(strategy, services, *amis, older),
        size=second.size if second else size,
        surge=0 if second else size,
        estimate=estimate_of_stages(stages),
        after=strategy.after,
        summary=f"{second.size if second else size} more beside them, {burn_in}",
    )


def _tell_apart(
    services: tuple[Service, ...], node_group: NodeGroup, amis: tuple[str, ...], other_amis: frozenset[str]
) -> None:
    """Raises PlanImpossible where a service also runs on other groups, and an AMI cannot tell those apart."""
    found = {
        service.name
        for service in services
        if not service.daemon and blue_green.spans(service, node_group.provider, amis[0], other_amis=bool(other_amis))
    }
    shared = sorted(other_amis & set(amis))
    if found and shared:
        raise PlanImpossible(
            f"strategy: {min(found)} also runs on instances outside {node_group.group.name}, and some of those run "
            f"{shared[0]}, so that a constraint on ecs.ami-id cannot tell them apart. Allowed is the strategy rolling, "
            "or a capacity provider strategy that keeps the service on one node group."
        )


def _by_provider(
    spec: ByProvider, bake_seconds: int, services: tuple[Service, ...], node_group: NodeGroup, second: SecondGroup
) -> StrategyPlan:
    old, new = node_group.provider, second.record.provider
    if old is None or new is None:
        raise PlanImpossible(
            f"strategy: {node_group.group.name} has no capacity provider, so services cannot be shared between two. "
            "Allowed is a node group with one (aws ecs create-capacity-provider)."
        )
    moves = capacity_provider.moves(spec, services, old, new.name)
    stages = capacity_provider.stages(spec, bake_seconds)
    return StrategyPlan(
        strategy="capacity-provider",
        stages=stages,
        rollback_stages=capacity_provider.way_back(),
        moves=moves,
        size=second.size,
        surge=0,
        estimate=estimate_of_stages(stages),
        managed=spec.scale == "managed",
        after=spec.after,
        left_alone=spec.left_alone,
        summary=f"{len(moves)} services go from {old} to {new.name} in {len(stages) - 1} steps",
    )
