"""What the region knows of the things that requests name, for deciding whether a caller may make them."""

from collections.abc import Iterator
from typing import Any

from simulator.api.dispatch import ApiError
from simulator.aws.autoscaling.region import AutoScaling
from simulator.iam.needs.need import LaunchNeeds

Settings = dict[str, Any]


class KnownToIam:
    """Auto Scaling groups and launches of one account. `vpc_owner` is the account whose subnets they use."""

    def __init__(self, scaling: AutoScaling, account: str, vpc_owner: str) -> None:
        self._scaling, self._ec2 = scaling, scaling.ec2
        self._account, self._vpc_owner = account, vpc_owner

    def group_arn(self, name: str) -> str:
        """The ARN of a group; with `*` for its id where there is none of that name."""
        group = self._scaling.groups.get(name)
        if group is not None:
            return group.arn
        region = self._ec2.network.region
        return f"arn:aws:autoscaling:{region}:{self._account}:autoScalingGroup:*:autoScalingGroupName/{name}"

    def group_of(self, instance_id: str) -> str:
        """The name of the group that an instance is in, or an empty text."""
        return next((name for name, group in self._scaling.groups.items() if instance_id in group.members), "")

    def subnet_owner(self, subnet: str) -> str:
        """The account that a subnet belongs to."""
        return self._vpc_owner if self._ec2.network.zone_of(subnet) else self._account

    def template_tags(self, template_id: str) -> dict[str, str]:
        """The tags of a launch template; none of one that is not there."""
        try:
            return self._ec2.templates.find(template_id, None).tags
        except ApiError:
            return {}

    def launch(self, request: dict[str, Any]) -> LaunchNeeds:
        """What a group with these settings would launch, or a RunInstances with them."""
        specified = list(_specified(request))
        data = list(filter(None, map(self._data, specified)))
        images = (
            [request["ImageId"]]
            if request.get("ImageId")
            else _images(request) or [each["ImageId"] for each in data if each.get("ImageId")]
        )
        devices = [device for each in data for device in each.get("BlockDeviceMappings", ())]
        return LaunchNeeds(
            template_ids=_once(filter(None, map(self._template_id, specified))),
            images=_once(images),
            subnets=_once(self._subnets(request)),
            security_groups=_once(group for each in data for group in _security_groups(each)),
            snapshots=_once(each["Ebs"]["SnapshotId"] for each in devices if each.get("Ebs", {}).get("SnapshotId")),
            key_pair=next((each["KeyName"] for each in data if each.get("KeyName")), ""),
            role=next((self._role(each["IamInstanceProfile"]) for each in data if each.get("IamInstanceProfile")), ""),
            tagged=_once(tag["ResourceType"] for each in data for tag in each.get("TagSpecifications", ())),
        )

    def _data(self, spec: Settings) -> Settings | None:
        try:
            template = self._ec2.templates.find(spec.get("LaunchTemplateId"), spec.get("LaunchTemplateName"))
            return template.version(spec.get("Version")).data
        except ApiError:
            return None  # the service says so when it comes to it

    def _template_id(self, spec: Settings) -> str:
        try:
            return self._ec2.templates.find(spec.get("LaunchTemplateId"), spec.get("LaunchTemplateName")).template_id
        except ApiError:
            return str(spec.get("LaunchTemplateId") or "")

    def _subnets(self, request: Settings) -> list[str]:
        named = [request["SubnetId"]] if request.get("SubnetId") else []
        named += [each for each in (request.get("VPCZoneIdentifier") or "").split(",") if each]
        group = self._scaling.groups.get(request.get("AutoScalingGroupName") or "")
        return named or [each for each in group.subnets.values() if each] if group else named

    def _role(self, profile: Settings) -> str:
        """The role of an instance profile: here each has one of its own name, as the console makes them."""
        name = str(profile.get("Name") or profile.get("Arn", "")).rsplit("/", 1)[-1]
        return f"arn:aws:iam::{self._account}:role/{name}"


def _specified(request: Settings) -> Iterator[Settings]:
    """The launch templates that a request names."""
    if request.get("LaunchTemplate"):
        yield request["LaunchTemplate"]
    mixed = (request.get("MixedInstancesPolicy") or {}).get("LaunchTemplate", {})
    if mixed.get("LaunchTemplateSpecification"):
        yield mixed["LaunchTemplateSpecification"]
    for override in mixed.get("Overrides", ()):
        if override.get("LaunchTemplateSpecification"):
            yield override["LaunchTemplateSpecification"]


def _images(request: Settings) -> list[str]:
    """The images that overrides name."""
    mixed = (request.get("MixedInstancesPolicy") or {}).get("LaunchTemplate", {})
    return [each["ImageId"] for each in mixed.get("Overrides", ()) if each.get("ImageId")]


def _security_groups(data: Settings) -> Iterator[str]:
    yield from data.get("SecurityGroupIds", ())
    for interface in data.get("NetworkInterfaces", ()):
        yield from interface.get("Groups", ())


def _once(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
