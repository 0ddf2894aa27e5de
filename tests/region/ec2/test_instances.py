"""Instances: their states in time, what DescribeInstances says, terminating them from outside."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from simulator.aws.ec2.region import LaunchOrder
from simulator.kernel.clock import EPOCH
from simulator.kernel.simulated_instance import (
    InstanceLaunched,
    InstanceRunning,
    InstanceState,
    InstanceStopping,
    InstanceTerminated,
)
from tests.region.small_region import OLD, SmallRegion


def order(small: SmallRegion) -> LaunchOrder:
    return LaunchOrder(OLD, "m6i.large", "eu-west-1a", small.ec2.subnet_of("a"), tags={"team": "red"})


def test_an_instance_goes_from_pending_to_terminated_in_the_regions_own_time(small: SmallRegion) -> None:
    seen: list[str] = []
    for kind in (InstanceLaunched, InstanceRunning, InstanceStopping, InstanceTerminated):
        small.bus.subscribe(kind, lambda event: seen.append(type(event).__name__))
    host = small.ec2.launch(order(small))
    assert host.state is InstanceState.PENDING
    small.clock.advance(15)
    assert host.state is InstanceState.RUNNING
    small.ec2.terminate(host, "a test")
    small.ec2.terminate(host, "a test")
    assert host.state is InstanceState.SHUTTING_DOWN
    small.clock.advance(60)
    assert host.state is InstanceState.TERMINATED
    assert seen == ["InstanceLaunched", "InstanceRunning", "InstanceStopping", "InstanceTerminated"]


def test_describe_instances_says_image_zone_tags_and_virtual_launch_time(small: SmallRegion) -> None:
    small.clock.advance(100)
    host = small.ec2.launch(order(small))
    shown = small.ec2_client.describe_instances(InstanceIds=[host.instance_id])["Reservations"][0]["Instances"][0]
    assert shown["ImageId"] == OLD
    assert shown["Placement"]["AvailabilityZone"] == "eu-west-1a"
    assert shown["Tags"] == [{"Key": "team", "Value": "red"}]
    assert shown["LaunchTime"] == EPOCH + timedelta(seconds=100)
    host.launched_at = -86_400.0
    shown = small.ec2_client.describe_instances(InstanceIds=[host.instance_id])["Reservations"][0]["Instances"][0]
    assert shown["LaunchTime"] == EPOCH - timedelta(days=1)


def test_instances_come_in_pages_and_pass_filters(small: SmallRegion) -> None:
    hosts = [small.ec2.launch(order(small)) for _ in range(12)]
    small.ec2_client.create_tags(Resources=[hosts[3].instance_id], Tags=[{"Key": "mark", "Value": "x"}])
    pages = list(small.ec2_client.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Reservations"]) for page in pages] == [5, 5, 2]
    marked = small.ec2_client.describe_instances(Filters=[{"Name": "tag:mark", "Values": ["x"]}])["Reservations"]
    assert [each["Instances"][0]["InstanceId"] for each in marked] == [hosts[3].instance_id]
    small.ec2_client.delete_tags(Resources=[hosts[3].instance_id], Tags=[{"Key": "mark"}])
    assert not small.ec2_client.describe_instances(Filters=[{"Name": "tag-key", "Values": ["mark"]}])["Reservations"]


def test_an_unknown_instance_is_an_error_and_nothing_is_terminated(small: SmallRegion) -> None:
    host = small.ec2.launch(order(small))
    with pytest.raises(ClientError) as caught:
        small.ec2_client.terminate_instances(InstanceIds=[host.instance_id, "i-00000000000000000"])
    assert caught.value.response["Error"]["Code"] == "InvalidInstanceID.NotFound"
    assert host.alive


def test_a_terminated_instance_is_shown_for_an_hour(small: SmallRegion) -> None:
    host = small.ec2.launch(order(small))
    small.ec2_client.terminate_instances(InstanceIds=[host.instance_id])
    small.clock.advance(3500)
    found = small.ec2_client.describe_instances(InstanceIds=[host.instance_id])["Reservations"]
    assert found[0]["Instances"][0]["State"]["Name"] == "terminated"
    small.clock.advance(3600)
    assert small.ec2_client.describe_instances()["Reservations"] == []


def test_the_same_seed_gives_the_same_instances(small: SmallRegion) -> None:
    host = small.ec2.launch(order(small))
    assert host.instance_id == "i-d577e9f873dd2f6d2"
