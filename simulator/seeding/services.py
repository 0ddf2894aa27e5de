"""A scenario's services and standalone tasks in the region."""

from typing import Any

from simulator.aws.ecs.context import ACCOUNT
from simulator.aws.ecs.state import Workload
from simulator.region import Region
from simulator.scenario.cross_checks import runs_on_fargate
from simulator.scenario.model import Service, StandaloneTasks

EXECUTION_ROLE = "ecsTaskExecutionRole"
"""As the console of ECS names it."""


def make_service(region: Region, service: Service) -> None:
    """Its task definition and the service; its tasks follow as time passes."""
    family = f"{region.scenario.cluster}-{service.name}"
    region.ecs.workloads[family] = _workload(service)
    ecs = region.client("ecs")
    container: dict[str, Any] = {"name": "main", "image": service.image or f"{service.name}:1", "essential": True}
    container["portMappings"] = [{"containerPort": port, "hostPort": port} for port in service.host_ports]
    if service.load_balancer and not service.host_ports:
        container["portMappings"] = [{"containerPort": 80, "hostPort": 80 if runs_on_fargate(service) else 0}]
    if service.gpu:
        container["resourceRequirements"] = [{"type": "GPU", "value": str(service.gpu)}]
    ecs.register_task_definition(
        family=family,
        cpu=str(service.cpu),
        memory=str(service.memory),
        containerDefinitions=[container],
        taskRoleArn=_role(f"{family}-task"),
        executionRoleArn=_role(EXECUTION_ROLE),
        **_kind(service),
        placementConstraints=[dict(each) for each in service.task_placement_constraints],
        **_platform(service),
    )
    ecs.create_service(
        cluster=region.scenario.cluster,
        serviceName=service.name,
        taskDefinition=family,
        schedulingStrategy=service.scheduling,
        deploymentConfiguration=_deployment_configuration(service),
        placementConstraints=[dict(each) for each in service.placement_constraints],
        **_replica_settings(service),
        **_network(region, service),
        **_targets(region, service, container),
    )


def _role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _kind(service: Service) -> dict[str, Any]:
    if runs_on_fargate(service):
        return {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
    return {"requiresCompatibilities": ["EC2"]}


def _network(region: Region, service: Service) -> dict[str, Any]:
    """Tasks on Fargate have a network interface of their own."""
    if not runs_on_fargate(service):
        return {}
    subnets = [region.ec2.subnet_of(zone) for zone in region.ec2.network.zones]
    return {"networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets}}}


def _platform(service: Service) -> dict[str, Any]:
    if not service.cpu_architecture:
        return {}
    return {"runtimePlatform": {"cpuArchitecture": service.cpu_architecture, "operatingSystemFamily": "LINUX"}}


def _workload(service: Service) -> Workload:
    balancer = service.load_balancer
    return Workload(
        crash_on_amis=service.crash_on_amis,
        never_healthy_amis=balancer.never_healthy_amis if balancer else (),
        stop_timeout_seconds=service.stop_timeout_seconds,
    )


def _deployment_configuration(service: Service) -> dict[str, Any]:
    configuration: dict[str, Any] = {"minimumHealthyPercent": service.minimum_healthy_percent}
    if service.scheduling == "REPLICA":
        configuration["maximumPercent"] = service.maximum_percent
    if service.circuit_breaker:
        configuration["deploymentCircuitBreaker"] = {"enable": True, "rollback": service.circuit_breaker_rollback}
    return configuration


def _replica_settings(service: Service) -> dict[str, Any]:
    if service.scheduling == "DAEMON":
        return {}
    settings: dict[str, Any] = {
        "desiredCount": service.count,
        "placementStrategy": [dict(each) for each in service.placement_strategy],
        "availabilityZoneRebalancing": "ENABLED" if service.availability_zone_rebalancing else "DISABLED",
    }
    if service.capacity_provider_strategy:
        return settings | {"capacityProviderStrategy": [dict(each) for each in service.capacity_provider_strategy]}
    return settings | {"launchType": service.launch_type}


def _targets(region: Region, service: Service, container: dict[str, Any]) -> dict[str, Any]:
    if not service.load_balancer:
        return {}
    port = container["portMappings"][0]["containerPort"]
    delay = service.load_balancer.deregistration_delay_seconds
    kind = "ip" if runs_on_fargate(service) else "instance"
    arn = region.ecs.context.target_groups.make(service.name, port, delay, target_type=kind)
    return {"loadBalancers": [{"targetGroupArn": arn, "containerName": "main", "containerPort": port}]}


def run_standalone_tasks(region: Region, tasks: StandaloneTasks) -> None:
    """RunTask. They run for `run_seconds` from the execution's start, so the time that settling takes is added."""
    ecs = region.client("ecs")
    run_seconds = None if tasks.run_seconds is None else tasks.run_seconds + region.started_at - region.clock.now
    region.ecs.workloads[tasks.family] = Workload(run_seconds=run_seconds)
    ecs.register_task_definition(
        family=tasks.family,
        cpu=str(tasks.cpu),
        memory=str(tasks.memory),
        containerDefinitions=[{"name": "main", "image": f"{tasks.family}:1", "essential": True}],
        requiresCompatibilities=["EC2"],
    )
    for _ in range(tasks.count):
        ecs.run_task(cluster=region.scenario.cluster, taskDefinition=tasks.family, launchType="EC2", count=1)
