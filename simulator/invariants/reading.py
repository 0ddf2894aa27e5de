"""Reading the region's own state, past the API: no call is counted, no time passes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.core.host import Host
from simulator.ecs.state import Cluster
from simulator.invariants.baseline import Settings

if TYPE_CHECKING:
    from simulator.autoscaling.state import Group
    from simulator.region import Region


def read_settings(region: "Region", group_name: str) -> Settings:
    """What a rollout of that group may borrow, as it is now."""
    group = region.scaling.group(group_name)
    specified, ami, versions = _template(region, group)
    return Settings(
        desired=group.desired,
        minimum=group.min_size,
        maximum=group.max_size,
        suspended=tuple(sorted(group.suspended)),
        new_instances_protected=group.protect_new,
        launch_template_version=specified,
        launches_ami=ami,
        template_versions=versions,
        provider=_provider(region, group_name),
        zone_rebalancing=_rebalancing(region.cluster),
    )


def hosts_of(region: "Region", group_name: str) -> list[Host]:
    """The group's instances that are pending or running."""
    members = region.scaling.group(group_name).members.values()
    return [member.host for member in members if member.host.alive]


def protected(region: "Region", group_name: str, instance_id: str) -> bool:
    """Whether the instance is protected from scale-in."""
    member = region.scaling.group(group_name).members.get(instance_id)
    return member is not None and member.protected


def _template(region: "Region", group: "Group") -> tuple[str, str, int]:
    """The version as the group says it, the AMI that it would launch now, how many versions there are."""
    given = group.template
    if group.mixed:
        given = group.mixed["LaunchTemplate"]["LaunchTemplateSpecification"]
    if given is None:
        return "", "", 0
    template = region.ec2.templates.find(given.get("LaunchTemplateId"), given.get("LaunchTemplateName"))
    specified = given.get("Version") or "$Default"
    return specified, str(template.version(specified).data.get("ImageId", "")), len(template.versions)


def _provider(region: "Region", group_name: str) -> tuple[tuple[str, str], ...]:
    provider = region.ecs.context.provider_of_group(region.cluster, group_name)
    if provider is None:
        return ()
    return (
        ("managed scaling", str(sorted(provider.managed_scaling.items()))),
        ("managed termination protection", provider.managed_termination_protection),
        ("managed draining", provider.managed_draining),
    )


def _rebalancing(cluster: Cluster) -> tuple[str, ...]:
    services: Iterable[str] = sorted(cluster.services)
    return tuple(name for name in services if cluster.services[name].availability_zone_rebalancing == "ENABLED")
