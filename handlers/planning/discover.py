"""The survey: which node groups, which AMI, which instances have to go. It refuses what cannot be rolled at all."""

from dataclasses import dataclass

from handlers.aws.ec2 import Image, TemplateVersion
from handlers.domain.input.rollout_input import RolloutInput
from handlers.domain.model.fleet import Instance
from handlers.domain.model.group_record import TemplateInUse
from handlers.planning.baseline import template_in_use
from handlers.planning.node_group import NodeGroup, find_node_group
from handlers.planning.second_group import SecondGroup, check_is_new, find_second_group
from handlers.planning.target import check_architecture, find_target, running_ami
from handlers.runtime.clients import AwsClients
from handlers.runtime.observe import instances


@dataclass(frozen=True)
class Discovery:
    """What was found: the old group with its instances, the second one where there is one, the AMI to come.

    `used` is the launch template version in use, as the group says it; `version` is what is in it.
    """

    node_group: NodeGroup
    used: TemplateInUse
    version: TemplateVersion
    second: SecondGroup | None
    members: tuple[Instance, ...]
    target: Image

    @property
    def old(self) -> list[Instance]:
        """The instances that have to go: with a second group all, else those on another AMI."""
        return [one for one in self.members if self.second or one.ami != self.target.image_id]

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


def discover(clients: AwsClients, spec: RolloutInput) -> Discovery:
    """Read what the input means. Raises PlanImpossible where it means nothing that could be rolled."""
    node_group = find_node_group(clients, spec)
    group = node_group.group
    used, version = template_in_use(clients, group)
    second = find_second_group(clients, spec, node_group, used, version)
    members = tuple(one for one in instances(clients, [group], node_group.cluster) if not one.is_terminating)
    types = second.types if second else group.instance_types or (version.instance_type,)
    target = find_target(clients, spec.ami, running_ami(members, version), types)
    check_is_new(clients, second, node_group.cluster, target.image_id)
    check_architecture(clients, target, second.record.name if second else group.name, types)
    return Discovery(node_group, used, version, second, members, target)
