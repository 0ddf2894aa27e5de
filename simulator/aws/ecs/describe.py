"""State as the API shows it: one function per shape of botocore's ECS model."""

from collections.abc import Collection
from typing import Any

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.resource_accounting import AGENT_PORTS
from simulator.aws.ecs.state import CapacityProvider, Cluster, ContainerInstance, Deployment, EcsService

Shape = dict[str, Any]
Include = Collection[str]


def cluster(state: Cluster, include: Include = ()) -> Shape:
    """`Cluster`; settings, configuration, statistics, attachments and tags only when included."""
    active = [service for service in state.services.values() if service.status == "ACTIVE"]
    shape: Shape = {
        "clusterArn": state.arn,
        "clusterName": state.name,
        "status": state.status,
        "registeredContainerInstancesCount": len(state.instances),
        "runningTasksCount": state.running,
        "pendingTasksCount": state.pending,
        "activeServicesCount": len(active),
        "statistics": _statistics(state, len(active)) if "STATISTICS" in include else [],
        "settings": state.settings if "SETTINGS" in include else [],
        "tags": _tags(state.tags) if "TAGS" in include else [],
        "capacityProviders": state.capacity_providers,
        "defaultCapacityProviderStrategy": state.default_strategy,
    }
    if "CONFIGURATIONS" in include and state.configuration:
        shape["configuration"] = state.configuration
    if "ATTACHMENTS" in include:
        shape |= {"attachments": [], "attachmentsStatus": "UPDATE_COMPLETE"}
    return shape


def _statistics(state: Cluster, active: int) -> list[Shape]:
    draining = sum(service.status == "DRAINING" for service in state.services.values())
    counts = {
        "runningEC2TasksCount": state.running,
        "runningFargateTasksCount": 0,
        "pendingEC2TasksCount": state.pending,
        "pendingFargateTasksCount": 0,
        "activeEC2ServiceCount": active,
        "activeFargateServiceCount": 0,
        "drainingEC2ServiceCount": draining,
        "drainingFargateServiceCount": 0,
    }
    return [{"name": name, "value": str(value)} for name, value in counts.items()]


def container_instance(context: EcsContext, state: ContainerInstance, include: Include = ()) -> Shape:
    """`ContainerInstance`; tags and health only when included."""
    accounting = state.accounting
    gpus = [f"GPU-{state.id[:8]}-{number}" for number in range(accounting.gpu)]
    shape: Shape = {
        "containerInstanceArn": state.arn,
        "ec2InstanceId": state.ec2_instance.instance_id,
        "version": state.version,
        "versionInfo": {
            "agentVersion": state.agent_version,
            "dockerVersion": f"DockerVersion: {state.docker_version}",
        },
        "registeredResources": _resources(accounting.cpu, accounting.memory, list(AGENT_PORTS)),
        "remainingResources": _resources(accounting.cpu_left, accounting.memory_left, list(accounting.ports)),
        "status": state.status,
        "agentConnected": state.agent_connected,
        "runningTasksCount": state.running,
        "pendingTasksCount": state.pending,
        "attributes": [_attribute(name, value) for name, value in state.attributes.items()],
        "registeredAt": context.moment(state.registered_at),
        "attachments": [],
        "tags": _tags(state.tags) if "TAGS" in include else [],
    }
    if gpus:
        shape["registeredResources"].append(_strings("GPU", gpus))
        shape["remainingResources"].append(_strings("GPU", gpus[: accounting.gpu_left]))
    if state.capacity_provider_name:
        shape["capacityProviderName"] = state.capacity_provider_name
    if "CONTAINER_INSTANCE_HEALTH" in include:
        shape["healthStatus"] = {
            "overallStatus": "OK",
            "details": [{"type": "CONTAINER_RUNTIME", "status": "OK"}],
        }
    return shape


def _resources(cpu: int, memory: int, ports: list[int]) -> list[Shape]:
    return [
        _integer("CPU", cpu),
        _integer("MEMORY", memory),
        _strings("PORTS", [str(port) for port in ports]),
        _strings("PORTS_UDP", []),
    ]


def _integer(name: str, value: int) -> Shape:
    return {"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value}


def _strings(name: str, values: list[str]) -> Shape:
    return {
        "name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0,
        "stringSetValue": values,
    }  # fmt: skip


def _attribute(name: str, value: str | None) -> Shape:
    return {"name": name} if value is None else {"name": name, "value": value}


def service(context: EcsContext, state: EcsService, include: Include = ()) -> Shape:
    """`EcsService`, with its deployments and its latest events."""
    shape: Shape = {
        **state.echoed,
        "serviceArn": state.arn,
        "serviceName": state.name,
        "clusterArn": state.cluster.arn,
        "status": state.status,
        "desiredCount": state.desired_count,
        "runningCount": state.running_count,
        "pendingCount": state.pending_count,
        "taskDefinition": state.task_definition.arn,
        "schedulingStrategy": state.scheduling_strategy,
        "deploymentConfiguration": {
            **state.deployment_configuration,
            "minimumHealthyPercent": state.minimum_healthy_percent,
            "maximumPercent": state.maximum_percent,
        },
        "deploymentController": state.echoed.get("deploymentController") or {"type": "ECS"},
        "deployments": [deployment(context, state, item) for item in state.deployments],
        "events": [
            {"id": item.id, "createdAt": context.moment(item.at), "message": item.text} for item in state.events
        ],
        "createdAt": context.moment(state.created_at),
        "loadBalancers": state.load_balancers,
        "placementConstraints": state.placement_constraints,
        "placementStrategy": state.placement_strategy,
        "availabilityZoneRebalancing": state.availability_zone_rebalancing,
    }
    if "TAGS" in include:
        shape["tags"] = _tags(state.tags)
    return shape | _where(state.capacity_provider_strategy, state.launch_type)


def deployment(context: EcsContext, owner: EcsService, state: Deployment) -> Shape:
    """`Deployment`. Behind a Classic Load Balancer `rolloutState` is absent (botocore)."""
    shape: Shape = {
        "id": state.id,
        "status": state.status,
        "taskDefinition": state.task_definition.arn,
        "desiredCount": owner.desired_count if state.status == "PRIMARY" else state.wanted,
        "pendingCount": state.pending,
        "runningCount": state.running,
        "failedTasks": state.failed_tasks,
        "createdAt": context.moment(state.created_at),
        "updatedAt": context.moment(state.updated_at),
    }
    if not any("loadBalancerName" in item for item in owner.load_balancers):
        shape |= {"rolloutState": state.rollout_state, "rolloutStateReason": state.rollout_reason}
    return shape | _where(state.strategy, state.launch_type)


def _where(strategy: list[Shape], launch_type: str | None) -> Shape:
    if strategy:
        return {"capacityProviderStrategy": strategy}
    return {"launchType": launch_type} if launch_type else {}


def capacity_provider(state: CapacityProvider, include: Include = ()) -> Shape:
    """`CapacityProvider` of an Auto Scaling group."""
    shape: Shape = {
        "capacityProviderArn": state.arn,
        "name": state.name,
        "status": state.status,
        "type": "EC2_AUTOSCALING",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": state.group_arn,
            "managedScaling": state.managed_scaling,
            "managedTerminationProtection": state.managed_termination_protection,
            "managedDraining": state.managed_draining,
        },
        "tags": _tags(state.tags) if "TAGS" in include else [],
    }
    return shape | ({"updateStatus": state.update_status} if state.update_status else {})


def _tags(tags: dict[str, str]) -> list[Shape]:
    return [{"key": key, "value": value} for key, value in tags.items()]
