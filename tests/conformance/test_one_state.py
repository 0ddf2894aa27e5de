"""What one call writes another one reads, or neither is there: one state behind one API."""

import base64
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, GROUP, opened, refused

NOTIFY = {"AutoScalingGroupName": GROUP, "TopicARN": "arn:aws:sns:eu-west-1:123456789012:x", "NotificationTypes": ["x"]}


@pytest.fixture
def region() -> Iterator[SimulatedRollout]:
    """In the full mode: the handlers call none of these writes, so the in-process mode has not got them."""
    with opened("full") as made:
        yield made


def test_the_deregistration_delay_of_a_target_group_is_what_its_tasks_wait(region: SimulatedRollout) -> None:
    """botocore, `ModifyTargetGroupAttributes`: deregistration_delay.timeout_seconds."""
    ecs, elb = region.client("ecs"), region.client("elbv2")
    vpc = region.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = elb.create_target_group(Name="shop", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    arn = made["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "77"}
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    assert delay in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    assert elb.describe_target_groups(Names=["shop"])["TargetGroups"][0]["TargetGroupArn"] == arn
    container = {"name": "main", "image": "app:1", "memory": 64, "portMappings": [{"containerPort": 80}]}
    ecs.register_task_definition(family="shop", containerDefinitions=[container])
    target = {"targetGroupArn": arn, "containerName": "main", "containerPort": 80}
    ecs.create_service(
        cluster=CLUSTER, serviceName="shop", taskDefinition="shop", desiredCount=1, loadBalancers=[target]
    )
    region.pass_time(180)
    (task,) = ecs.list_tasks(cluster=CLUSTER, serviceName="shop")["taskArns"]
    ecs.stop_task(cluster=CLUSTER, task=task)

    def status() -> str:
        return str(ecs.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"][0]["lastStatus"])

    region.pass_time(70)
    assert status() == "DEACTIVATING"
    region.pass_time(10)
    assert status() != "DEACTIVATING"


def test_the_user_data_of_an_instance_is_what_its_launch_template_said(region: SimulatedRollout) -> None:
    """botocore, `DescribeInstanceAttribute`; draining functions read the cluster's name from it (ecs-cid-sample)."""
    instance = region.instances(GROUP)[0].instance_id
    shown = region.client("ec2").describe_instance_attribute(InstanceId=instance, Attribute="userData")
    assert f"ECS_CLUSTER={CLUSTER}" in base64.b64decode(shown["UserData"]["Value"]).decode()
    request = {"InstanceId": instance, "Attribute": "disableApiTermination"}
    code, message = refused(region, "ec2", "describe_instance_attribute", request)
    assert (code, message.split()[-1]) == ("UnsupportedOperation", "disableApiTermination.")
    unknown = request | {"InstanceId": "i-00000000000000000", "Attribute": "userData"}
    assert refused(region, "ec2", "describe_instance_attribute", unknown)[0] == "InvalidInstanceID.NotFound"


def test_a_group_launches_into_a_subnet_that_was_made_a_moment_ago(region: SimulatedRollout) -> None:
    """botocore, `CreateSubnet` and `UpdateAutoScalingGroup.VPCZoneIdentifier`."""
    ec2, scaling = region.client("ec2"), region.client("autoscaling")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.200.0/24", AvailabilityZone="eu-west-1b")["Subnet"]
    scaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, VPCZoneIdentifier=made["SubnetId"])
    shown = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
    assert (shown["AvailabilityZones"], shown["VPCZoneIdentifier"]) == (["eu-west-1b"], made["SubnetId"])


@pytest.mark.parametrize(
    ("service", "method", "request_"),
    [
        ("autoscaling", "put_scaling_policy", {"AutoScalingGroupName": GROUP, "PolicyName": "more"}),
        ("autoscaling", "put_notification_configuration", NOTIFY),
        ("ec2", "describe_instance_attribute", {"InstanceId": "i-1", "Attribute": "sriovNetSupport"}),
        ("ec2", "describe_tags", {}),
        ("ec2", "stop_instances", {"InstanceIds": ["i-1"]}),
    ],
)
def test_what_would_be_another_state_is_refused_by_name(
    region: SimulatedRollout, service: str, method: str, request_: dict[str, Any]
) -> None:
    code, message = refused(region, service, method, request_)
    operation = boto3.client(service).meta.method_to_api_mapping[method]
    assert code == "UnsupportedOperation"
    assert f"{service}:{operation}" in message
