"""Which group and which AMI the rollout is about, read from its input independently of the code under test."""

from moto.ssm.models import ssm_backends

from simulator.aws.ecs.context import ACCOUNT
from simulator.invariants.snapshot import Snapshot
from simulator.region import Region
from simulator.scenario.model import Scenario

PUBLIC = "/aws/service/ecs/optimized-ami"


def group_of(scenario: Scenario) -> str:
    """The Auto Scaling group that the input names, by itself or by its provider; else the scenario's first."""
    for group in scenario.node_groups:
        named = (scenario.input.get("auto_scaling_group"), scenario.input.get("capacity_provider"))
        if group.name == named[0] or (group.capacity_provider and group.capacity_provider == named[1]):
            return group.name
    return scenario.node_groups[0].name


def second_group_of(before: Snapshot, provider: str | None) -> str | None:
    """The group of that capacity provider; None where it does not exist yet."""
    return next((name for name, one in before.groups.items() if provider and one.provider_name == provider), None)


def target_of(region: Region) -> str | None:
    """The AMI id that the input means now; None when it means none."""
    named = region.scenario.input.get("ami") or _public_parameter(region.scenario)
    if not isinstance(named, str) or named.startswith("ami-"):
        return named if isinstance(named, str) else None
    found = ssm_backends[ACCOUNT][region.scenario.region].get_parameter(named)
    return str(found.value) if found else None


def _public_parameter(scenario: Scenario) -> str | None:
    """The parameter of the first group's AMI family, for the families that the simulated region publishes."""
    group = next(node_group for node_group in scenario.node_groups if node_group.name == group_of(scenario))
    ami = next(each for each in scenario.amis if each.image_id == group.ami)
    arm = "arm64/" if ami.architecture == "arm64" else ""
    if ami.name.startswith("al2023-ami-ecs-hvm-"):
        return f"{PUBLIC}/amazon-linux-2023/{arm}recommended/image_id"
    if ami.name.startswith("amzn2-ami-ecs-hvm-"):
        return f"{PUBLIC}/amazon-linux-2/{arm}recommended/image_id"
    return None
