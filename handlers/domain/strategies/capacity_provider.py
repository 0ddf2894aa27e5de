"""Capacity providers: a second node group, and services that go over to its provider, step by step or at once.

Each step is a strategy (`base` and `weight` of each provider) and one deployment. What else stands in a service's
strategy is carried along as it is.
"""

from collections.abc import Iterable, Sequence

from handlers.domain.input.strategy_input import ByProvider, ProviderStep
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import BEFORE, Move, Placement, Share
from handlers.domain.model.revisions import DIGESTS
from handlers.domain.model.stage import REPLACE, Stage

HEAVIEST = 1000
FULL = 100


def stages(spec: ByProvider, bake_seconds: int) -> tuple[Stage, ...]:
    """One stage for each step of the longest list, then the old instances go."""
    longest = max((spec.steps, *spec.steps_of.values()), key=len)
    steps = tuple(
        Stage(
            f"step {number} of {len(longest)}",
            placement=label(number),
            ahead=True,
            replaced=0,
            bake_seconds=step.bake_seconds,
            promotion=step.promotion,
        )
        for number, step in enumerate(longest, start=1)
    )
    return (*steps, Stage(REPLACE.name, placement=label(len(longest)), bake_seconds=bake_seconds))


def way_back() -> tuple[Stage, ...]:
    """One deployment back onto the old provider, whose instances stand before."""
    return (Stage("return to the old provider", placement=BEFORE, ahead=True),)


def label(number: int) -> str:
    """What a step's placement is called."""
    return f"step-{number}"


def moves(spec: ByProvider, services: Iterable[Service], old: str, new: str) -> tuple[Move, ...]:
    """A move for each service that uses the old provider or, where the input says so, a plain launch type."""
    return tuple(_move(spec, service, old, new) for service in services if concerned(spec, service, old))


def concerned(spec: ByProvider, service: Service, old: str) -> bool:
    """Whether the rollout moves the service."""
    if service.daemon or service.name in spec.left_alone:
        return False
    uses = any(share.provider == old for share in service.strategy)
    return uses or (spec.adopt_launch_type_services and not service.strategy and service.launch_type == "EC2")


def _move(spec: ByProvider, service: Service, old: str, new: str) -> Move:
    steps = spec.steps_of.get(service.name, spec.steps)
    longest = max(len(spec.steps), *(len(each) for each in spec.steps_of.values()), 1)
    before = service.strategy or (Share(old, 0, 1),)
    kind = DIGESTS if spec.pin_images == "digest" else None
    placements = {BEFORE: Placement(strategy=service.strategy, deploys=True)}
    for number in range(1, longest + 1):
        step = steps[min(number, len(steps)) - 1]
        placements[label(number)] = Placement(after_step(step, before, old, new), derived=kind, deploys=True)
    return Move(service.name, placements)


def after_step(step: ProviderStep, before: Sequence[Share], old: str, new: str) -> tuple[Share, ...]:
    """The strategy at that step, from the one before the rollout: only the old provider's item changes."""
    if step.strategy:
        return tuple(sorted(step.strategy))
    mine = next(share for share in before if share.provider == old)
    others = [share for share in before if share.provider not in (old, new)]
    if step.canary_tasks is not None:
        return tuple(sorted([Share(new, step.canary_tasks, 0), Share(old, 0, max(1, mine.weight)), *_baseless(others)]))
    if step.percent >= FULL:
        return tuple(sorted([Share(new, mine.base, mine.weight), *others]))
    return tuple(sorted(_shared(step.percent, mine, others, new)))


def _shared(percent: int, mine: Share, others: list[Share], new: str) -> list[Share]:
    """Weights in hundredths, scaled down where they would be too heavy for ECS."""
    weights = {
        new: mine.weight * percent,
        mine.provider: mine.weight * (FULL - percent),
        **{share.provider: share.weight * FULL for share in others},
    }
    heaviest = max(weights.values())
    scale = max(1.0, heaviest / HEAVIEST)
    bases = {share.provider: share.base for share in others} | {mine.provider: mine.base}
    return [Share(name, bases.get(name, 0), round(weight / scale)) for name, weight in weights.items()]


def _baseless(others: list[Share]) -> list[Share]:
    """ECS allows a base on one provider only, and the canary has it."""
    return [Share(share.provider, 0, share.weight) for share in others]
