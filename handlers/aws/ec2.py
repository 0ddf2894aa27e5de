"""Amazon EC2: images, instances, launch template versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.aws.batches import batches
from handlers.aws.dry_runs import DryRun, dry_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import ImageTypeDef

DESCRIBE = 100
NO_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed")
STANDING = ["pending", "running", "shutting-down", "stopping", "stopped"]
NO_VERSION = "InvalidLaunchTemplateId.VersionNotFound"


@dataclass(frozen=True)
class Image:
    """An AMI."""

    image_id: str
    name: str
    architecture: str
    state: str
    root_device: str
    owners: tuple[str, ...] = ()  # the account, and its alias where it has one
    made_at: float = 0.0  # epoch seconds


@dataclass(frozen=True)
class Shape:
    """What an instance type has: vCPUs, and memory in MiB."""

    cpu: int
    memory: int


@dataclass(frozen=True)
class Launched:
    """An instance as EC2 knows it."""

    image_id: str
    launched_at: float


@dataclass(frozen=True)
class TemplateVersion:
    """One version of a launch template; an image given by an SSM parameter is resolved.

    `has_interfaces`: it describes network interfaces, which no subnet may be named beside.
    """

    number: int
    description: str
    image_id: str
    instance_type: str
    block_devices: tuple[dict[str, Any], ...]
    has_interfaces: bool = False


class Ec2:
    """What a rollout reads from EC2 and asks of it."""

    def __init__(self, client: EC2Client) -> None:
        self._client = client

    def image(self, image_id: str) -> Image | None:
        """The AMI, deprecated ones included, or None where it does not exist (any more)."""
        try:
            found = self._client.describe_images(ImageIds=[image_id], IncludeDeprecated=True)["Images"]
        except ClientError as error:
            if error.response["Error"]["Code"] in NO_IMAGE:
                return None
            raise
        return _image(found[0]) if found else None

    def images(self, name: str, owners: Sequence[str]) -> list[Image]:
        """The images whose name fits the pattern (`*` and `?`), deprecated ones left out, the newest first."""
        pages = self._client.get_paginator("describe_images").paginate(
            Owners=list(owners), Filters=[{"Name": "name", "Values": [name]}]
        )
        found = [_image(image) for page in pages for image in page["Images"]]
        return sorted(found, key=lambda image: (image.made_at, image.image_id), reverse=True)

    def architectures(self, instance_types: Sequence[str]) -> dict[str, set[str]]:
        """Which CPU architectures each instance type runs, from EC2 and never from its name."""
        found: dict[str, set[str]] = {}
        for some in batches(instance_types, DESCRIBE):
            answer = self._client.describe_instance_types(InstanceTypes=some)  # type: ignore[arg-type]
            for shape in answer["InstanceTypes"]:
                found[shape["InstanceType"]] = set(shape["ProcessorInfo"]["SupportedArchitectures"])
        return found

    def shapes(self, instance_types: Sequence[str]) -> dict[str, Shape]:
        """CPU and memory of those instance types; ones that EC2 does not offer here are left out."""
        found: dict[str, Shape] = {}
        pages = self._client.get_paginator("describe_instance_types")
        for some in batches(sorted({*instance_types}), DESCRIBE):
            wanted = [{"Name": "instance-type", "Values": some}]
            for page in pages.paginate(Filters=wanted):  # type: ignore[arg-type]
                for shape in page["InstanceTypes"]:
                    found[shape["InstanceType"]] = Shape(
                        shape["VCpuInfo"]["DefaultVCpus"], shape["MemoryInfo"]["SizeInMiB"]
                    )
        return found

    def instances(self, instance_ids: Sequence[str]) -> dict[str, Launched]:
        """Image and launch time of those instances; ones that EC2 does not know (yet) are left out."""
        found: dict[str, Launched] = {}
        pages = self._client.get_paginator("describe_instances")
        for some in batches(instance_ids, DESCRIBE):
            wanted = [{"Name": "instance-id", "Values": some}]
            for page in pages.paginate(Filters=wanted):  # type: ignore[arg-type]
                for item in (each for reservation in page["Reservations"] for each in reservation["Instances"]):
                    found[item["InstanceId"]] = Launched(item["ImageId"], item["LaunchTime"].timestamp())
        return found

    def standing(self, instance_ids: Sequence[str]) -> set[str]:
        """Which of those instances are there still, in whatever state but terminated."""
        pages = self._client.get_paginator("describe_instances")
        found: set[str] = set()
        for some in batches(instance_ids, DESCRIBE):
            wanted = [{"Name": "instance-id", "Values": some}, {"Name": "instance-state-name", "Values": STANDING}]
            for page in pages.paginate(Filters=wanted):  # type: ignore[arg-type]
                found.update(each["InstanceId"] for group in page["Reservations"] for each in group["Instances"])
        return found

    def template_version(self, template_id: str, version: str) -> TemplateVersion | None:
        """A version by number, `$Latest` or `$Default`; None where it does not exist."""
        try:
            answer = self._client.describe_launch_template_versions(
                LaunchTemplateId=template_id, Versions=[version], ResolveAlias=True
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == NO_VERSION:
                return None
            raise
        found = answer["LaunchTemplateVersions"]
        if not found:
            return None
        data = found[0]["LaunchTemplateData"]
        return TemplateVersion(
            number=found[0]["VersionNumber"],
            description=found[0].get("VersionDescription", ""),
            image_id=data.get("ImageId", ""),
            instance_type=data.get("InstanceType", ""),
            block_devices=tuple(dict(each) for each in data.get("BlockDeviceMappings", [])),
            has_interfaces=bool(data.get("NetworkInterfaces")),
        )

    def create_template_version(
        self, template_id: str, source: int, data: dict[str, Any], description: str, token: str
    ) -> int:
        """A new version that inherits everything from `source` but `data`; the same token gives the same version."""
        answer = self._client.create_launch_template_version(
            LaunchTemplateId=template_id,
            SourceVersion=str(source),
            LaunchTemplateData=data,  # type: ignore[arg-type]
            VersionDescription=description,
            ClientToken=token,
        )
        return answer["LaunchTemplateVersion"]["VersionNumber"]

    def template_versions_described(self, template_id: str, description: str, after: int) -> list[int]:
        """Numbers above `after` of the versions that carry exactly that description."""
        pages = self._client.get_paginator("describe_launch_template_versions").paginate(
            LaunchTemplateId=template_id, MinVersion=str(after + 1)
        )
        return [
            version["VersionNumber"]
            for page in pages
            for version in page["LaunchTemplateVersions"]
            if version.get("VersionDescription") == description
        ]

    def may_make_version(self, template_id: str, number: int) -> DryRun:
        """What a dry run says of making a launch template version."""
        client, version = self._client, str(number)
        return dry_run(
            "ec2:CreateLaunchTemplateVersion",
            lambda: client.create_launch_template_version(
                LaunchTemplateId=template_id, SourceVersion=version, LaunchTemplateData={}, DryRun=True
            ),
        )

    def may_launch(self, template_id: str, number: int, *, image_id: str, instance_type: str, subnet: str) -> DryRun:
        """What a dry run says of launching that image; empty words leave to the template what it says itself."""
        client = self._client
        given = {"ImageId": image_id, "InstanceType": instance_type, "SubnetId": subnet}
        launch: dict[str, Any] = {name: value for name, value in given.items() if value}
        launch["LaunchTemplate"] = {"LaunchTemplateId": template_id, "Version": str(number)}
        return dry_run("ec2:RunInstances", lambda: client.run_instances(**launch, MinCount=1, MaxCount=1, DryRun=True))

    def delete_template_version(self, template_id: str, number: int) -> None:
        """Delete a version; one that is gone stays gone."""
        self._client.delete_launch_template_versions(LaunchTemplateId=template_id, Versions=[str(number)])


def _image(image: ImageTypeDef) -> Image:
    return Image(
        image["ImageId"],
        image.get("Name", ""),
        image.get("Architecture", ""),
        image["State"],
        image.get("RootDeviceName", ""),
        tuple(name for name in (image.get("OwnerId"), image.get("ImageOwnerAlias")) if name),
        datetime.fromisoformat(image["CreationDate"]).timestamp() if image.get("CreationDate") else 0.0,
    )
