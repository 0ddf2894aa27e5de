"""Target health of a service's tasks: initial, healthy, draining, and a group that no service has."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from simulator.region import Region
from simulator.scenario.model import Ami, LoadBalancer, NodeGroup, Scenario, Service
from simulator.synthesis import ensure_synthesized

SCENARIO = Scenario(
    name="targets",
    cluster="prod",
    amis=(Ami("ami-0aaaaaaaaaaaaaaa1"),),
    node_groups=(NodeGroup("nodes", "ami-0aaaaaaaaaaaaaaa1", 2),),
    services=(
        Service("web", count=3, load_balancer=LoadBalancer(60.0)),
        Service("static", count=1, host_ports=(8080,), load_balancer=LoadBalancer()),
    ),
)


@pytest.fixture
def region() -> Iterator[Region]:
    with Region(SCENARIO, 1, ensure_synthesized()) as opened:
        yield opened


def target_group(service: str) -> str:
    (one,) = boto3.client("ecs").describe_services(cluster="prod", services=[service])["services"]
    return str(one["loadBalancers"][0]["targetGroupArn"])


def targets(service: str) -> list[dict[str, Any]]:
    answer = boto3.client("elbv2").describe_target_health(TargetGroupArn=target_group(service))
    return [dict(one) for one in answer["TargetHealthDescriptions"]]


def states(service: str) -> Counter[str]:
    return Counter(one["TargetHealth"]["State"] for one in targets(service))


def test_targets_are_healthy_and_named_by_instance_and_host_port(region: Region) -> None:
    assert states("web") == {"healthy": 3}
    (static,) = targets("static")
    assert static["Target"]["Port"] == 8080
    assert static["Target"]["Id"] in {host.instance_id for host in region.hosts("nodes")}
    assert len({(one["Target"]["Id"], one["Target"]["Port"]) for one in targets("web")}) == 3


def test_a_new_target_is_initial_and_an_old_one_drains_while_it_deregisters(region: Region) -> None:
    boto3.client("ecs").update_service(cluster="prod", service="web", forceNewDeployment=True)
    seen: Counter[str] = Counter()
    for _ in range(60):
        region.clock.advance(5)
        seen += states("web")
    assert set(seen) == {"initial", "healthy", "draining"}
    assert states("web") == {"healthy": 3}


def test_a_group_that_no_service_has_is_not_found(region: Region) -> None:
    elbv2 = boto3.client("elbv2")
    with pytest.raises(elbv2.exceptions.TargetGroupNotFoundException):
        elbv2.describe_target_health(TargetGroupArn=f"{target_group('web')}0")
    assert len(elbv2.describe_target_groups()["TargetGroups"]) == 2
    assert region.wire.calls[("elbv2", "DescribeTargetGroups")] == 1
