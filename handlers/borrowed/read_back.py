"""Read everything back: a sentence for each setting that is not as it should be at the end."""

from collections.abc import Iterator

from handlers.borrowed.settings import INTERFERING, bounds_after, version_to_launch
from handlers.contract import Direction
from handlers.domain.placement import BEFORE
from handlers.domain.plan import GroupRecord, Recorded
from handlers.domain.stages import told
from handlers.gateways.autoscaling import Group
from handlers.turn import Turn

Pair = tuple[str, object, object]


def not_given_back(turn: Turn) -> list[str]:
    """What does not read back as recorded, group by group, then services and cluster."""
    world, plan = turn.world, turn.plan
    pairs: list[Pair] = []
    for record in plan.recorded.groups:
        group = world.autoscaling.group(record.name)
        pairs += _group(turn, record, group) if group else _gone(turn, record)
    pairs += _services(turn)
    return [f"{name} is {seen!r}, recorded was {before!r}" for name, seen, before in pairs if seen != before]


def _gone(turn: Turn, record: GroupRecord) -> list[Pair]:
    """A group that the rollout made or was asked to delete is to be gone; any other one is missing."""
    forward = turn.progress.direction is Direction.FORWARD
    deleted = record.name == turn.plan.group and turn.plan.after == "delete" if forward else not record.exists
    return [] if deleted else [(f"Auto Scaling group {record.name}", "gone", "there")]


def _group(turn: Turn, record: GroupRecord, group: Group) -> Iterator[Pair]:
    plan, forward = turn.plan, turn.progress.direction is Direction.FORWARD
    if not forward and not record.exists:
        yield f"the copy {record.name}", "there", "not there"
        return
    named = "" if plan.target_group is None else f" of {record.name}"
    desired = _desired(turn, record, group)
    yield f"desired capacity{named}", group.desired, desired
    minimum, maximum = bounds_after(turn, record, group, desired)
    yield f"min size{named}", group.minimum, minimum
    yield f"max size{named}", group.maximum, maximum
    ours = [set(INTERFERING) & set(one) for one in (group.suspended, record.suspended)]
    yield f"suspended processes{named}", sorted(ours[0]), sorted(ours[1])
    version = str(version_to_launch(turn, record)) if forward else record.template.specified
    yield f"launch template version{named}", (group.template or {}).get("Version"), version
    if record.provider is not None:
        now = turn.world.providers.settings(record.provider.name)
        yield f"managed scaling{named}", now.managed_scaling, record.provider.managed_scaling
        protection = record.provider.managed_termination_protection
        yield f"managed termination protection{named}", now.managed_termination_protection, protection


def _desired(turn: Turn, record: GroupRecord, group: Group) -> int:
    """What the group's desired capacity is to be; where managed scaling has it, whatever it is."""
    plan, forward = turn.plan, turn.progress.direction is Direction.FORWARD
    if plan.target_group is None or not forward:
        return record.desired
    if record.name == plan.group:
        return len([one for one in group.members if one.lifecycle == "InService"]) if plan.left_alone else 0
    return group.desired if plan.managed else plan.size


def _services(turn: Turn) -> Iterator[Pair]:
    plan, recorded = turn.plan, turn.plan.recorded
    services = {one.name: one for one in turn.world.services.of_cluster(plan.cluster)}
    calm = [name for name in recorded.rebalancing_services if name in services and not services[name].zone_rebalancing]
    yield "services without their zone rebalancing", calm, []
    label = plan.course(turn.progress.direction)[-1].placement
    if turn.progress.direction is Direction.BACK:
        label = BEFORE
    astray = [
        move.service
        for move in plan.all_moves
        if label in move.placements
        and move.service in services
        and not told(move, services[move.service], move.placements[label], turn.progress)
    ]
    yield "services whose strategy or constraints are not as they should be", astray, []
    yield from _cluster(turn)


def _cluster(turn: Turn) -> Iterator[Pair]:
    """Its providers and default strategy, where a second provider came or went."""
    recorded, back = turn.plan.recorded, turn.progress.direction is Direction.BACK
    if recorded.target is None or recorded.target.provider is None:
        return
    now = turn.world.providers.of_cluster(turn.plan.cluster)
    missing = sorted(set(recorded.providers) - set(now.names)) if back else []
    yield "capacity providers that the cluster lacks", missing, []
    wrong = recorded.target.provider if back else recorded.source.provider
    concerned = (
        wrong is not None and wrong.name not in [one.provider for one in recorded.default_strategy]
        if back
        else (wrong is not None)
    )
    left = [one.provider for one in now.default if concerned and wrong and one.provider == wrong.name]
    yield "providers in the cluster's default strategy that should not be there", left, []


def recorded_words(recorded: Recorded) -> str:
    """The restored settings in a sentence for the report."""
    return "; ".join(_words(record) for record in recorded.groups if record.exists)


def _words(record: GroupRecord) -> str:
    words = [
        f"launch template version {record.template.specified}",
        f"desired {record.desired}, min {record.minimum}, max {record.maximum}",
        f"suspended processes {', '.join(record.suspended) or 'none'}",
    ]
    if record.provider is not None:
        words.append(f"managed scaling {record.provider.managed_scaling.get('status', 'DISABLED')}")
    return "; ".join(words)
