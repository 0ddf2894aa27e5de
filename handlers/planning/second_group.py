"""The second node group: an existing one of the cluster, or a copy of the first that the rollout will make."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from handlers.aws.autoscaling import Group
from handlers.aws.ec2 import TemplateVersion
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.input.strategy_input import BlueGreen, ByProvider, MadeGroup, Rolling
from handlers.domain.model.findings import Finding
from handlers.domain.model.group_record import GroupRecord, ProviderSettings, TemplateInUse
from handlers.domain.model.plan import Plan
from handlers.domain.model.topology import Copy
from handlers.errors import PlanImpossible
from handlers.planning.baseline import group_record, template_in_use
from handlers.planning.node_group import NodeGroup, usable
from handlers.runtime.clients import AwsClients
from handlers.runtime.observe import instances

TwoGroups = ByProvider | BlueGreen
NAME_LENGTH = 255
NUMBERED = re.compile(r"-v\d+$")


@dataclass(frozen=True)
class SecondGroup:
    """The group that services go to; `group` is None for one that is to be made. `types` are its instance types."""

    record: GroupRecord
    group: Group | None
    types: tuple[str, ...]
    size: int
    copy: Copy | None = None


def find_second_group(
    clients: AwsClients, spec: RolloutInput, source: NodeGroup, used: TemplateInUse, version: TemplateVersion
) -> SecondGroup | None:
    """The second group of a strategy that has one. Raises PlanImpossible where it cannot be what the input says."""
    strategy = spec.strategy
    if isinstance(strategy, Rolling) or strategy.target is None:
        return None
    if isinstance(strategy.target, MadeGroup):
        return _to_be_made(clients, strategy, strategy.target, source, used, version)
    return _named(clients, strategy, strategy.target, source, version)


def _named(
    clients: AwsClients, spec: TwoGroups, target: str, source: NodeGroup, version: TemplateVersion
) -> SecondGroup:
    groups = clients.providers.groups(clients.providers.of_cluster(source.cluster).names)
    others = sorted(name for name in groups if name != source.provider)
    if target not in others:
        raise PlanImpossible(
            f"strategy.target: {target!r} is no other Auto Scaling group provider of {source.cluster}. "
            f"Allowed is one of: {', '.join(others) or 'none, it has no other'}, or {{}} for a copy of the old group."
        )
    group = usable(clients, "strategy.target", groups[target])
    used, own = template_in_use(clients, group)
    types = group.instance_types or (own.instance_type,)
    size = _size(clients, source.group, _types(source.group, version), types)
    size = spec.target_size or max(size, group.desired)
    if group.maximum < size:
        raise PlanImpossible(
            f"strategy.target: the rollout needs {size} instances in {group.name}, whose MaxSize is {group.maximum}. "
            "Raise it, or say strategy.target_size."
        )
    record = group_record(clients, group, target, replace(used, return_version=used.number))
    return SecondGroup(record, group, types, size)


def about_the_copy(clients: AwsClients, plan: Plan) -> Iterator[Finding]:
    """What the old group has, and the copy of it that the rollout would make has not."""
    if plan.topology.copy is None:
        return
    if lost := clients.autoscaling.lost_in_a_copy(plan.group):
        words = f"strategy.target: the copy of {plan.group} would be without {', '.join(lost)}, which {plan.group} has."
        yield Finding("COPY_LACKS_SETTINGS", words)


def check_is_new(clients: AwsClients, second: SecondGroup | None, cluster: str, target_ami: str) -> None:
    """Raise PlanImpossible for a second group with instances of another AMI: nobody could bring them back."""
    if second is None or second.group is None:
        return
    found = instances(clients, [second.group], clients.ecs.container_instances(cluster))
    strangers = [
        instance.instance_id for instance in found if instance.ami != target_ami and not instance.is_terminating
    ]
    if strangers:
        raise PlanImpossible(
            f"strategy.target: {len(strangers)} instances of {second.group.name} do not run {target_ami}, first "
            f"{strangers[0]}. Allowed is an empty group, or one that is on the new AMI: roll that one first."
        )


def _to_be_made(
    clients: AwsClients,
    spec: TwoGroups,
    target: MadeGroup,
    source: NodeGroup,
    used: TemplateInUse,
    version: TemplateVersion,
) -> SecondGroup:
    name, provider = _names(target, source, used.number + 1)
    if clients.autoscaling.group(name) is not None or clients.providers.groups([provider]):
        raise PlanImpossible(
            f"strategy.target: the copy would be called {name} with the provider {provider}, and one of them exists. "
            'Name another one: "target": {"name": "..."}, or delete what is left there.'
        )
    types = target.instance_types or _types(source.group, version)
    size = spec.target_size or _size(clients, source.group, _types(source.group, version), types)
    maximum = max(source.group.maximum, size)
    needed = source.provider is not None or isinstance(spec, ByProvider)
    settings = _settings(clients, source, provider) if needed else None
    record = GroupRecord(name, used, 0, 0, maximum, source.group.suspended, settings, exists=False)
    return SecondGroup(record, None, types, size, Copy(target.instance_types, maximum))


def _names(target: MadeGroup, source: NodeGroup, number: int) -> tuple[str, str]:
    """The new group's and the new provider's name: as asked, else the old ones' with the template version's number."""
    if target.name:
        return target.name, target.name
    return _numbered(source.group.name, number), _numbered(source.provider or source.group.name, number)


def _numbered(name: str, number: int) -> str:
    suffix = f"-v{number}"
    return NUMBERED.sub("", name)[: NAME_LENGTH - len(suffix)] + suffix


def _settings(clients: AwsClients, source: NodeGroup, provider: str) -> ProviderSettings:
    """Managed settings like the old provider's; off where there is none."""
    if source.provider is None:
        return ProviderSettings(provider, {"status": "DISABLED", "targetCapacity": 100}, "DISABLED")
    return replace(clients.providers.settings(source.provider), name=provider)


def _types(group: Group, version: TemplateVersion) -> tuple[str, ...]:
    return group.instance_types or (version.instance_type,)


def _size(clients: AwsClients, source: Group, old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """As many instances as give at least the old group's CPU and memory: the largest old ones by the smallest new."""
    if set(old) == set(new):
        return source.desired
    shapes = clients.ec2.shapes([*old, *new])
    missing = sorted(set(new) - set(shapes))
    if missing:
        raise PlanImpossible(f"strategy.target: EC2 offers no instance type {missing[0]} in this Region.")
    cpu = max(shapes[name].cpu for name in old) / min(shapes[name].cpu for name in new)
    memory = max(shapes[name].memory for name in old) / min(shapes[name].memory for name in new)
    return math.ceil(source.desired * max(cpu, memory))
