"""Restore what was overridden, part by part: each part reads for itself, and done twice equals done once.

At a good end a part that fails ends the giving back. Where the rollout gives up, every part is tried all the same, and
what failed is told. Nothing of it moves a task.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from handlers.aws.autoscaling import Group
from handlers.domain.decision.current_stage import stopping
from handlers.domain.decision.zone_balance import uneven
from handlers.domain.model.group_record import GroupRecord
from handlers.overrides.apply import INTERFERING, delete_versions, launchable, set_provider
from handlers.overrides.difference import MAX, MIN, PROCESSES, PROTECTION, REBALANCING, SCALING
from handlers.payloads import Direction
from handlers.runtime.rollout_context import RolloutContext

CORDON = "cordon"
TRIES = 2  # for each part where the rollout gives up: one refusal is no reason to keep a thing

BALANCES = "AZRebalance"


@dataclass(frozen=True)
class Part:
    """Something that is restored by itself: which settings, of what, and the act."""

    whats: tuple[str, ...]
    resource: str
    give: Callable[[], None]


@dataclass(frozen=True)
class Refused:
    """A part that could not be restored, and what AWS said."""

    whats: tuple[str, ...]
    resource: str
    because: str


def restore(context: RolloutContext) -> None:
    """Restore all that was overridden; on the way back also the groups' own words for their template versions."""
    clients, plan = context.clients, context.plan
    back = context.progress.direction is Direction.BACK
    if back:
        delete_versions(clients, plan)
        _return_to_own_words(context)
    for part in _parts(context, unfinished=stopping(context.progress)):
        part.give()


def _return_to_own_words(context: RolloutContext) -> None:
    clients = context.clients
    for record in context.plan.topology.records:
        group, words = clients.autoscaling.group(record.name), record.template.specified
        if group is None or not record.exists or (group.template or {}).get("Version") == words:
            continue
        if launchable(clients, record):
            clients.autoscaling.pin(group, record.template.template_id, words)


def restore_what_can_be(context: RolloutContext) -> list[Refused]:
    """The same where the fleet is mixed, whatever fails, and what did.

    The groups stay on the template version of the way that they were going: what replaces an instance then is what the
    rollout, or who finishes it by hand, wants there. Raises LeaseLost where another actor acts for the groups now.
    """
    refused = []
    for part in _parts(context, unfinished=True):
        because = ""
        for _ in range(TRIES):
            because = _tried(part)
            if not because:
                break
        if because:
            refused.append(Refused(part.whats, part.resource, because))
    return refused


def _tried(part: Part) -> str:
    """What kept it from being restored; nothing where it was."""
    try:
        part.give()
    except (ClientError, BotoCoreError) as error:
        return str(error)
    return ""


def _parts(context: RolloutContext, *, unfinished: bool) -> Iterator[Part]:
    for record in context.plan.topology.records:
        yield Part((MIN, MAX), record.name, partial(_bounds, context, record, unfinished=unfinished))
        yield Part((PROCESSES,), record.name, partial(_processes, context, record))
        if record.provider is not None and record.provider.scales:
            yield Part((SCALING, PROTECTION), record.provider.name, partial(_provider, context, record))
    if context.plan.recorded.rebalancing_services:
        yield Part((REBALANCING,), context.plan.cluster, partial(_rebalancing, context))
    if context.plan.cordon and unfinished:
        yield Part((CORDON,), context.plan.cluster, partial(_cordon, context))


def _bounds(context: RolloutContext, record: GroupRecord, *, unfinished: bool) -> None:
    group = context.clients.autoscaling.group(record.name)
    if group is None:
        return
    bounds = bounds_after(context, record, group, group.desired, unfinished=unfinished)
    if bounds == (group.minimum, group.maximum):
        return
    if (saved := context.clients.rollouts.load(context.plan.rollout_id)) is not None:
        with suppress(ClientError, BotoCoreError):  # a table that refuses keeps no group from being restored
            replace(context, progress=saved.progress).with_bounds(record.name, bounds)
    context.clients.autoscaling.resize(record.name, *bounds)


