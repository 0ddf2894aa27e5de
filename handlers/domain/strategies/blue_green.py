"""Blue/green by AMI: a whole new fleet beside the old one, services switched by a placement constraint, a standby.

Services are kept off the new AMI while the new fleet comes up, so that nothing wanders; then kept off the old one, in
one deployment. The old fleet stays, empty and warm, while the new one serves: a flip back is one deployment more. What
binds the tasks of a deployment as long as it runs lets them run on any AMI that comes later.
"""

from collections.abc import Collection, Iterable

from handlers.domain.input.strategy_input import BlueGreen
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import BEFORE, RETURNED, Constraint, Move, Placement, keep_off, member_of, pin
from handlers.domain.model.stage import REPLACE, Stage

BLUE, GREEN, RETURN, AFTER = "blue", "green", "return", "after"


def stages(spec: BlueGreen, bake_seconds: int) -> tuple[Stage, ...]:
    """Keep off, switch and burn in, scale in the old fleet, take our constraints away again."""
    return (
        Stage("keep off the new AMI", placement=BLUE, replaced=0),
        Stage(
            "switch and burn in",
            placement=GREEN,
            standby=RETURN,
            ahead=True,
            replaced=0,
            bake_seconds=spec.burn_in_seconds,
            promotion=spec.hold,
        ),
        Stage(REPLACE.name, placement=GREEN, bake_seconds=bake_seconds),
        Stage("take the constraints away", placement=AFTER),
    )


def way_back() -> tuple[Stage, ...]:
    """One deployment onto the old fleet, which stands by; then the new one goes, and our constraints."""
    return (
        Stage("return to the old AMI", placement=RETURN, ahead=True),
        Stage("take the constraints away", placement=BEFORE),
    )


def moves(
    spec: BlueGreen,
    services: Iterable[Service],
    old: str,
    new: str,
    older: Collection[str] = (),
) -> tuple[Move, ...]:
    """A move for each service that places tasks by choice; its own pin to the old AMI gives way to the new one.

    It is kept off the one side, and that lets it run on what else the cluster has, on `older` AMIs among the old and
    on later ones. Only a service that is pinned to the old AMI by itself is bound to one.
    """
    move = _by_definition if spec.pin == "task_definition" else _by_service
    bound, kept_off = (pin(old), pin(new)), (keep_off(new), keep_off(old, *sorted(older)))

    def sides(service: Service) -> tuple[str, str]:
        return bound if _has(service, pin(old)) else kept_off

    return tuple(move(service, *map(member_of, sides(service))) for service in services if not service.daemon)


def _has(service: Service, expression: str) -> bool:
    constraints = (*service.constraints, *service.definition_constraints)
    return any(each.expression.split() == expression.split() for each in constraints)


def reaches(service: Service, provider: str | None) -> bool:
    """Whether tasks of the service may run on the node group of that capacity provider."""
    return not service.strategy or any(share.provider == provider for share in service.strategy)


def spans(service: Service, provider: str | None, old: str, *, other_amis: bool) -> bool:
    """Whether they may run on other instances of the cluster, too; `other_amis`: whether there are any."""
    if any(each.expression.split() == pin(old).split() for each in service.constraints):
        return False
    return any(share.provider != provider for share in service.strategy) if service.strategy else other_amis


def says_the_same(constraint: Constraint, other: Constraint) -> bool:
    """Whether two constraints differ in spaces at most."""
    return constraint.expression.split() == other.expression.split()


def _by_service(service: Service, blue: Constraint, green: Constraint) -> Move:
    own = tuple(each for each in service.constraints if says_the_same(each, blue))
    return Move(
        service.name,
        {
            BEFORE: Placement(pins=own),
            BLUE: Placement(pins=(blue,)),
            RETURNED: Placement(pins=(blue,)),
            GREEN: Placement(pins=(green,), deploys=True),
            RETURN: Placement(pins=(blue,), deploys=True),
            AFTER: Placement(pins=(green,) if own else ()),
        },
        ours=tuple(dict.fromkeys((blue, green, *own))),
    )


def _by_definition(service: Service, blue: Constraint, green: Constraint) -> Move:
    """The switch is a revision; before it and on the way back the service is pinned itself.

    That takes no deployment of its own, and none to take away again: an exactly full fleet has room for none.
    """
    own = tuple(each for each in service.constraints if says_the_same(each, blue))
    to_green = Placement(pins=(green,), derived=GREEN, deploys=True)
    stays = any(says_the_same(each, blue) for each in service.definition_constraints)
    return Move(
        service.name,
        {
            BEFORE: Placement(pins=own),
            BLUE: Placement(pins=(blue,)),
            RETURNED: Placement(pins=(blue,)),
            GREEN: to_green,
            RETURN: Placement(pins=(blue,), deploys=True),
            AFTER: to_green if stays else Placement(pins=(green,) if own else ()),
        },
        ours=tuple(dict.fromkeys((blue, green, *own))),
    )
