"""Amazon ECS of the simulated region: state, scheduler, agents and every operation that the region has."""

from simulator.aws.ecs.operations.attributes import AttributeOperations
from simulator.aws.ecs.operations.capacity_providers import CapacityProviderOperations
from simulator.aws.ecs.operations.clusters import ClusterOperations
from simulator.aws.ecs.operations.container_instances import ContainerInstanceOperations
from simulator.aws.ecs.operations.service_deployments import ServiceDeploymentOperations
from simulator.aws.ecs.operations.services import ServiceOperations
from simulator.aws.ecs.operations.tags import TagOperations
from simulator.aws.ecs.operations.task_definitions import TaskDefinitionOperations
from simulator.aws.ecs.operations.tasks import TaskOperations


class Ecs(
    ClusterOperations,
    CapacityProviderOperations,
    TaskDefinitionOperations,
    ServiceOperations,
    ServiceDeploymentOperations,
    ContainerInstanceOperations,
    AttributeOperations,
    TaskOperations,
    TagOperations,
):
    """One method per operation, snake_case: the API's parameter names in, the API's dict out.

    `ecs.clusters[name].instances/services/tasks` is the state, `ecs.instance_on(instance_id)` finds an instance's
    container instance, `ecs.workloads[family]` says how containers behave. Errors are `EcsError`s with AWS's codes.
    """