def _processes(context: RolloutContext, record: GroupRecord) -> None:
    group = context.clients.autoscaling.group(record.name)
    held = held_back(group) if group is not None else set()
    ours = (set(INTERFERING) - set(record.suspended) - held) & set(group.suspended) if group is not None else set()
    if ours:
        context.clients.autoscaling.resume(record.name, ours)


def _provider(context: RolloutContext, record: GroupRecord) -> None:
    """With its group it may not be there yet, or not any more."""
    if record.provider is not None and context.clients.autoscaling.group(record.name) is not None:
        set_provider(context.clients, record.provider)


def kept_from_balancing(context: RolloutContext) -> list[str]:
    """The groups that would be evened out through instances under load, and are kept from it at the end."""
    found = []
    for record in context.plan.topology.records:
        group = context.clients.autoscaling.group(record.name)
        if group is not None and BALANCES in group.suspended and BALANCES not in record.suspended:
            found.append(record.name)
    return found


def held_back(group: Group) -> set[str]:
    """What stays suspended: where a fleet is left on uneven zones, what would even them out past ECS's back."""
    standing = [member for member in group.members if member.lifecycle == "InService"]
    return {BALANCES} if uneven(standing, group.zones) else set()


def _rebalancing(context: RolloutContext) -> None:
    """Each service by itself; raises the first error once all were tried."""
    clients, plan = context.clients, context.plan
    calm = {service.name for service in clients.services.of_cluster(plan.cluster) if not service.zone_rebalancing}
    errors: list[ClientError | BotoCoreError] = []
    for name in sorted(calm & set(plan.recorded.rebalancing_services)):
        try:
            clients.services.set_zone_rebalancing(plan.cluster, name, enabled=True)
        except (ClientError, BotoCoreError) as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _cordon(context: RolloutContext) -> None:
    """Lift the mark from the instances that are to stay in this direction."""
    plan, fleet = context.plan, context.observe().fleet
    marked = [instance.arn for instance in fleet.incoming if instance.arn and plan.cordon in instance.attributes]
    if marked and plan.cordon:
        context.clients.ecs.unmark(plan.cluster, marked, plan.cordon)


def bounds_after(
    context: RolloutContext, record: GroupRecord, group: Group, size: int, *, unfinished: bool = False
) -> tuple[int, int]:
    """The bounds that the group ends with: as recorded, but for those that another actor has changed meanwhile.

    Never such that Auto Scaling would have to change the group's `size`. An old group that went empty leaves its
    minimum to its copy.
    """
    minimum, maximum = (record.minimum, record.maximum) if unfinished else _wanted(context, record, group)
    theirs = bounds_by_others(context, record, group)
    minimum, maximum = theirs.get(MIN, minimum), theirs.get(MAX, maximum)
    lowest = min(minimum, size) if record.exists else minimum
    return lowest, max(maximum, size)


def bounds_by_others(context: RolloutContext, record: GroupRecord, group: Group) -> dict[str, int]:
    """Its MinSize and its MaxSize, where it is another actor who gave them to it in mid-rollout."""
    capacity, recorded = context.progress.capacity, (record.minimum, record.maximum)
    ours = [recorded, *(each.get(record.name, recorded) for each in (capacity.bounds, capacity.bounds_before))]
    theirs = {}
    if record.exists and group.minimum not in (0, *(minimum for minimum, _maximum in ours)):
        theirs[MIN] = group.minimum
    if record.exists and group.maximum not in [maximum for _minimum, maximum in ours]:
        theirs[MAX] = group.maximum
    return theirs


def _wanted(context: RolloutContext, record: GroupRecord, group: Group) -> tuple[int, int]:
    if stopping(context.progress):
        return record.minimum, record.maximum
    return context.plan.topology.final_bounds(record.name, context.progress.direction, group.desired)
