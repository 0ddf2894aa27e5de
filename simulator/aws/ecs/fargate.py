"""Tasks on AWS Fargate stand beside those on instances: they start, run and stop, and no container instance has them.

There is always room for one more (`unlisted.py`).
"""

from typing import Any

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.state import CapacityProvider, Cluster, ContainerInstance, TaskDefinition
from simulator.aws.ecs.unlisted import unlisted

FARGATE = "FARGATE"
PROVIDERS = (FARGATE, "FARGATE_SPOT")
"""They are there in every account (botocore, `CreateCluster.capacityProviders`)."""

ZONES = "abc"


def runs_on_fargate(launch_type: str | None, strategy: list[dict[str, Any]]) -> bool:
    """Whether tasks of that launch type or strategy do."""
    return launch_type == FARGATE or any(item["capacityProvider"] in PROVIDERS for item in strategy)


def providers(context: EcsContext) -> dict[str, CapacityProvider]:
    """The two of every account, by name."""
    return {
        name: CapacityProvider(
            arn=context.arn("capacity-provider", name),
            name=name,
            group="",
            group_arn="",
            managed_scaling={},
            managed_termination_protection="DISABLED",
            managed_draining="DISABLED",
        )
        for name in PROVIDERS
    }


def place_for(
    context: EcsContext, cluster: Cluster, definition: TaskDefinition, provider: str | None
) -> ContainerInstance:
    """Where one more task runs: in any zone."""
    order = context.next_order()
    zone = f"{context.region}{ZONES[order % len(ZONES)]}"
    place = unlisted(context, cluster, definition, provider, identity=f"fargate-{order}", zone=zone)
    place.order, place.fargate = order, True
    place.attributes["ecs.cpu-architecture"] = _architecture(definition)
    return place


def _architecture(definition: TaskDefinition) -> str:
    platform = definition.request.get("runtimePlatform") or {}
    return str(platform.get("cpuArchitecture", "X86_64")).lower()
