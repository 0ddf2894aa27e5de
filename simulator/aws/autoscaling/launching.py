"""What a group launches next: from which template version, of which type, in which availability zone."""

import math
from dataclasses import dataclass
from typing import Any

from simulator.api.dispatch import ApiError
from simulator.aws.autoscaling.errors import invalid
from simulator.aws.autoscaling.state import COUNTED, Group
from simulator.aws.ec2.region import Ec2, LaunchOrder, LaunchRefused, decoded
from simulator.kernel.random_streams import RandomStreams

GROUP_TAG = "aws:autoscaling:groupName"


@dataclass(frozen=True)
class LaunchConfiguration:
    """An old group's launch settings: `data` as CreateLaunchConfiguration gave them."""

    name: str
    arn: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """One kind of instance that the group may launch."""

    order: LaunchOrder
    template: dict[str, str] | None
    launch_configuration: str | None
    image_override: str | None
    weight: int
    weighted: bool


class Launching:
    """Reads a group's settings at the moment of a launch: `$Latest`, `$Default`, parameters mean what they do now."""

    def __init__(self, ec2: Ec2, random_streams: RandomStreams, configurations: dict[str, LaunchConfiguration]) -> None:
        self._ec2 = ec2
        self._random_streams = random_streams
        self._configurations = configurations

    def recipe(self, group: Group, zone: str) -> Recipe:
        """The next instance of the group in that zone. Raises LaunchRefused when its settings name nothing."""
        try:
            return self._recipe(group, zone)
        except ApiError as error:
            raise LaunchRefused(f"{error.message} Launching EC2 instance failed.") from error

    def check(self, group: Group) -> None:
        """What AWS checks when a group is created or updated, by a dry run of RunInstances as the caller.

        aws-facts.md, Permissions: "UpdateAutoScalingGroup and StartInstanceRefresh dry-run RunInstances". Raises
        ValidationError: an unknown template or version, an image that is gone.
        """
        if group.launch_configuration:
            if group.launch_configuration not in self._configurations:
                raise invalid(f"Launch configuration name not found - {group.launch_configuration}")
            return
        for override in _overrides(group):
            spec = _template_spec(group, override)
            try:
                version = self._ec2.templates.find(
                    spec.get("LaunchTemplateId"), spec.get("LaunchTemplateName")
                ).version(spec.get("Version"))
            except ApiError as error:
                raise invalid(f"You must use a valid fully-formed launch template. {error.message}") from error
            image = override.get("ImageId") or version.data.get("ImageId", "")
            if not image.startswith("resolve:") and not self._ec2.images.exists(image):
                raise invalid(
                    f"You must use a valid fully-formed launch template. The image id '[{image}]' does not exist"
                )

    def _recipe(self, group: Group, zone: str) -> Recipe:
        if group.launch_configuration:
            return self._from_configuration(group, zone)
        override = self._pick(group)
        spec = _template_spec(group, override)
        template = self._ec2.templates.find(spec.get("LaunchTemplateId"), spec.get("LaunchTemplateName"))
        version = template.version(spec.get("Version"))
        instance_type = override.get("InstanceType") or version.data.get("InstanceType")
        if not instance_type:
            raise LaunchRefused("The launch template names no instance type. Launching EC2 instance failed.")
        order = LaunchOrder(
            image=override.get("ImageId") or version.data.get("ImageId", ""),
            instance_type=instance_type,
            availability_zone=zone,
            subnet_id=self._subnet(group, zone),
            group=group.name,
            template_id=template.template_id,
            template_version=version.number,
            user_data=decoded(version.data.get("UserData")),
            spot=_next_is_spot(group),
            tags=_instance_tags(group, version.data)
            | {
                "aws:ec2launchtemplate:id": template.template_id,
                "aws:ec2launchtemplate:version": str(version.number),
            },
        )
        launched_from = {
            "LaunchTemplateId": template.template_id,
            "LaunchTemplateName": template.name,
            "Version": str(version.number),
        }
        weight = override.get("WeightedCapacity")
        return Recipe(order, launched_from, None, override.get("ImageId"), int(weight or 1), weight is not None)

    def _from_configuration(self, group: Group, zone: str) -> Recipe:
        name = str(group.launch_configuration)
        if name not in self._configurations:
            raise LaunchRefused(f"The launch configuration {name} does not exist. Launching EC2 instance failed.")
        data = self._configurations[name].data
        order = LaunchOrder(
            image=data["ImageId"],
            instance_type=data["InstanceType"],
            availability_zone=zone,
            subnet_id=self._subnet(group, zone),
            group=group.name,
            user_data=decoded(data.get("UserData")),
            tags=_instance_tags(group, {}),
        )
        return Recipe(order, None, name, None, 1, weighted=False)

    def _pick(self, group: Group) -> dict[str, Any]:
        """One of the overrides.

        botocore (OnDemandAllocationStrategy): "prioritized ... launches your highest priority instance types first";
        the others follow prices and spare capacity, which this region does not have: the seed decides.
        """
        overrides = _overrides(group)
        distribution = (group.mixed or {}).get("InstancesDistribution", {})
        first = distribution.get("OnDemandAllocationStrategy") == "prioritized" and not _next_is_spot(group)
        if len(overrides) == 1 or first:
            return overrides[0]
        return self._random_streams.stream(f"instance-type/{group.name}").choice(overrides)

    def _subnet(self, group: Group, zone: str) -> str:
        return group.subnets.get(zone) or self._ec2.subnet_of(zone)


