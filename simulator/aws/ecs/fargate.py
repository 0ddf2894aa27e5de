"""Tasks on AWS Fargate stand beside those on instances: they start, run and stop, and no container instance has them.

Where such a task runs is nobody's business but ours. It is kept as a container instance of its own that no cluster
lists, always has room, and neither drains nor ends.
"""

from typing import Any

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.resource_accounting import ResourceAccounting
from simulator.aws.ecs.state import CapacityProvider, Cluster, ContainerInstance, TaskDefinition
from simulator.kernel.simulated_instance import InstanceState, SimulatedInstance

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
    """Where one more task runs: as large as the task, in any zone."""
    order = context.next_order()
    zone = f"{context.region}{ZONES[order % len(ZONES)]}"
    machine = SimulatedInstance(
        instance_id="",
        image_id="",
        instance_type="",
        availability_zone=zone,
        subnet_id="",
        group="",
        template_id="",
        template_version=0,
        user_data="",
        launched_at=context.now,
        state=InstanceState.RUNNING,
    )
    resources = definition.resources
    return ContainerInstance(
        arn="",
        id=f"fargate-{order}",
        order=order,
        cluster=cluster,
        ec2_instance=machine,
        accounting=ResourceAccounting(resources.cpu, resources.memory, resources.gpu),
        attributes={"ecs.cpu-architecture": _architecture(definition)},
        capacity_provider_name=provider,
        registered_at=context.now,
        fargate=True,
    )


def _architecture(definition: TaskDefinition) -> str:
    platform = definition.request.get("runtimePlatform") or {}
    return str(platform.get("cpuArchitecture", "X86_64")).lower()
