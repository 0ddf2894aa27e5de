"""A region of EC2 and Auto Scaling behind the dispatch, for tests that speak to it through plain boto3."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws

from simulator.api.dispatch import ApiDispatch
from simulator.aws.autoscaling.api import AutoScalingApi
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.ec2.api import Ec2Api
from simulator.aws.ec2.region import Ec2
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.scenario.model import Ami, Timings

REGION = "eu-west-1"
OLD = "ami-0000000000000000a"
NEW = "ami-0000000000000000b"
USER_DATA = "IyEvYmluL2Jhc2gKZWNobyBFQ1NfQ0xVU1RFUj1wcm9k"  # '#!/bin/bash\necho ECS_CLUSTER=prod'


class SmallRegion:
    """Clock, dispatch, EC2, Auto Scaling and the two boto3 clients."""

    def __init__(self, seed: int = 1, api_seconds: tuple[float, float] = (0.0, 0.0)) -> None:
        self.clock = Clock()
        self.random_streams = RandomStreams(seed)
        self.bus = Bus(self.clock)
        self.dispatch = ApiDispatch(self.clock, self.random_streams, self.bus, api_seconds)
        timings = Timings()
        self.ec2 = Ec2(self.clock, self.random_streams, self.bus, timings, REGION)
        self.scaling = AutoScaling(self.clock, self.random_streams, self.bus, timings, self.ec2)
        self.dispatch.serve("ec2", Ec2Api(self.ec2))
        self.dispatch.serve("autoscaling", AutoScalingApi(self.scaling))
        self.ec2.register(Ami(OLD, "old"))
        self.ec2.register(Ami(NEW, "new"))
        self.ec2_client = client("ec2")
        self.asg = client("autoscaling")

    def template(self, **data: Any) -> str:
        """A launch template of the old image; its id."""
        data = {"ImageId": OLD, "InstanceType": "m6i.large", "UserData": USER_DATA} | data
        made = self.ec2_client.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=data)
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def make_group(self, desired: int = 4, *, least: int = 0, most: int = 12, zones: str = "abc", **more: Any) -> str:
        """The group `nodes` at rest, launched from version 1 unless `more` says otherwise."""
        source: dict[str, Any] = {}
        if not more.keys() & {"MixedInstancesPolicy", "LaunchConfigurationName", "LaunchTemplate"}:
            source = {"LaunchTemplate": {"LaunchTemplateId": self.template(), "Version": "1"}}
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName="nodes",
            MinSize=least,
            MaxSize=most,
            DesiredCapacity=desired,
            VPCZoneIdentifier=",".join(self.ec2.subnet_of(zone) for zone in zones),
            **source,
            **more,
        )
        self.settle()
        return "nodes"

    def settle(self, seconds: float = 300.0) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def described(self) -> dict[str, Any]:
        """The group as the API shows it."""
        groups = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=["nodes"])["AutoScalingGroups"]
        return dict(groups[0])

    def instances(self, state: str | None = "InService") -> list[dict[str, Any]]:
        """The group's instances in that lifecycle state, in the order they were launched."""
        return [each for each in self.described()["Instances"] if state is None or each["LifecycleState"] == state]

    def ids(self) -> list[str]:
        """The ids of the instances in service."""
        return [each["InstanceId"] for each in self.instances()]

    def activities(self) -> list[dict[str, Any]]:
        """The group's scaling activities, newest first."""
        return list(self.asg.describe_scaling_activities(AutoScalingGroupName="nodes")["Activities"])

    def per_zone(self) -> dict[str, int]:
        """Instances in service per availability zone."""
        count = dict.fromkeys(self.scaling.group("nodes").subnets, 0)
        for each in self.instances():
            count[each["AvailabilityZone"]] += 1
        return count


@cache
def client(service: str, attempts: int = 3) -> Any:
    """A boto3 client of the test region, made once a process: making one takes longer than most tests."""
    config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    return session.client(service, config=config)


@contextmanager
def small_region(seed: int = 1, api_seconds: tuple[float, float] = (0.0, 0.0)) -> Iterator[SmallRegion]:
    """The region, with its dispatch installed."""
    with mock_aws():
        region = SmallRegion(seed, api_seconds)
        region.dispatch.install()
        try:
            yield region
        finally:
            region.dispatch.remove()
