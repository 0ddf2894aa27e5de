"""What a rollout has not restored at its end, though it was only overridden: one sentence for each thing.

`moved`: it ended all new, so what it was for has changed. Otherwise everything is to be as it was.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

from simulator.invariants.baseline import Baseline
from simulator.invariants.external_changes import ExternalChanges
from simulator.invariants.final_state import FinalState
from simulator.invariants.service_restoration import services_not_restored
from simulator.invariants.snapshot import GroupSettings, Shares

FREE_WHEN_NEW = ("launch_template_version", "launches_ami", "template_versions")
"""A finished rollout leaves these changed: that is what it was for."""

SIZES = ("desired", "minimum")


def not_restored(baseline: Baseline, changes: ExternalChanges, final: FinalState, *, moved: bool) -> Iterator[str]:
    """All of it: groups, cluster, services, and orphaned resources."""
    if not baseline.expected.two_groups:
        yield from _one_group(baseline, changes, final, moved=moved)
    elif moved:
        yield from _old_group(baseline, changes, final)
        yield from _second_group(baseline, changes, final)
    else:
        yield from _both_groups(baseline, changes, final)
    yield from _cluster(baseline, final, moved=moved)
    yield from services_not_restored(baseline, changes, final, moved=moved)
    yield from _orphaned(baseline, changes, final, moved=moved)


def _one_group(baseline: Baseline, changes: ExternalChanges, final: FinalState, *, moved: bool) -> Iterator[str]:
    now = final.now.groups.get(baseline.group)
    was = _as_even(baseline.group, baseline.settings, now, final)
    theirs = changes.sized(baseline.group) | {*changes.grown(was), *changes.pinned(was)}
    yield from _changed("", was, now, (*(FREE_WHEN_NEW if moved else ()), *theirs, *changes.templates))
    if moved and now is not None and now.launches_ami != baseline.target_ami:
        yield f"the group would launch {now.launches_ami}, the target is {baseline.target_ami}"
    wanted = now.desired if now is not None and theirs else was.desired
    yield from _number("", wanted, len(final.hosts), changes)


def _both_groups(baseline: Baseline, changes: ExternalChanges, final: FinalState) -> Iterator[str]:
    """As they were, and no third one; where managed scaling is left on, how many instances there are is its own."""
    for name, was in baseline.before.groups.items():
        if not baseline.involves(name):
            continue
        floats = baseline.expected.managed and was.scales_itself
        theirs = changes.sized(name) | set(changes.grown(was))
        free = (*(("desired",) if floats else ()), *theirs, *changes.templates, *changes.pinned(was))
        now = final.now.groups.get(name)
        yield from _changed(f"{name}: ", _as_even(name, was, now, final), now, free)
        if not floats and not theirs:
            yield from _number(f"{name}: ", was.desired, len(final.of(name.__eq__)), changes)
    for name in final.now.groups.keys() - baseline.before.groups.keys():
        yield f"the group {name} was not there before"


def _old_group(baseline: Baseline, changes: ExternalChanges, final: FinalState) -> Iterator[str]:
    """Empty, or gone where the input says so; what stays is kept as it was, but for its sizes."""
    now, left = final.now.groups.get(baseline.group), len(final.of(baseline.group.__eq__))
    if baseline.expected.deletes and not left:
        if now is not None:
            yield f"the group {baseline.group} is still there"
        return
    free = (*FREE_WHEN_NEW, *SIZES, *changes.sized(baseline.group))
    yield from _changed(f"{baseline.group}: ", baseline.settings, now, free)
    if now is None:
        return
    if now.minimum > baseline.settings.minimum:
        yield f"{baseline.group}: minimum was {baseline.settings.minimum} and is {now.minimum}"
    if not (baseline.expected.managed and now.scales_itself):
        yield from _number(f"{baseline.group}: ", now.desired, left, changes)


def _second_group(baseline: Baseline, changes: ExternalChanges, final: FinalState) -> Iterator[str]:
    """As it was or, where the rollout made it, as the old group was: a copy."""
    seconds = [name for name in final.now.groups if baseline.second(name)]
    if len(seconds) != 1:
        yield f"one second group was wanted, and there are {seconds}"
        return
    name, now = seconds[0], final.now.groups[seconds[0]]
    was = baseline.before.groups.get(name)
    theirs = changes.sized(name) | (frozenset() if was else changes.sized(baseline.group))
    model = _as_even(name, was or replace(baseline.settings, provider_name=now.provider_name), now, final)
    yield from _changed(f"{name}: ", model, now, (*FREE_WHEN_NEW, "desired", *theirs))
    if now.launches_ami != baseline.target_ami:
        yield f"{name} would launch {now.launches_ami}, the target is {baseline.target_ami}"
    if not (baseline.expected.managed and now.scales_itself):
        yield from _number(f"{name}: ", now.desired, len(final.of(name.__eq__)), changes)


def _cluster(baseline: Baseline, final: FinalState, *, moved: bool) -> Iterator[str]:
    before, now = baseline.before, final.now
    old, new = renamed(baseline, final) if moved else (None, None)
    providers = set(before.providers) | ({new} if new else set())
    if old and baseline.group not in now.groups:
        providers.discard(old)
    if providers != set(now.providers):
        yield f"the cluster's capacity providers were {before.providers} and are {now.providers}"
    if now.default_strategy != with_name(before.default_strategy, old, new):
        yield f"the cluster's default strategy was {before.default_strategy} and is {now.default_strategy}"


def renamed(baseline: Baseline, final: FinalState) -> tuple[str | None, str | None]:
    """The capacity providers of the old group and of the second one; nothing for a rollout of one group."""
    second = [one.provider_name for name, one in final.now.groups.items() if baseline.second(name)]
    return (baseline.settings.provider_name, second[0]) if second else (None, None)


def with_name(strategy: Shares, old: str | None, new: str | None) -> Shares:
    """The strategy, naming the new provider where it named the old one."""
    return tuple(sorted((new if new and name == old else name, base, weight) for name, base, weight in strategy))


def _orphaned(baseline: Baseline, changes: ExternalChanges, final: FinalState, *, moved: bool) -> Iterator[str]:
    before, now = baseline.before, final.now
    if not (moved and baseline.expected.two_groups):
        yield from (f"the {leftover} was not there before" for leftover in sorted(now.leftovers - before.leftovers))
        yield from (f"the {leftover} is gone" for leftover in sorted(before.leftovers - now.leftovers))
    in_use = {service_settings.task_definition for service_settings in now.services.values()} if moved else set()
    families = {revision.rpartition(":")[0] for revision in before.revisions}
    ours = [
        revision for revision in now.revisions - before.revisions - in_use if revision.rpartition(":")[0] in families
    ]
    yield from (f"{revision} was registered and is ACTIVE" for revision in sorted(ours))
    yield from (f"{revision} is not ACTIVE any more" for revision in sorted(before.revisions - now.revisions))
    for instance_id, names in now.marks.items():
        for name in sorted(names - before.marks.get(instance_id, frozenset())):
            yield f"{instance_id} still has the attribute {name}"
    yield from (f"{instance_id} is still DRAINING" for instance_id in final.draining if instance_id not in changes.took)
    yield from (f"the lock {lock} is still held" for lock in final.locks)


def _as_even(name: str, was: GroupSettings, now: GroupSettings | None, final: FinalState) -> GroupSettings:
    return was if now is None else was.balanced_like(now, even=final.even[name])


def _changed(whose: str, was: GroupSettings, now: GroupSettings | None, free: Iterable[str]) -> Iterator[str]:
    if now is None:
        yield f"{whose}the group is gone"
        return
    for field in fields(GroupSettings):
        before, after = getattr(was, field.name), getattr(now, field.name)
        if before != after and field.name not in free:
            yield f"{whose}{field.name.replace('_', ' ')} was {before!r} and is {after!r}"


def _number(whose: str, wanted: int, there: int, changes: ExternalChanges) -> Iterator[str]:
    """What a fault took, or another actor asked for, Auto Scaling may not have launched yet."""
    if wanted != there and not wanted - len(changes.took) - changes.added <= there < wanted:
        yield f"{whose}{wanted} instances were wanted and {there} are there"
