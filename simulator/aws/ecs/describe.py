"""State as the API shows it: one function per shape of botocore's ECS model."""

import math
from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulator.aws.ecs.context import REGISTERED_BY, EcsContext
from simulator.aws.ecs.fargate import runs_on_fargate
from simulator.aws.ecs.resource_accounting import AGENT_PORTS
from simulator.aws.ecs.state import CapacityProvider, Cluster, ContainerInstance, Deployment, EcsService

Shape = dict[str, Any]
Include = Collection[str]

SERVICE_DEFAULTS: Shape = {
    "serviceRegistries": [],
    "enableECSManagedTags": False,
    "propagateTags": "NONE",
    "enableExecuteCommand": False,
}
"""What a service shows of what CreateService was not told (botocore, the members' defaults)."""

DEPLOYED_BY_ECS: Shape = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}, "strategy": "ROLLING"}
"""The same of its `deploymentConfiguration`."""


def cluster(
    state: Cluster, include: Include = (), now: float = math.inf, providers: Collection[CapacityProvider] = ()
) -> Shape:
    """`Cluster` as it is `now`; settings, configuration, statistics, attachments and tags only when included."""
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
        attached = now >= state.attached_at
        shape |= {
            "attachments": [shape for each in providers for shape in _attachments(state, each, attached)],
            "attachmentsStatus": "UPDATE_COMPLETE" if attached else "UPDATE_IN_PROGRESS",
        }
    return shape


def _attachments(state: Cluster, provider: CapacityProvider, attached: bool) -> list[Shape]:
    """What ECS makes for a provider of a group: scaling policy and hook (AWS CLI, put-cluster-capacity-providers).

    Of `botocore`, `Attachment`: "for capacity providers the type is as_policy".
    """
    kinds = (("as_policy", provider.scales), ("managed_draining", provider.managed_draining == "ENABLED"))
    return [_attachment(state, provider, kind, attached) for kind, there in kinds if there]


def policy_name(state: Cluster, provider: CapacityProvider) -> str:
    """What ECS calls the scaling policy of managed scaling."""
    return f"ECSManagedAutoScalingPolicy-{_identity(state, provider, 'as_policy')}"


def _identity(state: Cluster, provider: CapacityProvider, kind: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{state.arn}/{provider.name}/{kind}"))


def _attachment(state: Cluster, provider: CapacityProvider, kind: str, attached: bool) -> Shape:
    identity = _identity(state, provider, kind)
    details = {"capacityProviderName": provider.name}
    if kind == "as_policy":
        details["scalingPolicyName"] = policy_name(state, provider)
    return {
        "id": identity,
        "type": kind,
        "status": "CREATED" if attached else "PRECREATED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }


def _statistics(state: Cluster, active: int) -> list[Shape]:
    draining = sum(service.status == "DRAINING" for service in state.services.values())
    elsewhere = Counter(task.last_status for task in state.tasks.values() if task.instance.fargate)
    fargate = Counter(
        service.status
        for service in state.services.values()
        if runs_on_fargate(service.launch_type, service.capacity_provider_strategy)
    )
    counts = {
        "runningEC2TasksCount": state.running - elsewhere["RUNNING"],
        "runningFargateTasksCount": elsewhere["RUNNING"],
        "pendingEC2TasksCount": state.pending - elsewhere["PENDING"],
        "pendingFargateTasksCount": elsewhere["PENDING"],
        "activeEC2ServiceCount": active - fargate["ACTIVE"],
        "activeFargateServiceCount": fargate["ACTIVE"],
        "drainingEC2ServiceCount": draining - fargate["DRAINING"],
        "drainingFargateServiceCount": fargate["DRAINING"],
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
        "attributes": [
            {"name": name} if value is None else {"name": name, "value": value}
            for name, value in state.attributes.items()
        ],
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


def service(context: EcsContext, state: EcsService, include: Include = ()) -> Shape:
    """`EcsService`, with its deployments and its latest events."""
    shape: Shape = {
        **SERVICE_DEFAULTS,
        "createdBy": REGISTERED_BY,
        **state.echoed,
        "serviceArn": state.arn,
        "serviceName": state.name,
        "clusterArn": state.cluster.arn,
        "status": state.status,
        "desiredCount": state.desired_count,
        "runningCount": state.running_count,
        "pendingCount": state.pending_count,
        "schedulingStrategy": state.scheduling_strategy,
        "deploymentConfiguration": {
            **(DEPLOYED_BY_ECS if state.controller == "ECS" else {}),
            **state.deployment_configuration,
            "minimumHealthyPercent": state.minimum_healthy_percent,
            "maximumPercent": state.maximum_percent,
        },
        "deploymentController": state.echoed.get("deploymentController") or {"type": "ECS"},
        "deployments": [],
        "events": [
            {"id": item.id, "createdAt": context.moment(item.at), "message": item.text} for item in state.events
        ],
        "createdAt": context.moment(state.created_at),
        "loadBalancers": state.load_balancers,
        "placementConstraints": state.placement_constraints,
        "placementStrategy": state.placement_strategy,
        "availabilityZoneRebalancing": state.availability_zone_rebalancing,
    }
    if state.definition is not None:
        shape["taskDefinition"] = state.definition.arn
    if state.controller == "ECS":
        shape["deployments"] = [deployment(context, state, item) for item in state.deployments]
    else:
        shape["taskSets"] = [task_set(context, state, item) for item in state.deployments]
    if ongoing := next((each.arn for each in state.history if each.finished_at is None), None):
        shape["currentServiceDeployment"] = ongoing
    if "TAGS" in include:
        shape["tags"] = _tags(state.tags)
    return shape | _where(state.capacity_provider_strategy, state.launch_type)


def task_set(context: EcsContext, owner: EcsService, state: Deployment) -> Shape:
    """`TaskSet`: what a CODE_DEPLOY service has instead of deployments (botocore, `Service.taskSets`; boto issue 2865).

    What is a deployment within is one here: CodeDeploy's own deployments are not simulated, so it is the only one.
    """
    steady = state.running == owner.desired_count and not state.pending
    shape: Shape = {
        "id": state.id,
        "taskSetArn": context.arn("task-set", owner.cluster.name, owner.name, state.id),
        "serviceArn": owner.arn,
        "clusterArn": owner.cluster.arn,
        "startedBy": "CODE_DEPLOY",
        "status": state.status,
        "taskDefinition": state.task_definition.arn,
        "computedDesiredCount": owner.desired_count,
        "pendingCount": state.pending,
        "runningCount": state.running,
        "createdAt": context.moment(state.created_at),
        "updatedAt": context.moment(state.updated_at),
        "loadBalancers": owner.load_balancers,
        "scale": {"value": 100.0, "unit": "PERCENT"},
        "stabilityStatus": "STEADY_STATE" if steady else "STABILIZING",
        "stabilityStatusAt": context.moment(state.updated_at),
        "tags": [],
    }
    return shape | _where(state.strategy, state.launch_type)


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
        "type": "EC2_AUTOSCALING" if state.group else state.name,
        "tags": _tags(state.tags) if "TAGS" in include else [],
    }
    if state.group:
        shape["autoScalingGroupProvider"] = {
            "autoScalingGroupArn": state.group_arn,
            "managedScaling": state.managed_scaling,
            "managedTerminationProtection": state.managed_termination_protection,
            "managedDraining": state.managed_draining,
        }
    updates = {"updateStatus": state.update_status, "updateStatusReason": state.update_reason}
    return shape | {name: value for name, value in updates.items() if value}


def _tags(tags: dict[str, str]) -> list[Shape]:
    return [{"key": key, "value": value} for key, value in tags.items()]
