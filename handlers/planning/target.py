"""Which AMI the fleet is to run, and whether it can."""

from collections import Counter
from collections.abc import Sequence

from handlers.aws.ec2 import Image, TemplateVersion
from handlers.domain.input.rollout_input import AMI
from handlers.domain.model.ami_families import public_parameter
from handlers.domain.model.fleet import Instance
from handlers.errors import PlanImpossible
from handlers.runtime.clients import AwsClients


def find_target(clients: AwsClients, spec: str | None, running: str, types: Sequence[str]) -> Image:
    """The target AMI: as named, as a parameter says, or as the public parameter of the running AMI's family says.

    That one is of the architecture that the instance `types` run which are to launch it.

    Raises PlanImpossible where it cannot be found or is not available.
    """
    image_id = spec if spec and AMI.fullmatch(spec) else _from_parameter(clients, spec, running, types)
    image = clients.ec2.image(image_id)
    if image is None:
        raise PlanImpossible(
            f"ami: {image_id} does not exist, or was deregistered, or is not shared with this account. "
            "Allowed is an AMI that DescribeImages shows here."
        )
    if image.state != "available":
        raise PlanImpossible(f"ami: {image_id} is {image.state}. Allowed is an AMI in state available.")
    return image


def check_architecture(clients: AwsClients, image: Image, group: str, types: Sequence[str]) -> None:
    """Raise PlanImpossible unless every instance type of the group runs the image's architecture."""
    for name, supported in clients.ec2.architectures([each for each in types if each]).items():
        if image.architecture not in supported:
            raise PlanImpossible(
                f"ami: {image.image_id} is built for {image.architecture}, and {name} of {group} runs "
                f"{', '.join(sorted(supported))}. Allowed is an AMI of an architecture that all its types run."
            )


def running_ami(instances: Sequence[Instance], template: TemplateVersion) -> str:
    """The AMI that most instances run; of an empty group, the one that it would launch."""
    counts = Counter(instance.ami for instance in instances if instance.ami and not instance.is_terminating)
    return max(sorted(counts), key=lambda ami: counts[ami]) if counts else template.image_id


def _from_parameter(clients: AwsClients, spec: str | None, running: str, types: Sequence[str]) -> str:
    parameter = spec or _public(clients, running, types)
    image_id = clients.ssm.image_id(parameter)
    if image_id is None:
        raise PlanImpossible(
            f"ami: there is no SSM parameter {parameter!r} in this account and Region. "
            "Allowed is an AMI id, or the name of a parameter that holds one."
        )
    if not AMI.fullmatch(image_id):
        raise PlanImpossible(
            f"ami: the SSM parameter {parameter} holds {image_id[:60]!r}. Allowed is an AMI id, or JSON with image_id."
        )
    return image_id


def _public(clients: AwsClients, running: str, types: Sequence[str]) -> str:
    image = clients.ec2.image(running)
    runs = set.intersection(
        *clients.ec2.architectures([type_name for type_name in types if type_name]).values(), {"x86_64", "arm64"}
    )
    architecture = image.architecture if image and image.architecture in runs else min(runs, default="")
    parameter = public_parameter(image.name, architecture) if image else None
    if parameter is None:
        named = f"{running} ({image.name})" if image else f"{running} (which does not exist any more)"
        raise PlanImpossible(
            f"ami: the input names none, and {named} is of no family with a public parameter. "
            "Allowed is an AMI id, or the name of an SSM parameter that holds one."
        )
    return parameter
