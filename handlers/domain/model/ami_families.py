"""Which public SSM parameter publishes the successor of a running AMI.

Source: "Retrieving Amazon ECS-optimized Linux AMI metadata" and "... Windows AMI metadata" (Amazon ECS developer
guide), "Retrieve the Bottlerocket AMI" (Bottlerocket's user guide). An AMI's family is read from its public name.
"""

import re
from dataclasses import dataclass

LINUX = "/aws/service/ecs/optimized-ami"
BOTTLEROCKET = "/aws/service/bottlerocket"
WINDOWS = "/aws/service/ami-windows-latest"


@dataclass(frozen=True)
class Family:
    """AMI names of one family, and the parameter of its newest member by architecture."""

    name: re.Pattern[str]
    parameters: dict[str, str]


def _family(name: str, x86: str, arm: str | None = None) -> Family:
    return Family(re.compile(name), {"x86_64": x86} | ({"arm64": arm} if arm else {}))


FAMILIES = (
    _family(r"al2023-ami-ecs-gpu-hvm-", f"{LINUX}/amazon-linux-2023/gpu/recommended/image_id"),
    _family(r"al2023-ami-ecs-neuron-hvm-", f"{LINUX}/amazon-linux-2023/neuron/recommended/image_id"),
    _family(
        r"al2023-ami-ecs-hvm-",
        f"{LINUX}/amazon-linux-2023/recommended/image_id",
        f"{LINUX}/amazon-linux-2023/arm64/recommended/image_id",
    ),
    _family(r"amzn2-ami-ecs-gpu-hvm-", f"{LINUX}/amazon-linux-2/gpu/recommended/image_id"),
    _family(r"amzn2-ami-ecs-inf-hvm-", f"{LINUX}/amazon-linux-2/inf/recommended/image_id"),
    _family(
        r"amzn2-ami-ecs-kernel-5\.10-hvm-",
        f"{LINUX}/amazon-linux-2/kernel-5.10/recommended/image_id",
        f"{LINUX}/amazon-linux-2/kernel-5.10/arm64/recommended/image_id",
    ),
    _family(
        r"amzn2-ami-ecs-hvm-",
        f"{LINUX}/amazon-linux-2/recommended/image_id",
        f"{LINUX}/amazon-linux-2/arm64/recommended/image_id",
    ),
    _family(
        r"bottlerocket-aws-ecs-2-nvidia-",
        f"{BOTTLEROCKET}/aws-ecs-2-nvidia/x86_64/latest/image_id",
        f"{BOTTLEROCKET}/aws-ecs-2-nvidia/arm64/latest/image_id",
    ),
    _family(
        r"bottlerocket-aws-ecs-2-",
        f"{BOTTLEROCKET}/aws-ecs-2/x86_64/latest/image_id",
        f"{BOTTLEROCKET}/aws-ecs-2/arm64/latest/image_id",
    ),
)
WINDOWS_NAME = re.compile(r"(Windows_Server-\d{4}-English-(?:Full|Core)-ECS_Optimized)-")


def public_parameter(image_name: str, architecture: str) -> str | None:
    """The parameter that names the newest AMI of the same family and architecture; None for an unknown family."""
    windows = WINDOWS_NAME.match(image_name)
    if windows:
        return f"{WINDOWS}/{windows[1]}/image_id"
    family = next((each for each in FAMILIES if each.name.match(image_name)), None)
    return family.parameters.get(architecture) if family else None
