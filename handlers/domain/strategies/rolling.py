"""Rolling, within one group: surge, drain oldest first into room that exists, terminate what is empty.

No barrier for each batch: whatever is ready moves on, a slot is refilled the moment it is free.
A canary and checkpoints are places where it stops to bake. Services with the cordon constraint move once only.
"""

from collections.abc import Iterable

from handlers.domain.input.strategy_input import Rolling, Stop
from handlers.domain.model.amount import count
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import BEFORE, RESCUED, Move, Placement, keep_off, member_of
from handlers.domain.model.stage import REPLACE, Stage

CORDONED = "cordoned"


def stages(spec: Rolling, size: int, bake_seconds: int) -> tuple[Stage, ...]:
    """Prepare the cordon, where asked; then the canary and each checkpoint; then the rest, and the last bake."""
    prepare = [Stage("prepare the cordon", placement=CORDONED, replaced=0)] if spec.prepare_cordon else []
    placement = CORDONED if spec.prepare_cordon else None
    stops = [
        Stage(
            name,
            placement=placement,
            replaced=min(size, count(stop.instances, size, up=True)),
            bake_seconds=stop.bake_seconds,
            promotion=stop.promotion,
        )
        for name, stop in _stops(spec)
    ]
    rest = Stage(REPLACE.name, placement=placement, bake_seconds=bake_seconds, promotion=spec.promotion)
    return (*prepare, *stops, rest)


def way_back(spec: Rolling) -> tuple[Stage, ...]:
    """All at once, and the services' own constraints last: until then they keep tasks off what leaves."""
    rest = Stage("return the rest")
    return (rest, Stage("return the services", placement=BEFORE)) if spec.prepare_cordon else (rest,)


def moves(spec: Rolling, services: Iterable[Service]) -> tuple[Move, ...]:
    """Which services get the cordon constraint: those that lack it, where the input asks for that."""
    if not spec.prepare_cordon or spec.cordon is None:
        return ()
    mine = member_of(expression(spec.cordon))
    placements = {BEFORE: Placement(), CORDONED: Placement(pins=(mine,), deploys=True)}
    return tuple(
        Move(service.name, placements, ours=(mine,))
        for service in services
        if not service.daemon and not carries(service, spec.cordon)
    )


def rescues(services: Iterable[Service], target_ami: str) -> tuple[Move, ...]:
    """How each service is kept off the new AMI, on the way back from one that its tasks fail on."""
    away = member_of(keep_off(target_ami))
    placements = {BEFORE: Placement(), RESCUED: Placement(pins=(away,), deploys=True)}
    return tuple(
        Move(service.name, placements, ours=(away,)) for service in services if not service.daemon and deploys(service)
    )


def deploys(service: Service) -> bool:
    """Whether ECS itself deploys the service, and what it runs may still be deployed: a forced one is possible."""
    return service.controller == "ECS" and not service.definition_inactive


def expression(attribute: str) -> str:
    """The constraint by which a service keeps off cordoned instances."""
    return f"attribute:{attribute} !exists"


def carries(service: Service, attribute: str) -> bool:
    """Whether the service keeps off cordoned instances."""
    words = expression(attribute).split()
    return any(each.expression.split() == words for each in service.constraints)


def _stops(spec: Rolling) -> list[tuple[str, Stop]]:
    canary = [("canary", spec.canary)] if spec.canary else []
    return canary + [(f"checkpoint {each.instances}", each) for each in spec.checkpoints]
