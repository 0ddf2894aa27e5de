"""AWS's public parameters of AMIs for ECS, as far as this region goes: each names an AMI that exists here.

What a family publishes is the newest of its images, by name, that the scenario describes; of a family that it has none
of, one is made up. moto's own list is left out: its AMIs exist in no region of ours.

Sources: "Retrieving Amazon ECS-optimized Linux AMI metadata" and "... Windows AMI metadata" (Amazon ECS developer
guide), "Retrieve the Bottlerocket AMI" (Bottlerocket's user guide).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from moto.ssm.models import Parameter, ssm_backends

from simulator.aws.ecs.context import ACCOUNT
from simulator.scenario.model import Ami

PUBLIC = "/aws/service/"
LINUX = f"{PUBLIC}ecs/optimized-ami"
BOTTLEROCKET = f"{PUBLIC}bottlerocket"
WINDOWS = f"{PUBLIC}ami-windows-latest"
IMAGE_ID = "image_id"
AMI_ID = re.compile(r"ami-[0-9a-f]{8,17}")


@dataclass(frozen=True)
class Family:
    """Images whose names begin alike and which are built for one architecture; `path` is where the newest stands."""

    path: str
    begins: str
    example: str
    architecture: str = "x86_64"

    def has(self, ami: Ami) -> bool:
        """Whether the image is one of them, and may be published."""
        mine = ami.name.startswith(self.begins) and ami.architecture == self.architecture
        return mine and ami.state == "available" and not ami.deprecated

    def made_up(self) -> Ami:
        """An image of this family for a region that has none."""
        digest = hashlib.sha256(self.path.encode()).hexdigest()[:16]
        return Ami(f"ami-0{digest}", self.example, architecture=self.architecture)


def _linux(path: str, begins: str, rest: str, architecture: str = "x86_64") -> Family:
    return Family(f"{LINUX}/{path}/recommended", begins, f"{begins}{rest}", architecture)


AL2023, AL2 = "2023.0.20260105-kernel-6.1", "2.0.20260105"
FAMILIES = (
    _linux("amazon-linux-2023", "al2023-ami-ecs-hvm-", f"{AL2023}-x86_64"),
    _linux("amazon-linux-2023/arm64", "al2023-ami-ecs-hvm-", f"{AL2023}-arm64", "arm64"),
    _linux("amazon-linux-2023/gpu", "al2023-ami-ecs-gpu-hvm-", f"{AL2023}-x86_64-ebs"),
    _linux("amazon-linux-2023/neuron", "al2023-ami-ecs-neuron-hvm-", f"{AL2023}-x86_64"),
    _linux("amazon-linux-2", "amzn2-ami-ecs-hvm-", f"{AL2}-x86_64-ebs"),
    _linux("amazon-linux-2/arm64", "amzn2-ami-ecs-hvm-", f"{AL2}-arm64-ebs", "arm64"),
    _linux("amazon-linux-2/gpu", "amzn2-ami-ecs-gpu-hvm-", f"{AL2}-x86_64-ebs"),
    _linux("amazon-linux-2/inf", "amzn2-ami-ecs-inf-hvm-", f"{AL2}-x86_64-ebs"),
    _linux("amazon-linux-2/kernel-5.10", "amzn2-ami-ecs-kernel-5.10-hvm-", f"{AL2}-x86_64-ebs"),
    _linux("amazon-linux-2/kernel-5.10/arm64", "amzn2-ami-ecs-kernel-5.10-hvm-", f"{AL2}-arm64-ebs", "arm64"),
    *(
        Family(f"{BOTTLEROCKET}/{variant}/{architecture}/latest", f"bottlerocket-{variant}-{known}-",
               f"bottlerocket-{variant}-{known}-v1.52.0-0f0e0d0c", architecture)
        for variant in ("aws-ecs-2", "aws-ecs-2-nvidia")
        for architecture, known in (("x86_64", "x86_64"), ("arm64", "aarch64"))
    ),
    *(
        Family(f"{WINDOWS}/{name}", f"{name}-", f"{name}-2026.01.14")
        for name in (f"Windows_Server-{year}-English-{kind}-ECS_Optimized"
                     for year in (2019, 2022, 2025) for kind in ("Full", "Core"))
    ),
)  # fmt: skip


class PublicParameters:
    """Those of one region: what AWS publishes, and nobody else can write."""

    def __init__(self, region: str) -> None:
        self._parameters = ssm_backends[ACCOUNT][region]._parameters
        self._parameters.latest_ecs_amis_loaded = True  # that is: moto's are not

    def publish_all(self, amis: Iterable[Ami], today: datetime) -> Iterator[Ami]:
        """Publish the newest image of each family; yields those that had to be made up, which are to be registered."""
        known = sorted(amis, key=lambda ami: ami.name)
        for family in FAMILIES:
            of_family = [ami for ami in known if family.has(ami)]
            newest = of_family[-1] if of_family else family.made_up()
            if not of_family:
                yield newest
            for name, value in _described(family, newest).items():
                self._add(name, value, today)

    def publish(self, name: str, value: str, amis: Iterable[Ami], today: datetime) -> None:
        """Give a parameter another value; with an AMI id, also the object, or the id, that stands beside it."""
        path = name.removesuffix(f"/{IMAGE_ID}")
        family = next((each for each in FAMILIES if each.path == path), None)
        if family is None or not AMI_ID.fullmatch(value):
            self._add(name, value, today)
            return
        ami = next((each for each in amis if each.image_id == value), Ami(value))
        for each, said in _described(family, ami).items():
            self._add(each, said, today)

    def _add(self, name: str, value: str, today: datetime) -> None:
        version = len(self._parameters[name]) + 1
        made: type = Parameter  # moto's stubs call it abstract
        self._parameters[name].append(made(ACCOUNT, name, value, "String", None, None, None, today, version, "text"))


def _described(family: Family, ami: Ami) -> dict[str, str]:
    """The parameters of one family by name: its object, where it has one, and the object's keys one by one."""
    facts = {"image_name": ami.name, IMAGE_ID: ami.image_id}
    if family.path.startswith(BOTTLEROCKET):
        version = ami.name.removeprefix(family.begins).rpartition("-")[0].removeprefix("v")
        return {f"{family.path}/{IMAGE_ID}": ami.image_id, f"{family.path}/image_version": version or "unknown"}
    if family.path.startswith(LINUX):
        facts |= {"os": "Amazon Linux 2023" if "2023" in family.path else "Amazon Linux 2"}
    facts |= {
        "ecs_agent_version": ami.agent_version,
        "ecs_runtime_version": f"Docker version {ami.docker_version}",
        "schema_version": "1",
    }
    return {family.path: json.dumps(facts), **{f"{family.path}/{key}": value or "-" for key, value in facts.items()}}
