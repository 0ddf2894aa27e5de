"""A scenario's node groups in the region: launch template, Auto Scaling group, capacity provider."""

import base64
from typing import Any

from simulator.region import Region
from simulator.scenario.cross_checks import FARGATE_PROVIDERS, maximum
from simulator.scenario.model import NodeGroup, Scenario


def make_node_group(region: Region, group: NodeGroup) -> None:
    """The group with what it launches from; its instances follow as time passes."""
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
        region.client("autoscaling").suspend_processes(AutoScalingGroupName=group.name, ScalingProcesses=suspended)


def _launches_from(region: Region, group: NodeGroup) -> dict[str, Any]:
    scenario = region.scenario
    data: dict[str, Any] = {
        "ImageId": group.ami,
        "InstanceType": group.instance_type,
        "UserData": user_data(scenario.cluster),
    }
    if group.launch_configuration:
        name = f"{group.name}-configuration"
        region.client("autoscaling").create_launch_configuration(
            LaunchConfigurationName=name, IamInstanceProfile=group.instance_role, **data
        )
        return {"LaunchConfigurationName": name}
    device = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3", "DeleteOnTermination": True}}
    data |= {
        "BlockDeviceMappings": [device],
        "MetadataOptions": {"HttpTokens": "required"},
        "IamInstanceProfile": {"Name": group.instance_role},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "cluster", "Value": scenario.cluster}]}],
    }
    made = region.client("ec2").create_launch_template(
        LaunchTemplateName=f"{group.name}-template", LaunchTemplateData=data, **_tags(group)
    )["LaunchTemplate"]
    specification = {"LaunchTemplateId": made["LaunchTemplateId"], "Version": group.launch_template_version}
    if len(group.instance_types) <= 1:
        return {"LaunchTemplate": specification}
    overrides = [{"InstanceType": name} for name in group.instance_types]
    policy = {
        "LaunchTemplate": {"LaunchTemplateSpecification": specification, "Overrides": overrides},
        "InstancesDistribution": {"OnDemandAllocationStrategy": "lowest-price"},  # so that it launches several types
    }
    return {"MixedInstancesPolicy": policy}


def _tags(group: NodeGroup) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in sorted(group.launch_template_tags.items())]
    return {"TagSpecifications": [{"ResourceType": "launch-template", "Tags": tags}]} if tags else {}


def make_capacity_providers(region: Region, scenario: Scenario) -> None:
    """The capacity providers of the groups that name one, associated with the cluster."""
    ecs, names = region.client("ecs"), []
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
    asked = (item["capacityProvider"] for service in scenario.services for item in service.capacity_provider_strategy)
    names += sorted({name for name in asked if name in FARGATE_PROVIDERS})
    if names:
        ecs.put_cluster_capacity_providers(
            cluster=scenario.cluster, capacityProviders=names, defaultCapacityProviderStrategy=[]
        )


def user_data(cluster: str) -> str:
    """What tells an ECS-optimized instance which cluster to join, as a launch template carries it."""
    return base64.b64encode(f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n".encode()).decode()
