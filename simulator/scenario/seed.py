"""Build a scenario's cluster in the region, by the API itself, and let it settle before the execution starts.

The same mechanisms as later place the instances and tasks, only at once: the timings are `INSTANT` until all stands.
"""

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.clients import client
from simulator.ecs.state import Workload
from simulator.scenario.cross_checks import maximum
from simulator.scenario.model import NodeGroup, Scenario, Service, StandaloneTasks, Timings

if TYPE_CHECKING:
    from simulator.region import Region

INSTANT = Timings(
    launch_seconds=(0.0, 0.0),
    agent_seconds=(0.0, 0.0),
    start_seconds=(0.0, 0.0),
    stop_seconds=(0.0, 0.0),
    terminate_seconds=(0.0, 0.0),
    healthy_seconds=(0.0, 0.0),
    steady_seconds=0.0,
    scheduler_seconds=1.0,
    scaling_seconds=1.0,
    api_seconds=(0.0, 0.0),
)
SETTLE_SECONDS = 600.0
"""Virtual seconds that a cluster gets to settle in; more tasks than it has room for never do."""

LOOKS_EVERY_SECONDS = 5.0


class NotSettled(Exception):
    """The scenario's cluster cannot exist: instances or tasks that never come up. The text says which."""


def seed(region: "Region") -> None:
    """Make everything that the scenario describes, then advance the clock to the execution's start, settled. Raises NotSettled."""
    scenario = region.scenario
    for ami in scenario.amis:
        region.ec2.register(ami)
    _parameters(region, scenario)
    _alarms(region, scenario)
    ecs = client("ecs", scenario.region)
    ecs.create_cluster(clusterName=scenario.cluster)
    for group in scenario.node_groups:
        _node_group(region, group)
    _capacity_providers(region, scenario)  # before the agents register: instances belong to a provider from then on
    _settle(region, _instances_missing)
    _age_instances(region)
    for service in scenario.services:
        _service(region, service)
    for tasks in scenario.standalone_tasks:
        _standalone_tasks(region, tasks)
    _settle(region, _tasks_missing)
    _protect(region)
    region.clock.advance_to(region.started_at)


