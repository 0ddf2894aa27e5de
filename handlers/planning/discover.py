"""Discovery: everything that a plan is made of, read once. It refuses what cannot be rolled at all."""

from dataclasses import dataclass, replace

from handlers.aws.ec2 import Image, TemplateVersion
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.group_record import GroupRecord, TemplateInUse
from handlers.domain.model.plan import Recorded
from handlers.domain.model.resources import Resources
from handlers.planning.baseline import group_record, record, template_in_use, version_to_return_to
from handlers.planning.node_group import NodeGroup, find_node_group
from handlers.planning.other_node_groups import amis_of_other_node_groups
from handlers.planning.second_group import SecondGroup, check_is_new, find_second_group
from handlers.planning.target import check_architecture, find_target, running_ami
from handlers.runtime.clients import AwsClients
from handlers.runtime.observe import instances, with_targets

CPU_UNITS = 1024


@dataclass(frozen=True)
class Discovery:
    """What was found: the old group with its instances, the second one where there is one, the AMI to come.

    `used` is the launch template version in use, as the group says it; `version` is what is in it. `old_record` is the
    old group and `recorded` the rest as they were before the first change. `smallest` is what the smallest instances of
    a second group offer, `other_amis` what the cluster's other instances run. `read_at` is epoch seconds.
    """

    node_group: NodeGroup
    used: TemplateInUse
    version: TemplateVersion
    second: SecondGroup | None
    members: tuple[Instance, ...]
    target: Image
    read_at: float
    old_record: GroupRecord
    services: tuple[Service, ...]
    recorded: Recorded
    alarm_states: dict[str, str]
    running_tasks: int
    smallest: Resources | None
    other_amis: frozenset[str]

    @property
    def old(self) -> list[Instance]:
        """The instances that have to go: with a second group all, else those on another AMI."""
        return [instance for instance in self.members if self.second or instance.ami != self.target.image_id]

    @property
    def old_versions(self) -> set[str]:
        """The launch template versions that the old instances were launched from."""
        old = {instance.instance_id for instance in self.old}
        members = self.node_group.group.members
        return {member.template_version for member in members if member.instance_id in old and member.template_version}

    @property
    def up_to_date(self) -> bool:
        """Nothing has to go, and what is launched next is on the AMI already."""
        return not self.old and (self.second is not None or self.version.image_id == self.target.image_id)

    @property
    def running(self) -> str:
        """The AMI that most instances run."""
        return running_ami(self.members, self.version)

    @property
    def original(self) -> str:
        """The AMI that most of those run that have to go."""
        return running_ami(self.old, self.version)

    @property
    def older(self) -> frozenset[str]:
        """The other AMIs of those that have to go."""
        return frozenset(instance.ami for instance in self.old if instance.ami) - {self.original, self.target.image_id}


def discover(clients: AwsClients, spec: RolloutInput) -> Discovery:
    """Read it all. Raises PlanImpossible where the input means nothing that could be rolled."""
    clients.definitions.forget()
    node_group = find_node_group(clients, spec)
    group = node_group.group
    used, version = template_in_use(clients, group)
    second = find_second_group(clients, spec, node_group, used, version)
    members = tuple(
        instance
        for instance in instances(clients, [group], clients.ecs.container_instances(node_group.cluster))
        if not instance.is_terminating
    )
    types = second.types if second else group.instance_types or (version.instance_type,)
    target = find_target(clients, spec.ami, running_ami(members, version), types)
    check_is_new(clients, second, node_group.cluster, target.image_id)
    check_architecture(clients, target, second.record.name if second else group.name, types)
    cluster = node_group.cluster
    services = with_targets(clients, clients.services.of_cluster(cluster))
    back = version_to_return_to(clients, group, members, version, used.template_id, target.image_id)
    return Discovery(
        node_group=node_group,
        used=used,
        version=version,
        second=second,
        members=members,
        target=target,
        read_at=clients.now(),
        old_record=group_record(clients, group, node_group.provider, replace(used, return_version=back)),
        services=services,
        recorded=record(clients, cluster, services),
        alarm_states=clients.cloudwatch.alarm_states(spec.alarms) if spec.alarms else {},
        running_tasks=clients.ecs.running_tasks(cluster),
        smallest=_smallest(clients, second),
        other_amis=amis_of_other_node_groups(clients, node_group, second) if spec.exchanges_pins else frozenset(),
    )


def _smallest(clients: AwsClients, second: SecondGroup | None) -> Resources | None:
    """What the smallest instances of a second group offer; ECS keeps a little of it for itself."""
    if second is None:
        return None
    shapes = clients.ec2.shapes([each for each in second.types if each]).values()
    return (
        Resources(min(shape.cpu for shape in shapes) * CPU_UNITS, min(shape.memory for shape in shapes))
        if shapes
        else None
    )
