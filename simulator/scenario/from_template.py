"""A scenario from a CloudFormation template: its cluster, node groups, capacity providers and services.

What a rehearsal is about comes from the template; each group begins on an AMI made up here, and for each architecture
there is a newer one. Templates say literal names and sizes, or refer to resources beside them and to parameters.
"""

from collections.abc import Iterator
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

Document = dict[str, Any]
Properties = dict[str, Any]
SPREAD_OVER = ("a", "b", "c", "d", "e", "f")
DATES = {"old": "20260105", "new": "20260119"}
ARCHITECTURES = {"x86_64": "1", "arm64": "2"}
DELAY = "deregistration_delay.timeout_seconds"
AWS_DELAY = 300
"""Seconds, where a target group says nothing (Elastic Load Balancing, target group attributes)."""


class NotInTheTemplate(Exception):
    """The template lacks what a scenario needs, or says it in a way that is not understood here."""


def scenario_from(template: Document, name: str, description: str, given: Document) -> Document:
    """The scenario document; `given` is the rollout's input. Raises NotInTheTemplate."""
    read = _Template(template)
    clusters = list(read.of("AWS::ECS::Cluster"))
    if len(clusters) != 1:
        raise NotInTheTemplate(f"{len(clusters)} clusters are in the template, one is expected")
    logical, cluster = clusters[0]
    groups = [_node_group(read, each) for each in read.of("AWS::AutoScaling::AutoScalingGroup")]
    return {
        "$schema": "../simulator/scenario/schema.json",
        "name": name,
        "description": description,
        "cluster": cluster.get("ClusterName", logical),
        "amis": [_ami(age, kind) for kind in ARCHITECTURES for age in DATES],
        "node_groups": groups,
        "services": [_service(read, each) for _name, each in read.of("AWS::ECS::Service")],
        "images": [{"image": image, "architectures": list(ARCHITECTURES)} for image in read.images()],
        "input": given,
        "expect": {"status": "SUCCEEDED", "end": "all_new"},
    }


def ami_id(age: str, architecture: str) -> str:
    """The id of the `old` or `new` AMI of an architecture."""
    return f"ami-0{'a' if age == 'old' else 'b'}{ARCHITECTURES[architecture] * 15}"


class _Template:
    """Resources by type, and what a reference leads to."""

    def __init__(self, template: Document) -> None:
        self._resources = template["Resources"]

    def of(self, kind: str) -> Iterator[tuple[str, Properties]]:
        """Logical ids and properties of all resources of a type."""
        for name, resource in self._resources.items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})

    def at(self, reference: Any) -> Properties:
        """The properties of the resource that is referred to."""
        name = self.name(reference)
        if name not in self._resources:
            raise NotInTheTemplate(f"{reference} is not a resource of the template")
        return self._resources[name]["Properties"]  # type: ignore[no-any-return]

    def name(self, reference: Any) -> str:
        """The logical id that is referred to, or the text itself."""
        if isinstance(reference, dict):
            return str(reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0])
        return str(reference)

    def images(self) -> list[str]:
        """Container images of the services' task definitions."""
        found = [_containers(self, service)[0] for _name, service in self.of("AWS::ECS::Service")]
        return sorted({str(each["Image"]) for each in found})


def _ami(age: str, architecture: str) -> Document:
    name = f"al2023-ami-ecs-hvm-2023.0.{DATES[age]}-kernel-6.1-{architecture}"
    return {"image_id": ami_id(age, architecture), "name": name, "architecture": architecture}


def _node_group(read: _Template, each: tuple[str, Properties]) -> Document:
    logical, group = each
    template = read.at(group["LaunchTemplate"]["LaunchTemplateId"])
    data = template["LaunchTemplateData"]
    known: Any = INSTANCE_TYPES[data["InstanceType"]]
    architecture = known["ProcessorInfo"]["SupportedArchitectures"][-1]
    provider = _provider(read, logical)
    scaling = provider.get("AutoScalingGroupProvider", {})
    managed = scaling.get("ManagedScaling", {})
    return {
        "name": group.get("AutoScalingGroupName", logical),
        "ami": ami_id("old", architecture),
        "size": int(group.get("DesiredCapacity") or group["MinSize"]),
        "min": int(group["MinSize"]),
        "max": int(group["MaxSize"]),
        "instance_type": data["InstanceType"],
        "launch_template_tags": _tags(template),
        "availability_zones": list(SPREAD_OVER[: len(group["VPCZoneIdentifier"])]),
        **({"capacity_provider": provider["Name"]} if provider else {}),
        "managed_scaling": managed.get("Status") == "ENABLED",
        "managed_termination_protection": scaling.get("ManagedTerminationProtection") == "ENABLED",
        "managed_draining": scaling.get("ManagedDraining") == "ENABLED",
        "target_capacity": managed.get("TargetCapacity", 100),
    }


def _tags(template: Properties) -> dict[str, str]:
    return {
        tag["Key"]: tag["Value"]
        for item in template.get("TagSpecifications", ())
        if item["ResourceType"] == "launch-template"
        for tag in item["Tags"]
    }


def _provider(read: _Template, group: str) -> Properties:
    """Of the group with that logical id; empty where it has none."""
    for _name, provider in read.of("AWS::ECS::CapacityProvider"):
        if read.name(provider["AutoScalingGroupProvider"]["AutoScalingGroupArn"]) == group:
            return provider
    return {}


def _service(read: _Template, service: Properties) -> Document:
    containers = _containers(read, service)
    deployment = service.get("DeploymentConfiguration", {})
    breaker = deployment.get("DeploymentCircuitBreaker", {})
    shares = [
        {**_lower_first(name), "capacityProvider": read.at(name["CapacityProvider"])["Name"]}
        for name in service.get("CapacityProviderStrategy", ())
    ]
    ports = [
        port["HostPort"]
        for container in containers
        for port in container.get("PortMappings", ())
        if port.get("HostPort")
    ]
    document: Document = {
        "name": service["ServiceName"],
        "count": service.get("DesiredCount", 1),
        "scheduling": service.get("SchedulingStrategy", "REPLICA"),
        "cpu": sum(container.get("Cpu", 0) for container in containers),
        "memory": sum(container.get("Memory", container.get("MemoryReservation", 0)) for container in containers),
        "host_ports": ports,
        "minimum_healthy_percent": deployment.get("MinimumHealthyPercent", 100),
        "maximum_percent": deployment.get("MaximumPercent", 200),
        "capacity_provider_strategy": shares,
        "placement_strategy": [_lower_first(strategy) for strategy in service.get("PlacementStrategies", ())],
        "circuit_breaker": breaker.get("Enable", False),
        "circuit_breaker_rollback": breaker.get("Rollback", False),
        "stop_timeout_seconds": max(int(container.get("StopTimeout", 30)) for container in containers),
        "image": containers[0]["Image"],
    }
    if service.get("LoadBalancers"):
        attributes = read.at(service["LoadBalancers"][0]["TargetGroupArn"]).get("TargetGroupAttributes", ())
        delay = next((int(attribute["Value"]) for attribute in attributes if attribute["Key"] == DELAY), AWS_DELAY)
        document["load_balancer"] = {"deregistration_delay_seconds": delay}
    return {key: value for key, value in document.items() if value not in ([], False)}


def _containers(read: _Template, service: Properties) -> list[Properties]:
    return read.at(service["TaskDefinition"])["ContainerDefinitions"]  # type: ignore[no-any-return]


def _lower_first(properties: Properties) -> Document:
    return {f"{key[0].lower()}{key[1:]}": value for key, value in properties.items()}
