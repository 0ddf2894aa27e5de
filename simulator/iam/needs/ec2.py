"""Amazon EC2, and what a launch has to be allowed: "Actions, resources, and condition keys for Amazon EC2"."""

from collections.abc import Iterator

from simulator.iam.needs.need import LaunchNeeds, Need, Needs, Place, Request, nowhere
from simulator.iam.needs.ssm import parameter_arn

EC2_SERVICE = "ec2.amazonaws.com"
PARAMETER = "resolve:ssm:"
MADE = ("instance", "network-interface", "volume")
"""What a launch makes: kinds of resources whose ids nobody knows yet."""


def launching(launch: LaunchNeeds, place: Place) -> Iterator[Need]:
    """RunInstances on every kind of resource that the launch touches, and what that implies."""
    yield Need("ec2:RunInstances", list(_touched(launch, place)))
    for template in launch.template_ids:
        yield _on_template("ec2:RunInstances", template, place)
    if launch.tagged:
        made = [place.arn("ec2", f"{kind}/*") for kind in launch.tagged]
        yield Need("ec2:CreateTags", made, {"ec2:CreateAction": "RunInstances"})
    if launch.role:
        yield Need("iam:PassRole", [launch.role], {"iam:PassedToService": EC2_SERVICE})
    yield from _named_by_parameters(launch.images, place)


def _touched(launch: LaunchNeeds, place: Place) -> Iterator[str]:
    yield from (place.arn("ec2", f"{kind}/*") for kind in MADE)
    yield from (place.arn("ec2", f"image/{each}", account="") for each in launch.images if each.startswith("ami-"))
    for subnet in launch.subnets:
        yield place.arn("ec2", f"subnet/{subnet}", account=place.known.subnet_owner(subnet))
    yield from (place.arn("ec2", f"security-group/{each}") for each in launch.security_groups)
    yield from (place.arn("ec2", f"snapshot/{each}", account="") for each in launch.snapshots)
    if launch.key_pair:
        yield place.arn("ec2", f"key-pair/{launch.key_pair}")


def _on_template(action: str, template: str, place: Place) -> Need:
    """An action on a launch template, which conditions may know by its tags."""
    tags = {f"aws:ResourceTag/{key}": value for key, value in place.known.template_tags(template).items()}
    return Need(action, [place.arn("ec2", f"launch-template/{template}")], tags)


def _named_by_parameters(images: tuple[str, ...], place: Place) -> Iterator[Need]:
    names = [each.removeprefix(PARAMETER) for each in images if each.startswith(PARAMETER)]
    if names:
        yield Need("ssm:GetParameters", [parameter_arn(name, place) for name in names])


def _run_instances(request: Request, place: Place) -> Iterator[Need]:
    yield from launching(place.known.launch(request), place)


def _create_version(request: Request, place: Place) -> Iterator[Need]:
    yield _on_template("ec2:CreateLaunchTemplateVersion", request.get("LaunchTemplateId") or "*", place)
    image = request.get("LaunchTemplateData", {}).get("ImageId", "")
    yield from _named_by_parameters((image,), place)


def _delete_versions(request: Request, place: Place) -> Iterator[Need]:
    yield _on_template("ec2:DeleteLaunchTemplateVersions", request.get("LaunchTemplateId") or "*", place)


NEEDS: dict[str, Needs] = {
    "CreateLaunchTemplateVersion": _create_version,
    "DeleteLaunchTemplateVersions": _delete_versions,
    "DescribeImages": nowhere("ec2:DescribeImages"),
    "DescribeInstanceTypes": nowhere("ec2:DescribeInstanceTypes"),
    "DescribeInstances": nowhere("ec2:DescribeInstances"),
    "DescribeLaunchTemplateVersions": nowhere("ec2:DescribeLaunchTemplateVersions"),
    "RunInstances": _run_instances,
}
