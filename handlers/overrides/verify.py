"""Read everything back: what is not as it should be at the end."""

from collections.abc import Iterator, Sequence

from handlers.aws.autoscaling import Group
from handlers.domain.decision.current_stage import stopping
from handlers.domain.decision.stages import has_placement
from handlers.domain.model.group_record import GroupRecord
from handlers.domain.model.placement import BEFORE
from handlers.overrides.apply import INTERFERING, description, launchable, version_to_launch
from handlers.overrides.difference import (
    DEFAULT,
    DESIRED,
    GROUP,
    MAX,
    MIN,
    PLACEMENT,
    PROCESSES,
    PROTECTION,
    PROVIDER,
    PROVIDERS,
    REBALANCING,
    SCALING,
    VERSION,
    VERSIONS,
    Difference,
)
from handlers.overrides.restore import bounds_after, held_back
from handlers.payloads import Direction
from handlers.runtime.rollout_context import RolloutContext


def not_restored(context: RolloutContext, *, unfinished: bool = False) -> list[Difference]:
    """What does not read back as recorded, group by group, then services and cluster.

    `unfinished`: the fleet is mixed. Going forward its sizes are then what they are; all else is as recorded.
    """
    clients, plan = context.clients, context.plan
    found: list[Difference] = []
    for record in plan.topology.records:
        group = clients.autoscaling.group(record.name)
        found += _group(context, record, group, unfinished=unfinished) if group else _gone(context, record)
    if unfinished and context.progress.direction is Direction.BACK:
        template = plan.growing(Direction.FORWARD).template
        ours = clients.ec2.template_versions_described(template.template_id, description(plan), template.number)
        found.append(Difference(VERSIONS, template.template_id, list(ours), []))
    found += _services(context)
    return [difference for difference in found if difference.seen != difference.recorded]


def _gone(context: RolloutContext, record: GroupRecord) -> list[Difference]:
    """One that the rollout made or was asked to delete is to be gone, and its provider; any other one is missing."""
    if not _to_be_deleted(context, record):
        return [Difference(GROUP, record.name, "gone", "there")]
    provider = record.provider.name if record.provider is not None else None
    left = [provider] if provider is not None and context.clients.providers.groups([provider]) else []
    return [Difference(PROVIDER, name, "there", "not there") for name in left]


def _to_be_deleted(context: RolloutContext, record: GroupRecord) -> bool:
    if context.progress.direction is Direction.BACK:
        return not record.exists
    return record.name == context.plan.group and context.plan.topology.retires_old


def _group(context: RolloutContext, record: GroupRecord, group: Group, *, unfinished: bool) -> Iterator[Difference]:
    name, forward = record.name, context.progress.direction is Direction.FORWARD
    if _to_be_deleted(context, record) and not (forward and (unfinished or _occupied(context, group))):
        yield Difference(GROUP, name, "there", "not there")
        return
    desired = group.desired if forward and unfinished else _desired(context, record, group)
    yield Difference(DESIRED, name, group.desired, desired)
    minimum, maximum = bounds_after(context, record, group, desired, unfinished=unfinished)
    yield Difference(MIN, name, group.minimum, minimum)
    yield Difference(MAX, name, group.maximum, maximum)
    held = set() if unfinished else held_back(group) - set(record.suspended)
    ours = [set(INTERFERING) & set(each) for each in (set(group.suspended) - held, record.suspended)]
    yield Difference(PROCESSES, name, sorted(ours[0]), sorted(ours[1]))
    version = str(version_to_launch(context, record)) if forward else record.template.specified
    if forward or launchable(context.clients, record):
        yield Difference(VERSION, name, (group.template or {}).get("Version"), version)
    if record.provider is not None:
        was, now = record.provider, context.clients.providers.find(record.provider.name)
        if now is None:
            yield Difference(PROVIDER, was.name, "gone", "there")
            return
        yield Difference(SCALING, was.name, now.managed_scaling, was.managed_scaling)
        yield Difference(PROTECTION, was.name, now.managed_termination_protection, was.managed_termination_protection)


def _occupied(context: RolloutContext, group: Group) -> bool:
    """Whether instances that this rollout leaves keep the group: for services left alone, or because it stopped."""
    return bool(group.members) and bool(context.plan.left_alone or stopping(context.progress))


def _desired(context: RolloutContext, record: GroupRecord, group: Group) -> int:
    """What the group's desired capacity is to be; where managed scaling has it, whatever it is."""
    plan = context.plan
    staying = len([member for member in group.members if member.lifecycle == "InService"]) if plan.left_alone else 0
    direction = context.progress.direction
    return plan.topology.final_desired(record.name, direction, group.desired, staying, plan.sizes.size)


def _services(context: RolloutContext) -> Iterator[Difference]:
    plan, recorded = context.plan, context.plan.recorded
    services = {each.name: each for each in context.clients.services.of_cluster(plan.cluster)}
    for name in recorded.rebalancing_services:
        if name in services:
            yield Difference(REBALANCING, name, services[name].zone_rebalancing, True)
    label = plan.route.stages_in(context.progress.direction)[-1].placement
    if context.progress.direction is Direction.BACK:
        label = BEFORE
    for move in plan.route.all_moves:
        service = services.get(move.service)
        if label not in move.placements or service is None or stopping(context.progress):
            continue
        if not has_placement(move, service, move.placements[label], context.progress):
            yield Difference(PLACEMENT, move.service, "another", f"as at {label!r}")
    yield from _cluster(context)


def _cluster(context: RolloutContext) -> Iterator[Difference]:
    """Its providers and default strategy, where a second provider came or went."""
    recorded, back, cluster = context.plan.recorded, context.progress.direction is Direction.BACK, context.plan.cluster
    topology = context.plan.topology
    if topology.in_place or topology.new.provider is None:
        return
    now = context.clients.providers.of_cluster(cluster)
    missing = sorted(set(recorded.providers) - set(now.names)) if back else []
    yield Difference(PROVIDERS, cluster, f"without {missing}" if missing else "all", "all")
    wrong = topology.new.provider if back else topology.old.provider
    concerned = (
        wrong is not None and wrong.name not in [share.provider for share in recorded.default_strategy]
        if back
        else (wrong is not None)
    )
    left = [share.provider for share in now.default if concerned and wrong and share.provider == wrong.name]
    yield Difference(DEFAULT, cluster, f"with {left}" if left else "as recorded", "as recorded")


def recorded_words(records: Sequence[GroupRecord]) -> str:
    """The restored settings in a sentence for the report."""
    return "; ".join(_words(record) for record in records if record.exists)


def _words(record: GroupRecord) -> str:
    words = [
        f"launch template version {record.template.specified}",
        f"desired {record.desired}, min {record.minimum}, max {record.maximum}",
        f"suspended processes {', '.join(record.suspended) or 'none'}",
    ]
    if record.provider is not None:
        words.append(f"managed scaling {record.provider.managed_scaling.get('status', 'DISABLED')}")
    return "; ".join(words)