def user_data(cluster: str) -> str:
    """What tells an ECS-optimized instance which cluster to join, as a launch template carries it."""
    return base64.b64encode(f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n".encode()).decode()


def _parameters(region: "Region", scenario: Scenario) -> None:
    """moto ships AWS's public parameters, and lets nobody write their names: those are replaced in its own state."""
    for name, value in scenario.parameters.items():
        region.set_parameter(name, value)


def _alarms(region: "Region", scenario: Scenario) -> None:
    for alarm in scenario.alarms:
        client("cloudwatch", scenario.region).put_metric_alarm(
            AlarmName=alarm.name,
            MetricName="Simulated",
            Namespace="Simulated",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        region.set_alarm(alarm.name, alarm.state)


def _node_group(region: "Region", group: NodeGroup) -> None:
    scenario = region.scenario
    zones = [f"{scenario.region}{letter}" for letter in group.availability_zones]
    region.scaling.create_group(
        AutoScalingGroupName=group.name,
        MinSize=group.min,
        MaxSize=maximum(group),
        DesiredCapacity=group.size,
        VPCZoneIdentifier=",".join(region.ec2.subnet_of(zone) for zone in zones),
        TerminationPolicies=list(group.termination_policies),
        NewInstancesProtectedFromScaleIn=group.managed_termination_protection,
        **_launches_from(region, group),
    )
    suspended = list(group.suspended_processes)
    if suspended:
        client("autoscaling", scenario.region).suspend_processes(
            AutoScalingGroupName=group.name, ScalingProcesses=suspended
        )


def _launches_from(region: "Region", group: NodeGroup) -> dict[str, Any]:
    scenario = region.scenario
    data: dict[str, Any] = {"ImageId": group.ami, "InstanceType": group.instance_type, "UserData": user_data(scenario.cluster)}
    if group.launch_configuration:
        name = f"{group.name}-configuration"
        client("autoscaling", scenario.region).create_launch_configuration(LaunchConfigurationName=name, **data)
        return {"LaunchConfigurationName": name}
    device = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3", "DeleteOnTermination": True}}
    data |= {"BlockDeviceMappings": [device], "MetadataOptions": {"HttpTokens": "required"}}
    made = client("ec2", scenario.region).create_launch_template(
        LaunchTemplateName=f"{group.name}-template", LaunchTemplateData=data
    )["LaunchTemplate"]
    specification = {"LaunchTemplateId": made["LaunchTemplateId"], "Version": group.launch_template_version}
    if len(group.instance_types) <= 1:
        return {"LaunchTemplate": specification}
    overrides = [{"InstanceType": name} for name in group.instance_types]
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": specification, "Overrides": overrides}}
    return {"MixedInstancesPolicy": policy}


def _capacity_providers(region: "Region", scenario: Scenario) -> None:
    ecs, names = client("ecs", scenario.region), []
    for group in scenario.node_groups:
        if group.capacity_provider is None:
            continue
        names.append(group.capacity_provider)
        ecs.create_capacity_provider(
            name=group.capacity_provider,
            autoScalingGroupProvider={
                "autoScalingGroupArn": region.scaling.group(group.name).arn,
                "managedScaling": {
                    "status": "ENABLED" if group.managed_scaling else "DISABLED",
                    "targetCapacity": group.target_capacity,
                },
                "managedTerminationProtection": "ENABLED" if group.managed_termination_protection else "DISABLED",
                "managedDraining": "ENABLED" if group.managed_draining else "DISABLED",
            },
        )
    if names:
        ecs.put_cluster_capacity_providers(
            cluster=scenario.cluster, capacityProviders=names, defaultCapacityProviderStrategy=[]
        )


def _service(region: "Region", service: Service) -> None:
    family = f"{region.scenario.cluster}-{service.name}"
    region.ecs.workloads[family] = _workload(service)
    ecs = client("ecs", region.scenario.region)
    container: dict[str, Any] = {"name": "main", "image": f"{service.name}:1", "essential": True}
    container["portMappings"] = [{"containerPort": port, "hostPort": port} for port in service.host_ports]
    if service.load_balancer and not service.host_ports:
        container["portMappings"] = [{"containerPort": 80, "hostPort": 0}]
    if service.gpu:
        container["resourceRequirements"] = [{"type": "GPU", "value": str(service.gpu)}]
    ecs.register_task_definition(
        family=family,
        cpu=str(service.cpu),
        memory=str(service.memory),
        containerDefinitions=[container],
        requiresCompatibilities=["EC2"],
    )
    ecs.create_service(
        cluster=region.scenario.cluster,
        serviceName=service.name,
        taskDefinition=family,
        schedulingStrategy=service.scheduling,
        deploymentConfiguration=_deployment_configuration(service),
        placementConstraints=[dict(each) for each in service.placement_constraints],
        **_replica_settings(service),
        **_targets(region, service, container),
    )


def _workload(service: Service) -> Workload:
    balancer = service.load_balancer
    return Workload(
        crash_on_amis=service.crash_on_amis,
        never_healthy_amis=balancer.never_healthy_amis if balancer else (),
        stop_timeout_seconds=service.stop_timeout_seconds,
        deregistration_delay_seconds=balancer.deregistration_delay_seconds if balancer else 0.0,
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
    return settings | {"launchType": "EC2"}


def _targets(region: "Region", service: Service, container: dict[str, Any]) -> dict[str, Any]:
    if not service.load_balancer:
        return {}
    arn = f"arn:aws:elasticloadbalancing:{region.scenario.region}:123456789012:targetgroup/{service.name}/0123456789abcdef"
    port = container["portMappings"][0]["containerPort"]
    return {"loadBalancers": [{"targetGroupArn": arn, "containerName": "main", "containerPort": port}]}


def _standalone_tasks(region: "Region", tasks: StandaloneTasks) -> None:
    """They run for `run_seconds` from the execution's start, so the time that settling takes is added."""
    ecs = client("ecs", region.scenario.region)
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


def _settle(region: "Region", missing: Any) -> None:  # noqa: ANN401  a function of the region
    until = region.clock.now + SETTLE_SECONDS
    while lacking := missing(region):
        if region.clock.now >= until:
            raise NotSettled(f"{region.scenario.name}: cannot be set up: {lacking}")
        region.clock.advance(LOOKS_EVERY_SECONDS)


def _instances_missing(region: "Region") -> str:
    for group in region.scenario.node_groups:
        deaf = next(ami.agent for ami in region.scenario.amis if ami.image_id == group.ami) == "never_connects"
        ready = [
            member
            for member in region.scaling.group(group.name).members.values()
            if member.lifecycle == "InService" and (deaf or region.ecs.instance_on(member.host.instance_id))
        ]
        if len(ready) != group.size:
            said = [activity.message for activity in region.scaling.group(group.name).activities if activity.message]
            return f"{len(ready)} of {group.size} instances of {group.name} are up. {said[-1] if said else ''}".strip()
    return ""


def _tasks_missing(region: "Region") -> str:
    for service in region.cluster.services.values():
        healthy = sum(task.healthy for task in service.tasks.values())
        if healthy != service.desired_count or service.primary.rollout_state != "COMPLETED":
            said = service.events[0].text if service.events else ""
            return f"{healthy} of {service.desired_count} tasks of {service.name} run. {said}".strip()
    standalone = sum(tasks.count for tasks in region.scenario.standalone_tasks)
    running = sum(task.service is None and task.last_status == "RUNNING" for task in region.cluster.tasks.values())
    return f"{running} of {standalone} standalone tasks run" if running != standalone else ""


def _age_instances(region: "Region") -> None:
    """Move the launches into the past: each instance is as old as the scenario says, and registered a minute later."""
    for group in region.scenario.node_groups:
        members = list(region.scaling.group(group.name).members.values())
        ages = sorted((region.draws.seconds("age", group.ages_seconds) for _ in members), reverse=True)
        for member, age in zip(members, ages, strict=True):
            member.host.launched_at = region.started_at - age
            registered = region.ecs.instance_on(member.host.instance_id)
            if registered is not None:
                registered.registered_at = region.started_at - age + 60.0


def _protect(region: "Region") -> None:
    for group in region.scenario.node_groups:
        ids = list(region.scaling.group(group.name).members)[: group.protected]
        if ids:
            region.scaling.protect(group.name, ids, True)


def slow_down(region: "Region", timings: Timings) -> None:
    """From now on things take the time that the scenario says."""
    for part in (region.ec2, region.scaling, region.ecs):
        part.timings = timings
    region.wire.api_seconds = replace(timings).api_seconds
