"""Machine images (AMIs) as the scenario describes them, and as DescribeImages shows them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulator.aws.ec2.errors import image_not_found, malformed_id
from simulator.aws.ec2.filters import Reader, matching
from simulator.kernel.clock import EPOCH
from simulator.scenario.model import Ami

OWNER = "591542846629"
"""The account that publishes the ECS-optimized AMIs; images are public ones of another owner unless said otherwise."""

_IMAGE_ID = re.compile(r"ami-[0-9a-f]{8,17}")
"""EC2 user guide, "Resource IDs"; scenarios may name images by any number of digits between its two."""
_ROOT_DEVICE = "/dev/xvda"
_ROOT_GIGABYTES = 30


class Images:
    """All images of the region, by id. A deregistered one stays known to us and is gone for the API."""

    def __init__(self, read_parameter: Callable[[str], str]) -> None:
        self._by_id: dict[str, Ami] = {}
        self._read_parameter = read_parameter

    def register(self, ami: Ami) -> None:
        """Make the image exist; registering an id again replaces what it is."""
        self._by_id[ami.image_id] = ami

    def get(self, image_id: str) -> Ami:
        """The image, deregistered or not; raises InvalidAMIID.NotFound when it was never there."""
        if image_id not in self._by_id:
            raise image_not_found([image_id])
        return self._by_id[image_id]

    def exists(self, image_id: str) -> bool:
        """Whether the API still knows the image."""
        return image_id in self._by_id and self._by_id[image_id].state != "deregistered"

    def resolve(self, image: str) -> str:
        """The image id that `image` means: itself, or what the Parameter Store parameter of `resolve:ssm:name` says.

        The parameter is read now (EC2 guide, "Use a Systems Manager parameter instead of an AMI ID"): at launch, or
        by ResolveAlias. Raises what reading the parameter raises.
        """
        return self._read_parameter(image.removeprefix("resolve:ssm:")) if image.startswith("resolve:ssm:") else image

    def describe(
        self, image_ids: list[str], owners: list[str], filters: list[dict[str, Any]], *, deprecated: bool
    ) -> list[dict[str, Any]]:
        """What DescribeImages lists.

        Named images that do not exist are an error, filtered-out ones are not. Deprecated images of other owners
        show only with IncludeDeprecated (botocore: "No deprecated AMIs are included in the response").
        """
        chosen = (
            self._named(image_ids) if image_ids else [ami for ami in self._by_id.values() if self.exists(ami.image_id)]
        )
        chosen = [ami for ami in chosen if deprecated or not ami.deprecated]
        chosen = [ami for ami in chosen if not owners or OWNER in owners or "amazon" in owners]
        return [_described(ami) for ami in matching(chosen, filters, _READERS, lambda _ami: {})]

    def _named(self, image_ids: list[str]) -> list[Ami]:
        for image_id in image_ids:
            if not _IMAGE_ID.fullmatch(image_id):
                raise malformed_id("InvalidAMIID", image_id)
        if unknown := [image_id for image_id in image_ids if not self.exists(image_id)]:
            raise image_not_found(unknown)
        return [self._by_id[image_id] for image_id in dict.fromkeys(image_ids)]


_READERS: dict[str, Reader[Ami]] = {
    "image-id": lambda ami: ami.image_id,
    "name": lambda ami: ami.name,
    "architecture": lambda ami: ami.architecture,
    "state": lambda ami: ami.state,
    "owner-id": lambda _ami: OWNER,
    "owner-alias": lambda _ami: "amazon",
    "root-device-type": lambda _ami: "ebs",
    "virtualization-type": lambda _ami: "hvm",
    "is-public": lambda _ami: "true",
}


def _described(ami: Ami) -> dict[str, Any]:
    image = {
        "ImageId": ami.image_id,
        "Name": ami.name or ami.image_id,
        "Architecture": ami.architecture,
        "State": ami.state,
        "OwnerId": OWNER,
        "ImageOwnerAlias": "amazon",
        "ImageLocation": f"amazon/{ami.name or ami.image_id}",
        "ImageType": "machine",
        "Public": True,
        "PlatformDetails": "Linux/UNIX",
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "EnaSupport": True,
        "SriovNetSupport": "simple",
        "BootMode": "uefi-preferred" if ami.architecture == "x86_64" else "uefi",
        "RootDeviceName": _ROOT_DEVICE,
        "RootDeviceType": "ebs",
        "BlockDeviceMappings": [{"DeviceName": _ROOT_DEVICE, "Ebs": _root_volume(ami)}],
        "CreationDate": _iso(EPOCH - timedelta(days=7)),
    }
    if ami.deprecated:
        image["DeprecationTime"] = _iso(EPOCH - timedelta(days=1))
    return image


def _root_volume(ami: Ami) -> dict[str, Any]:
    """The root volume of ECS-optimized Amazon Linux 2023: 30 GB, gp3, `/dev/xvda` (aws-facts.md)."""
    return {
        "DeleteOnTermination": True,
        "Encrypted": False,
        "SnapshotId": f"snap-{ami.image_id.removeprefix('ami-')}",
        "VolumeSize": _ROOT_GIGABYTES,
        "VolumeType": "gp3",
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
