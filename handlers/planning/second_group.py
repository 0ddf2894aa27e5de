"""The second node group: an existing one of the cluster, or a copy of the first that the rollout will make."""

import math
from dataclasses import dataclass, replace

from handlers.contract import PlanImpossible
from handlers.domain.plan import Copy, GroupRecord, ProviderSettings, TemplateInUse
from handlers.domain.rollout_input import RolloutInput
from handlers.domain.strategy_input import ByProvider, MadeGroup
from handlers.gateways.autoscaling import Group
from handlers.gateways.ec2 import TemplateVersion
from handlers.planning.node_group import NodeGroup, usable
from handlers.planning.record import group_record, template_in_use
from handlers.world import World

SUFFIX = 8
NAME_LENGTH = 255


@dataclass(frozen=True)
class SecondGroup:
    """The group that services go to; `group` is None for one that is to be made. `types` are its instance types."""

    record: GroupRecord
    group: Group | None
    types: tuple[str, ...]
    size: int
    copy: Copy | None = None


def find_second_group(
    world: World, asked: RolloutInput, source: NodeGroup, used: TemplateInUse, version: TemplateVersion
) -> SecondGroup | None:
    """The second group of a strategy that has one. Raises PlanImpossible where it cannot be what the input says."""
    if not isinstance(asked.strategy, ByProvider):
        return None
    if isinstance(asked.strategy.target, MadeGroup):
        return _to_be_made(world, asked.strategy, asked.strategy.target, source, used, version)
    return _named(world, asked.strategy, asked.strategy.target, source, version)


def _named(world: World, asked: ByProvider, target: str, source: NodeGroup, version: TemplateVersion) -> SecondGroup:
    groups = world.providers.groups(world.providers.of_cluster(source.cluster).names)
    others = sorted(name for name in groups if name != source.provider)
    if target not in others:
        raise PlanImpossible(
            f"strategy.target: {target!r} is no other Auto Scaling group provider of {source.cluster}. "
            f"Allowed is one of: {', '.join(others) or 'none, it has no other'}, or {{}} for a copy of the old group."
        )
    group = usable(world, "strategy.target", groups[target])
    used, own = template_in_use(world, group)
    types = group.instance_types or (own.instance_type,)
    size = _size(world, source.group, _types(source.group, version), types)
    size = asked.target_size or max(size, group.desired)
    if group.maximum < size:
        raise PlanImpossible(
            f"strategy.target: the rollout needs {size} instances in {group.name}, whose MaxSize is {group.maximum}. "
            "Raise it, or say strategy.target_size."
        )
    record = group_record(world, group, target, replace(used, return_version=used.number))
    return SecondGroup(record, group, types, size)


def _to_be_made(
    world: World,
    asked: ByProvider,
    target: MadeGroup,
    source: NodeGroup,
    used: TemplateInUse,
    version: TemplateVersion,
) -> SecondGroup:
    like = world.providers.settings(source.provider) if source.provider else None
    suffix = f"-v{used.number + 1}"
    name = target.name or (source.provider or source.group.name)[: NAME_LENGTH - len(suffix)] + suffix
    group_name = (
        f"{source.group.name[: NAME_LENGTH - len(name) - 1]}-{name}"
        if target.name
        else (source.group.name[: NAME_LENGTH - len(suffix)] + suffix)
    )
    if world.autoscaling.group(group_name) is not None or world.providers.groups([name]):
        raise PlanImpossible(
            f"strategy.target: the copy would be called {group_name} with the provider {name}, and one of them exists. "
            'Name another one: "target": {"name": "..."}, or delete what is left there.'
        )
    types = target.instance_types or _types(source.group, version)
    size = asked.target_size or _size(world, source.group, _types(source.group, version), types)
    maximum = max(source.group.maximum, size)
    settings = ProviderSettings(
        name,
        dict(like.managed_scaling) if like else {"status": "DISABLED", "targetCapacity": 100},
        like.managed_termination_protection if like else "DISABLED",
    )
    record = GroupRecord(group_name, used, 0, 0, maximum, (), settings, exists=False)
    return SecondGroup(record, None, types, size, Copy(target.instance_types, maximum))


def _types(group: Group, version: TemplateVersion) -> tuple[str, ...]:
    return group.instance_types or (version.instance_type,)


def _size(world: World, source: Group, old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """As many instances as give at least the old group's CPU and memory: the largest old ones by the smallest new."""
    if set(old) == set(new):
        return source.desired
    shapes = world.ec2.shapes([*old, *new])
    missing = sorted(set(new) - set(shapes))
    if missing:
        raise PlanImpossible(f"strategy.target: EC2 offers no instance type {missing[0]} in this Region.")
    cpu = max(shapes[one].cpu for one in old) / min(shapes[one].cpu for one in new)
    memory = max(shapes[one].memory for one in old) / min(shapes[one].memory for one in new)
    return math.ceil(source.desired * max(cpu, memory))
