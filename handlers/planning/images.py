"""Whether the services' images run on what the rollout brings, and whether they stay what they are.

A forced deployment resolves image tags anew (ECS developer guide, "Container image resolution"), so it may ship new
application code. And instances of another architecture need images for it: ECR tells of its own, of other registries
this says that it does not know.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from handlers.domain.model.findings import Finding
from handlers.domain.model.fleet import Service
from handlers.domain.model.plan import Plan
from handlers.domain.model.revisions import DIGESTS, is_mutable
from handlers.errors import PlanImpossible
from handlers.runtime.clients import AwsClients

NAMED = 5
PLATFORM = {"x86_64": "amd64", "arm64": "arm64"}
PINNED_AS = {"x86_64": "X86_64", "arm64": "ARM64"}


def about_tags(clients: AwsClients, plan: Plan, services: Iterable[Service]) -> list[Finding]:
    """A finding for services whose forced deployments would resolve mutable tags anew."""
    deployed = {
        move.service
        for move in plan.route.moves
        if any(each.deploys and each.derived != DIGESTS for label, each in move.placements.items() if label != "before")
    }
    mutable = [
        service.name
        for service in services
        if service.name in deployed and any(map(is_mutable, _images(clients, service)))
    ]
    words = "name images by tags, which a forced deployment resolves anew: what they mean then comes with the AMI"
    found = f"{len(mutable)} services {words}: {', '.join(mutable[:NAMED])}"
    return [Finding("MUTABLE_IMAGE_TAG", found)] if mutable else []


def check_architecture_of_images(
    clients: AwsClients, services: Iterable[Service], before: str, after: str, *, required: bool
) -> list[Finding]:
    """Findings on images for another architecture. Raises PlanImpossible where one is known not to run there."""
    if before == after:
        return []
    unknown: list[str] = []
    for service in services:
        definition = clients.definitions.read(service.task_definition)
        pinned = definition.get("runtimePlatform", {}).get("cpuArchitecture")
        if pinned and pinned != PINNED_AS.get(after):
            raise PlanImpossible(
                f"strategy.target: the task definition of {service.name} is pinned to {pinned} "
                f"(runtimePlatform.cpuArchitecture), and the new instances are {after}. "
                "Register a revision for them, or leave the service alone."
            )
        unknown += _unknown(clients, service, definition, before, after)
    if unknown and required:
        raise PlanImpossible(
            f"strategy.require_image_check: whether these run on {after} could not be checked: "
            f"{', '.join(unknown[:NAMED])}. Only images in Amazon ECR can be that the plan's "
            "function may read (ecr:BatchGetImage, and the repository's policy). Drop the key, or move them there."
        )
    words = f"{len(unknown)} images could not be looked at, so whether they run on {after} is not known"
    return [Finding("IMAGE_NOT_CHECKED", f"{words}: {', '.join(unknown[:NAMED])}")] if unknown else []


def _unknown(
    clients: AwsClients, service: Service, definition: dict[str, Any], before: str, after: str
) -> Iterator[str]:
    for image in _images_of(definition):
        platforms = clients.ecr.platforms(image)
        if platforms is None:
            yield f"{service.name}: {image}"
        elif not platforms or PLATFORM.get(after) not in platforms:
            has = ", ".join(sorted(platforms)) or f"one architecture only, and runs on {before} now"
            raise PlanImpossible(
                f"strategy.target: {image} of {service.name} is not built for {after} (it has {has}). "
                "Push an image index with both architectures, or leave the service alone."
            )


def _images(clients: AwsClients, service: Service) -> list[str]:
    return _images_of(clients.definitions.read(service.task_definition))


def _images_of(definition: dict[str, Any]) -> list[str]:
    return [each["image"] for each in definition["containerDefinitions"]]
