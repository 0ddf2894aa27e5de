"""Places of tasks that no cluster lists: on AWS Fargate, and nowhere yet.

Where such a task runs, or waits for room, is nobody's business but ours. It is kept as a container instance of its own,
as large as the task, that neither drains nor ends.
"""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.resource_accounting import ResourceAccounting
from simulator.aws.ecs.state import Cluster, ContainerInstance, TaskDefinition
from simulator.kernel.simulated_instance import InstanceState, SimulatedInstance


def nowhere(context: EcsContext, cluster: Cluster, definition: TaskDefinition) -> ContainerInstance:
    """Where a task in PROVISIONING is: it has no instance, no zone, no name, and is no provider's."""
    return unlisted(context, cluster, definition, None)


def unlisted(
    context: EcsContext,
    cluster: Cluster,
    definition: TaskDefinition,
    provider: str | None,
    *,
    identity: str = "",
    zone: str = "",
) -> ContainerInstance:
    """A place for one task of that definition."""
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
        id=identity,
        order=0,
        cluster=cluster,
        ec2_instance=machine,
        accounting=ResourceAccounting(resources.cpu, resources.memory, resources.gpu),
        attributes={},
        capacity_provider_name=provider,
        registered_at=context.now,
    )
