"""Target health of a service's tasks: initial, healthy, draining, and a group that no service has."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from simulator.api.dispatch import ApiFault
from simulator.cdk_output import ensure_synthesized
from simulator.scenario.model import Ami, LoadBalancer, NodeGroup, Scenario, Service
from simulator.simulation import Simulation

AMI = "ami-0aaaaaaaaaaaaaaa1"
SCENARIO = Scenario(
    name="targets",
    cluster="prod",
    amis=(Ami(AMI),),
    node_groups=(NodeGroup("nodes", AMI, 2),),
    services=(
        Service("web", count=3, load_balancer=LoadBalancer(60.0)),
        Service("static", count=1, host_ports=(8080,), load_balancer=LoadBalancer()),
    ),
)


@pytest.fixture
def region() -> Iterator[Simulation]:
    with Simulation(SCENARIO, 1, ensure_synthesized()) as opened:
        yield opened


def target_group(service: str) -> str:
    (one,) = boto3.client("ecs").describe_services(cluster="prod", services=[service])["services"]
    return str(one["loadBalancers"][0]["targetGroupArn"])


def targets(service: str) -> list[dict[str, Any]]:
    answer = boto3.client("elbv2").describe_target_health(TargetGroupArn=target_group(service))
    return [dict(description) for description in answer["TargetHealthDescriptions"]]


def states(service: str) -> Counter[str]:
    return Counter(target["TargetHealth"]["State"] for target in targets(service))


def test_targets_are_healthy_and_named_by_instance_and_host_port(region: Simulation) -> None:
    assert states("web") == {"healthy": 3}
    (static,) = targets("static")
    assert static["Target"]["Port"] == 8080
    assert static["Target"]["Id"] in {machine.instance_id for machine in region.instances("nodes")}
    assert len({(target["Target"]["Id"], target["Target"]["Port"]) for target in targets("web")}) == 3


def test_a_new_target_is_initial_and_an_old_one_drains_while_it_deregisters(region: Simulation) -> None:
    boto3.client("ecs").update_service(cluster="prod", service="web", forceNewDeployment=True)
    seen: Counter[str] = Counter()
    for _ in range(60):
        region.clock.advance(5)
        seen += states("web")
    assert set(seen) == {"initial", "healthy", "draining"}
    assert states("web") == {"healthy": 3}


def test_a_group_that_no_service_has_is_not_found(region: Simulation) -> None:
    elbv2 = boto3.client("elbv2")
    with pytest.raises(elbv2.exceptions.TargetGroupNotFoundException):
        elbv2.describe_target_health(TargetGroupArn=f"{target_group('web')}0")
    assert len(elbv2.describe_target_groups()["TargetGroups"]) == 2
    assert region.dispatch.calls[("elbv2", "DescribeTargetGroups")] == 1


def test_a_dynamic_port_is_the_one_that_describe_tasks_binds(region: Simulation) -> None:
    ecs = boto3.client("ecs")
    arns = ecs.list_tasks(cluster="prod", serviceName="web")["taskArns"]
    tasks = ecs.describe_tasks(cluster="prod", tasks=arns)["tasks"]
    bound = {
        binding["hostPort"] for task in tasks for each in task["containers"] for binding in each["networkBindings"]
    }
    assert bound == {target["Target"]["Port"] for target in targets("web")}
    assert min(bound) >= 32768


def test_a_target_that_fails_its_checks_is_unhealthy_before_it_drains(region: Simulation) -> None:
    region.ecs.workloads["prod-web"] = replace(region.ecs.workloads["prod-web"], never_healthy_amis=(AMI,))
    boto3.client("ecs").update_service(cluster="prod", service="web", forceNewDeployment=True)
    seen: Counter[str] = Counter()
    for _ in range(30):
        region.clock.advance(5)
        seen += states("web")
    assert {"initial", "unhealthy", "draining"} <= set(seen)
    assert states("web")["healthy"] == 3


def test_tasks_with_an_interface_of_their_own_are_targets_by_address(region: Simulation) -> None:
    ecs = boto3.client("ecs")
    ecs.register_task_definition(
        family="own",
        networkMode="awsvpc",
        containerDefinitions=[
            {"name": "main", "image": "own:1", "memory": 64, "portMappings": [{"containerPort": 80}]}
        ],
    )
    vpc = boto3.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = boto3.client("elbv2").create_target_group(Name="own", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    subnets = [each["SubnetId"] for each in boto3.client("ec2").describe_subnets()["Subnets"]]
    balancer = {"targetGroupArn": arn, "containerName": "main", "containerPort": 80}
    ecs.create_service(
        cluster="prod",
        serviceName="own",
        taskDefinition="own",
        desiredCount=2,
        loadBalancers=[balancer],
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
    )
    region.clock.advance(180)
    tasks = ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod", serviceName="own")["taskArns"])
    addresses = {each["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for each in tasks["tasks"]}
    assert len(addresses) == 2
    assert {(target["Target"]["Id"], target["Target"]["Port"]) for target in targets("own")} == {
        (ip, 80) for ip in addresses
    }
    assert [task["containers"][0]["networkBindings"] for task in tasks["tasks"]] == [[], []]
    (group,) = boto3.client("elbv2").describe_target_groups(Names=["own"])["TargetGroups"]
    assert (group["TargetGroupArn"], group["TargetType"]) == (arn, "ip")


def test_a_target_that_nobody_registered_is_unused(region: Simulation) -> None:
    known = targets("static")[0]["Target"]
    asked = [{"Id": known["Id"]}, {"Id": known["Id"], "Port": 1}]
    answer = boto3.client("elbv2").describe_target_health(TargetGroupArn=target_group("static"), Targets=asked)
    states = [description["TargetHealth"]["State"] for description in answer["TargetHealthDescriptions"]]
    assert states == ["healthy", "unused"]


def test_faults_and_the_trace_know_these_calls(region: Simulation) -> None:
    region.dispatch.faults.append(ApiFault("elbv2", "DescribeTargetHealth", "Throttling"))
    assert states("web") == {"healthy": 3}
    assert region.dispatch.calls[("elbv2", "DescribeTargetHealth")] == 2
