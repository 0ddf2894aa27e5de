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


GB = 1024
SIZES: dict[int, tuple[int, ...]] = {
    256: (GB // 2, GB, 2 * GB),
    512: tuple(range(GB, 4 * GB + 1, GB)),
    1024: tuple(range(2 * GB, 8 * GB + 1, GB)),
    2048: tuple(range(4 * GB, 16 * GB + 1, GB)),
    4096: tuple(range(8 * GB, 30 * GB + 1, GB)),
    8192: tuple(range(16 * GB, 60 * GB + 1, 4 * GB)),
    16384: tuple(range(32 * GB, 120 * GB + 1, 8 * GB)),
}
"""MiB of a task by its CPU units (botocore, `RegisterTaskDefinition.memory`)."""


def fits_fargate(cpu: int, memory: int) -> bool:
    """Whether tasks on Fargate may have that size."""
    return memory in SIZES.get(cpu, ())


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
