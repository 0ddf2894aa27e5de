"""API dispatch: faults before and after the effect, limits, latency, the trace; in process and over HTTP."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.responses import BaseResponse
from moto.server import ThreadedMotoServer

from simulator.api.dispatch import ApiDispatch, ApiFault
from tests.region.small_region import NEW, REGION, SmallRegion, client, small_region


def versions(small: SmallRegion, template: str) -> int:
    shown = small.ec2_client.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]
    return int(shown["LatestVersionNumber"])


def add_version(ec2: Any, template: str) -> None:
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"ImageId": NEW}, ClientToken="")


@pytest.mark.parametrize("code", ["Throttling", "ThrottlingException", "RequestLimitExceeded", "InternalFailure"])
def test_an_error_before_the_effect_is_retried_by_botocore_and_the_effect_happens_once(
    small: SmallRegion, code: str
) -> None:
    template = small.template()
    small.dispatch.faults.append(ApiFault("ec2", "CreateLaunchTemplateVersion", code, times=2))
    add_version(small.ec2_client, template)
    assert versions(small, template) == 2
    assert small.dispatch.calls["ec2", "CreateLaunchTemplateVersion"] == 3
    assert not small.dispatch.faults


def test_a_lost_reply_is_an_error_and_the_effect_happened(small: SmallRegion) -> None:
    template = small.template()
    small.dispatch.faults.append(ApiFault("ec2", "CreateLaunchTemplateVersion", "InternalFailure", after=True))
    with pytest.raises(ClientError) as caught:
        add_version(client("ec2", attempts=1), template)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert versions(small, template) == 2


def test_a_lost_reply_that_is_retried_without_a_token_happens_twice_and_with_one_once(small: SmallRegion) -> None:
    small.make_group(4)
    victims = small.ids()[:1]
    small.dispatch.faults.append(ApiFault("autoscaling", "SetDesiredCapacity", "InternalFailure", after=True))
    small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=5)
    assert small.dispatch.calls["autoscaling", "SetDesiredCapacity"] == 2
    small.settle()
    operation = "TerminateInstanceInAutoScalingGroup"
    small.dispatch.faults.append(ApiFault("autoscaling", operation, "InternalFailure", after=True))
    with pytest.raises(ClientError) as caught:
        small.asg.terminate_instance_in_auto_scaling_group(InstanceId=victims[0], ShouldDecrementDesiredCapacity=True)
    assert caught.value.response["Error"]["Code"] == "ScalingActivityInProgress"
    assert small.described()["DesiredCapacity"] == 4


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code"),
    [
        ("autoscaling", "set_instance_protection", {"ProtectedFromScaleIn": True}, "LimitExceeded"),
        ("autoscaling", "enter_standby", {"ShouldDecrementDesiredCapacity": True}, "ValidationError"),
        ("autoscaling", "detach_instances", {"ShouldDecrementDesiredCapacity": True}, "ValidationError"),
        (
            "autoscaling",
            "terminate_instance_in_auto_scaling_group",
            {"ShouldDecrementDesiredCapacity": True},
            "ValidationError",
        ),
    ],
)
def test_too_many_ids_in_one_call_are_refused(
    small: SmallRegion, service: str, operation: str, request_: dict[str, Any], code: str
) -> None:
    small.make_group(1)
    ids = [f"i-{number:017x}" for number in range(101)]
    with pytest.raises(ClientError) as caught:
        getattr(small.asg, operation)(AutoScalingGroupName="nodes", InstanceIds=ids, **request_)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code"),
    [
        ("ecs", "describe_container_instances", {"containerInstances": ["x"] * 101}, "InvalidParameterException"),
        (
            "ecs",
            "update_container_instances_state",
            {"containerInstances": ["x"] * 11, "status": "DRAINING"},
            "InvalidParameterException",
        ),
        ("ecs", "describe_services", {"services": ["x"] * 11}, "InvalidParameterException"),
        ("ecs", "describe_tasks", {"tasks": ["x"] * 101}, "InvalidParameterException"),
        ("ecs", "put_attributes", {"attributes": [{"name": "x"}] * 11}, "InvalidParameterException"),
        ("ssm", "get_parameters", {"Names": ["x"] * 11}, "ValidationException"),
        ("autoscaling", "describe_auto_scaling_instances", {"InstanceIds": ["i-1"] * 51}, "ValidationError"),
        ("autoscaling", "describe_auto_scaling_groups", {"MaxRecords": 101}, "ValidationError"),
        ("cloudwatch", "describe_alarms", {"AlarmNames": ["x"] * 101}, "ValidationError"),
    ],
)
def test_every_documented_maximum_holds_in_every_service(
    small: SmallRegion, service: str, operation: str, request_: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)(**request_)
    assert caught.value.response["Error"]["Code"] == code


def test_a_chance_fault_hits_the_same_calls_for_the_same_seed() -> None:
    def outcome() -> list[bool]:
        hits = []
        with small_region(seed=5) as region:
            fault = ApiFault("ec2", "DescribeImages", "Unavailable", times=1000, probability=0.5)
            region.dispatch.faults.append(fault)
            ec2 = client("ec2", attempts=1)
            for _ in range(20):
                try:
                    ec2.describe_images()
                    hits.append(False)
                except ClientError:
                    hits.append(True)
        return hits

    first = outcome()
    assert first == outcome()
    assert 0 < sum(first) < 20


def test_each_call_takes_its_time_and_leaves_one_line_in_the_trace() -> None:
    with small_region(api_seconds=(0.5, 1.0)) as region:
        region.template()
        assert 0.5 <= region.clock.now <= 1.0
        with pytest.raises(ClientError):
            region.ec2_client.describe_launch_template_versions(LaunchTemplateName="nobody")
    lines = [json.loads(line) for line in region.bus.trace.lines]
    assert [(line["operation"], line["error"], line["target"]) for line in lines] == [
        ("CreateLaunchTemplate", None, "LaunchTemplateName=template"),
        (
            "DescribeLaunchTemplateVersions",
            "InvalidLaunchTemplateName.NotFoundException",
            "LaunchTemplateName=nobody",
        ),
    ]


def test_dispatches_nest_and_leave_moto_as_it_was() -> None:
    before = BaseResponse.call_action
    with small_region() as outer:
        inner = ApiDispatch(outer.clock, outer.random_streams, outer.bus, (0.0, 0.0))
        inner.install()
        outer.ec2_client.describe_vpcs()
        inner.remove()
        inner.remove()
        outer.ec2_client.describe_vpcs()
        assert (inner.calls.total(), outer.dispatch.calls.total()) == (1, 1)
    assert BaseResponse.call_action is before


def test_the_region_answers_the_same_over_http(small: SmallRegion) -> None:
    small.make_group(3)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        config = Config(retries={"total_max_attempts": 3, "mode": "standard"})
        remote = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        asg = remote.client("autoscaling", endpoint_url=f"http://{host}:{port}", config=config)
        ec2 = remote.client("ec2", endpoint_url=f"http://{host}:{port}", config=config)
        small.dispatch.faults.append(ApiFault("autoscaling", "DescribeAutoScalingGroups", "Throttling"))
        groups = asg.describe_auto_scaling_groups()["AutoScalingGroups"]
        assert groups == small.asg.describe_auto_scaling_groups()["AutoScalingGroups"]
        with pytest.raises(ClientError) as caught:
            ec2.describe_launch_template_versions(LaunchTemplateName="nobody")
        assert caught.value.response["Error"]["Code"] == "InvalidLaunchTemplateName.NotFoundException"
    finally:
        server.stop()