def emptiest_zone(group: Group, refused: set[str]) -> str | None:
    """The zone with the fewest instances, the first of equals; None when all of them refused a launch just now.

    Auto Scaling guide, "Distribute instances across Availability Zones": new instances go to "the Availability Zone
    with the fewest instances"; "if the attempt fails, ... another Availability Zone".
    """
    counts = group.by_zone()
    zones = [zone for zone in group.subnets if zone not in refused]
    return min(zones, key=lambda zone: counts[zone], default=None)


def _overrides(group: Group) -> list[dict[str, Any]]:
    template = (group.mixed or {}).get("LaunchTemplate", {})
    return template.get("Overrides") or [{}]


def _template_spec(group: Group, override: dict[str, Any]) -> dict[str, Any]:
    """The override's own launch template, or else the group's."""
    own = override.get("LaunchTemplateSpecification")
    if own:
        return dict(own)
    if group.mixed:
        return dict(group.mixed["LaunchTemplate"]["LaunchTemplateSpecification"])
    return dict(group.template or {})


def _next_is_spot(group: Group) -> bool:
    """Whether the next instance is a spot one, by OnDemandBaseCapacity and OnDemandPercentageAboveBaseCapacity.

    botocore: base 0 and 100 % on demand by default; "this base portion is launched first as your group scales".
    """
    if not group.mixed:
        return False
    distribution = group.mixed.get("InstancesDistribution", {})
    base = distribution.get("OnDemandBaseCapacity", 0)
    percentage = distribution.get("OnDemandPercentageAboveBaseCapacity", 100)
    running = [member for member in group.members.values() if member.lifecycle in COUNTED]
    on_demand = sum(not member.instance.spot for member in running)
    above = max(0, len(running) + 1 - base)
    return bool(on_demand >= base + math.ceil(above * percentage / 100))


def _instance_tags(group: Group, data: dict[str, Any]) -> dict[str, str]:
    specified = {
        tag["Key"]: tag.get("Value", "")
        for specification in data.get("TagSpecifications", [])
        if specification.get("ResourceType") == "instance"
        for tag in specification.get("Tags", [])
    }
    propagated = {key: tag.value for key, tag in group.tags.items() if tag.propagate}
    return {**specified, **propagated, GROUP_TAG: group.name}
