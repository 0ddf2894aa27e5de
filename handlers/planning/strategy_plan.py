"""What the strategy makes of this cluster: stages, placements, sizes. The only place that tells strategies apart."""

from dataclasses import dataclass

from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.input.strategy_input import BlueGreen, ByProvider, Rolling
from handlers.domain.model.amount import count
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import Move
from handlers.domain.model.stage import Stage
from handlers.domain.strategies import blue_green, capacity_provider, rolling
from handlers.domain.strategies.estimate import Pace, pace, pace_of_stages
from handlers.errors import PlanImpossible
from handlers.planning.node_group import NodeGroup
from handlers.planning.second_group import SecondGroup


@dataclass(frozen=True)
class Course:
    """A strategy, resolved. `size` is how many instances there are to be in the end."""

    strategy: str
    stages: tuple[Stage, ...]
    way_back: tuple[Stage, ...]
    moves: tuple[Move, ...]
    size: int
    surge: int
    pace: Pace
    max_unavailable: int = 0
    cordon: str | None = None
    managed: bool = False
    after: str = "keep_empty"
    left_alone: tuple[str, ...] = ()
    rescues: tuple[Move, ...] = ()
    words: str = ""


def course_of(
    asked: RolloutInput,
    node_group: NodeGroup,
    second: SecondGroup | None,
    services: tuple[Service, ...],
    amis: tuple[str, str],
    neighbours: frozenset[str] = frozenset(),
) -> Course:
    """The course of the strategy that was asked for; `amis` are the old and the new one.

    `neighbours` are the AMIs of the cluster's instances that the rollout does not move.

    Raises PlanImpossible where the strategy has nothing to work on.
    """
    strategy, size = asked.strategy, node_group.group.desired
    if isinstance(strategy, Rolling):
        return _rolling(strategy, asked.bake_seconds, services, size, amis[1])
    if isinstance(strategy, BlueGreen):
        return _blue_green(asked, strategy, services, node_group, second, amis, neighbours)
    if second is None or second.record.provider is None:
        raise PlanImpossible("strategy.target: capacity-provider needs a second node group with a provider.")
    return _by_provider(strategy, asked.bake_seconds, services, node_group, second)


def _rolling(asked: Rolling, bake_seconds: int, services: tuple[Service, ...], size: int, target_ami: str) -> Course:
    surge, unavailable = count(asked.surge, size, up=True), count(asked.max_unavailable, size, up=False)
    stages = rolling.stages(asked, size, bake_seconds)
    return Course(
        strategy="rolling",
        stages=stages,
        way_back=rolling.way_back(asked),
        moves=rolling.moves(asked, services),
        rescues=rolling.rescues(services, target_ami),
        size=size,
        surge=surge,
        max_unavailable=unavailable,
        cordon=asked.cordon,
        pace=pace(size, surge or unavailable, sum(one.bake_seconds for one in stages)),
        words=f"{surge} ahead and {unavailable} missing at a time",
    )


def _blue_green(
    asked: RolloutInput,
    strategy: BlueGreen,
    services: tuple[Service, ...],
    node_group: NodeGroup,
    second: SecondGroup | None,
    amis: tuple[str, str],
    neighbours: frozenset[str],
) -> Course:
    services = tuple(one for one in services if blue_green.reaches(one, node_group.provider))
    bound = [one.name for one in services if one.strategy and not one.daemon]
    if second and bound:
        raise PlanImpossible(
            f"strategy.target: {bound[0]} has a capacity provider strategy, which keeps it off a second group whatever "
            'its constraints say. Allowed here is one group that doubles (no "target"), or the strategy '
            "capacity-provider."
        )
    spanning = _spanning(services, node_group, amis, neighbours)
    size = node_group.group.desired
    stages = blue_green.stages(strategy, asked.bake_seconds)
    burn_in = f"switched at once, the old ones on standby for {strategy.burn_in_seconds} s"
    return Course(
        strategy="blue-green",
        stages=stages,
        way_back=blue_green.way_back(),
        moves=blue_green.moves(strategy, services, *amis, spanning),
        size=second.size if second else size,
        surge=0 if second else size,
        pace=pace_of_stages(stages),
        after=strategy.after,
        words=f"{second.size if second else size} more beside them, {burn_in}",
    )


def _spanning(
    services: tuple[Service, ...], node_group: NodeGroup, amis: tuple[str, str], neighbours: frozenset[str]
) -> frozenset[str]:
    """Services that also run on other groups. Raises PlanImpossible where an AMI cannot tell instances apart."""
    found = frozenset(
        one.name
        for one in services
        if not one.daemon and blue_green.spans(one, node_group.provider, amis[0], neighbours=bool(neighbours))
    )
    shared = sorted(neighbours & set(amis))
    if found and shared:
        raise PlanImpossible(
            f"strategy: {min(found)} also runs on instances outside {node_group.group.name}, and some of those run "
            f"{shared[0]}, so that a constraint on ecs.ami-id cannot tell them apart. Allowed is the strategy rolling, "
            "or a capacity provider strategy that keeps the service on one node group."
        )
    return found


def _by_provider(
    asked: ByProvider, bake_seconds: int, services: tuple[Service, ...], node_group: NodeGroup, second: SecondGroup
) -> Course:
    old, new = node_group.provider, second.record.provider
    if old is None or new is None:
        raise PlanImpossible(
            f"strategy: {node_group.group.name} has no capacity provider, so services cannot be shared between two. "
            "Allowed is a node group with one (aws ecs create-capacity-provider)."
        )
    moves = capacity_provider.moves(asked, services, old, new.name)
    stages = capacity_provider.stages(asked, bake_seconds)
    return Course(
        strategy="capacity-provider",
        stages=stages,
        way_back=capacity_provider.way_back(),
        moves=moves,
        size=second.size,
        surge=0,
        pace=pace_of_stages(stages),
        managed=asked.scale == "managed",
        after=asked.after,
        left_alone=asked.left_alone,
        words=f"{len(moves)} services go from {old} to {new.name} in {len(stages) - 1} steps",
    )
