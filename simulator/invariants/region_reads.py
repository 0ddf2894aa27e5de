"""Reading the region's own state, past the API: no call is counted, no time passes."""

from collections import Counter

from simulator.api.dispatch import ApiError
from simulator.aws.autoscaling.fleet import LEAVING
from simulator.aws.autoscaling.state import Group, RequestedBy
from simulator.aws.ec2.templates import LaunchTemplate
from simulator.aws.ecs.harm import fails_on
from simulator.aws.ecs.state import EcsService, Task
from simulator.invariants.baseline import Baseline
from simulator.invariants.snapshot import GroupSettings, ProviderSettings
from simulator.invariants.zones import TOLERATED
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.region import Region


def read_settings(region: Region, group_name: str) -> GroupSettings:
    """What a rollout of that group may override, as it is now."""
    group = region.scaling.group(group_name)
    specified, ami, versions = _template(region, group)
    name, provider = _provider(region, group_name)
    return GroupSettings(
        desired=group.desired,
        minimum=group.min_size,
        maximum=group.max_size,
        suspended=tuple(sorted(group.suspended)),
        new_instances_protected=group.protect_new,
        launch_template_version=specified,
        launches_ami=ami,
        template_versions=versions,
        provider_name=name,
        provider=provider,
    )


def hosts_of(region: Region, group_name: str) -> list[SimulatedInstance]:
    """The group's instances that are pending or running; none where the group is gone."""
    group = region.scaling.groups.get(group_name)
    return [member.instance for member in group.members.values() if member.instance.alive] if group else []


def max_size(region: Region, group_name: str) -> int:
    """The group's MaxSize now."""
    return region.scaling.group(group_name).max_size


def protected(region: Region, host: SimulatedInstance) -> bool:
    """Whether the instance is protected from scale-in."""
    member = region.scaling.group(host.group).members.get(host.instance_id)
    return member is not None and member.protected


def leaves_by_managed_scaling(region: Region, host: SimulatedInstance) -> bool:
    """Whether Auto Scaling takes it out of its group because managed scaling wanted fewer instances."""
    group = region.scaling.groups.get(host.group)
    member = group.members.get(host.instance_id) if group else None
    if member is None or member.lifecycle not in LEAVING:
        return False
    return member.activity.requested_by is RequestedBy.MANAGED_SCALING


def brought(region: Region, baseline: Baseline, task: Task) -> bool:
    """Whether a failure of the task is what the rollout brought: on a new instance, and it runs on the AMIs before.

    A task that crashes sometimes, whatever it runs on, is nobody's doing.
    """
    host = task.instance.ec2_instance
    if host.instance_id in baseline.original_ids or not (fails_on(region.ecs.context, task, host.image_id)):
        return False
    return not any(fails_on(region.ecs.context, task, ami) for ami in baseline.original_amis)


def is_back(baseline: Baseline, task: Task) -> bool:
    """Whether the task runs on an AMI of before."""
    return task.instance.ec2_instance.image_id in baseline.original_amis


def slowest_start(region: Region, service: EcsService) -> float:
    """Seconds that a task of the service takes from its placement until it is RUNNING, at most."""
    slow = region.ecs.context.workload(service.task_definition).start_seconds
    return (slow or region.scenario.timings.start_seconds)[1]


def _template(region: Region, group: Group) -> tuple[str, str, int]:
    """The version as the group says it, the AMI that it would launch now, how many versions there are."""
    given = group.template
    if group.mixed:
        given = group.mixed["LaunchTemplate"]["LaunchTemplateSpecification"]
    if given is None:
        return "", "", 0
    template = region.ec2.templates.find(given.get("LaunchTemplateId"), given.get("LaunchTemplateName"))
    specified = given.get("Version") or "$Default"
    return specified, _image(template, specified), len(template.versions)


def _image(template: LaunchTemplate, version: str) -> str:
    """The version's AMI; nothing where it was deleted."""
    try:
        return str(template.version(version).data.get("ImageId", ""))
    except ApiError:
        return ""


def _provider(region: Region, group_name: str) -> tuple[str | None, ProviderSettings]:
    provider = region.ecs.context.provider_of_group(region.cluster, group_name)
    if provider is None:
        return None, ()
    return provider.name, (
        ("managed scaling", tuple(sorted(provider.managed_scaling.items()))),
        ("managed termination protection", provider.managed_termination_protection),
        ("managed draining", provider.managed_draining),
    )


def even(region: Region, name: str) -> bool:
    """Of the instances in service, as Auto Scaling would count them."""
    group = region.scaling.group(name)
    counts = Counter(dict.fromkeys(group.subnets, 0))
    counts.update(
        member.instance.availability_zone for member in group.members.values() if member.lifecycle == "InService"
    )
    return max(counts.values()) - min(counts.values()) <= TOLERATED
