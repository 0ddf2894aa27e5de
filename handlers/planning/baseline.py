"""The snapshot: everything that the rollout may change, read before the first change."""

from collections import Counter
from collections.abc import Sequence

from handlers.aws.autoscaling import Group
from handlers.aws.ec2 import TemplateVersion
from handlers.domain.model.fleet import Instance, Service
from handlers.domain.model.group_record import GroupRecord, TemplateInUse
from handlers.domain.model.plan import Recorded
from handlers.errors import PlanImpossible
from handlers.runtime.clients import AwsClients


def template_in_use(clients: AwsClients, group: Group) -> tuple[TemplateInUse, TemplateVersion]:
    """The launch template version that the group launches from. Raises PlanImpossible where it does not exist."""
    template = group.template or {}
    specified = template.get("Version", "$Default")
    version = clients.ec2.template_version(template["LaunchTemplateId"], specified)
    if version is None:
        raise PlanImpossible(
            f"auto_scaling_group: {group.name} launches from version {specified} of {template['LaunchTemplateId']}, "
            "which does not exist. Point the group at a version that does."
        )
    mixed = group.mixed is not None
    used = TemplateInUse(template["LaunchTemplateId"], specified, version.number, mixed, version.number)
    return used, version


def group_record(clients: AwsClients, group: Group, provider: str | None, template: TemplateInUse) -> GroupRecord:
    """One group's settings as they are now."""
    return GroupRecord(
        name=group.name,
        template=template,
        desired=group.desired,
        minimum=group.minimum,
        maximum=group.maximum,
        suspended=group.suspended,
        provider=clients.providers.settings(provider) if provider else None,
    )


def record(clients: AwsClients, cluster: str, services: tuple[Service, ...]) -> Recorded:
    """The settings of cluster and services as they are now."""
    associated = clients.providers.of_cluster(cluster)
    return Recorded(
        rebalancing_services=tuple(service.name for service in services if service.zone_rebalancing),
        providers=associated.names,
        default_strategy=associated.default,
        task_definitions={service.name: service.task_definition for service in services},
        deployments={service.name: service.deployment_id for service in services},
    )


def version_to_return_to(
    clients: AwsClients,
    group: Group,
    instances: Sequence[Instance],
    used: TemplateVersion,
    template_id: str,
    target: str,
) -> int:
    """The version that brings the old AMI back.

    That is the version in use, unless an operator pointed it at the target already: then the one that most old
    instances were launched from.
    """
    if used.image_id != target:
        return used.number
    old = {instance.instance_id for instance in instances if instance.ami != target}
    numbers = Counter(member.template_version for member in group.members if member.instance_id in old)
    for number, _count in numbers.most_common():
        version = clients.ec2.template_version(template_id, number) if number else None
        if version is not None and version.image_id != target:
            return version.number
    return used.number
