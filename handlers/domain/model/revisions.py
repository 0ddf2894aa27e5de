"""Task definition revisions that the rollout derives: the one in use, with only images or one constraint changed."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from handlers.domain.model.placement import Constraint

DIGESTS = "digests"
READ_ONLY = (
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "deregisteredAt",
    "deleteRequestedAt",
    "registeredBy",
)
"""What DescribeTaskDefinition gives and RegisterTaskDefinition does not take (botocore, both shapes)."""


def derived(definition: Mapping[str, Any], digests: Mapping[str, str], pins: tuple[Constraint, ...]) -> dict[str, Any]:
    """What to register: images by their digests, and exactly these of our constraints, in place of any AMI pin.

    An image whose digest is not known stays as it is.
    """
    made = {key: deepcopy(value) for key, value in definition.items() if key not in READ_ONLY}
    for container in made["containerDefinitions"]:
        digest = digests.get(container["image"])
        if digest:
            container["image"] = f"{repository_of(container['image'])}@{digest}"
    if pins:
        others = [
            constraint
            for constraint in made.get("placementConstraints", [])
            if "ecs.ami-id" not in constraint.get("expression", "")
        ]
        made["placementConstraints"] = others + [
            {"type": constraint.kind, "expression": constraint.expression} for constraint in pins
        ]
    return made


def is_mutable(image: str) -> bool:
    """Whether the name may mean another image tomorrow: everything that is not named by its digest."""
    return "@sha256:" not in image


def repository_of(image: str) -> str:
    """The image's name without tag and digest; a port in the registry's name is no tag."""
    bare = image.split("@", 1)[0]
    head, slash, last = bare.rpartition("/")
    return f"{head}{slash}{last.split(':', 1)[0]}"
