"""What each call has to be allowed, held against AWS's Service Authorization Reference (as cfn-lint carries it)."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from simulator.iam.needs.need import LaunchNeeds, Need, Place
from simulator.iam.needs.of_calls import NEEDS, CallNotKnown, needs_of

ACCOUNT, OWNER = "123456789012", "210987654321"
GROUP = f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:1-2:autoScalingGroupName/nodes"
SPECIFIED = {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "2"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsInstanceRole"
REQUESTS: dict[tuple[str, str], dict[str, Any]] = {
    ("autoscaling", "CreateAutoScalingGroup"): {
        "AutoScalingGroupName": "nodes", "LaunchTemplate": SPECIFIED, "Tags": [{"Key": "a"}]
    },
    ("autoscaling", "PutLifecycleHook"): {"AutoScalingGroupName": "nodes", "RoleARN": ROLE},
    ("autoscaling", "TerminateInstanceInAutoScalingGroup"): {
        "AutoScalingGroupName": "nodes", "InstanceIds": ["i-1", "i-2"]
    },
    ("autoscaling", "UpdateAutoScalingGroup"): {"AutoScalingGroupName": "nodes", "LaunchTemplate": SPECIFIED},
    ("cloudwatch", "DescribeAlarms"): {"AlarmNames": ["errors"]},
    ("ec2", "CreateLaunchTemplateVersion"): {
        "LaunchTemplateId": "lt-1", "LaunchTemplateData": {"ImageId": "resolve:ssm:/ami:3"}
    },
    ("ec2", "DeleteLaunchTemplateVersions"): {"LaunchTemplateId": "lt-1"},
    ("ec2", "RunInstances"): {"LaunchTemplate": SPECIFIED},
    ("ecr", "BatchGetImage"): {"repositoryName": "team/web", "registryId": OWNER},
    ("ecs", "CreateCapacityProvider"): {"name": "new", "tags": [{"key": "a", "value": "b"}]},
    ("ecs", "DeleteAttributes"): {"cluster": "prod", "attributes": [{"name": "a", "targetId": "abc"}]},
    ("ecs", "DeleteCapacityProvider"): {"capacityProvider": "new"},
    ("ecs", "DescribeCapacityProviders"): {"capacityProviders": ["new"]},
    ("ecs", "DescribeClusters"): {"clusters": ["prod"]},
    ("ecs", "DescribeContainerInstances"): {"cluster": "prod", "containerInstances": ["abc"]},
    ("ecs", "DescribeServices"): {"cluster": "prod", "services": ["web"]},
    ("ecs", "DescribeTasks"): {"cluster": "prod", "tasks": ["abc"]},
    ("ecs", "ListContainerInstances"): {"cluster": "prod"},
    ("ecs", "ListTasks"): {"cluster": "prod", "containerInstance": "abc"},
    ("ecs", "PutAttributes"): {"cluster": "prod", "attributes": [{"name": "a", "targetId": "abc"}]},
    ("ecs", "PutClusterCapacityProviders"): {"cluster": "prod"},
    ("ecs", "RegisterTaskDefinition"): {"family": "web", "taskRoleArn": ROLE, "tags": [{"key": "a", "value": "b"}]},
    ("ecs", "StopServiceDeployment"): {
        "serviceDeploymentArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service-deployment/prod/web/abc"
    },
    ("ecs", "StopTask"): {"cluster": "prod", "task": "abc"},
    ("ecs", "UpdateCapacityProvider"): {"name": "new"},
    ("ecs", "UpdateContainerInstancesState"): {"cluster": "prod", "containerInstances": ["abc"]},
    ("ecs", "UpdateService"): {"cluster": "prod", "service": "web"},
    ("events", "PutEvents"): {"Entries": [{"EventBusName": "ops"}, {}]},
    ("sns", "Publish"): {"TopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:messages"},
    ("ssm", "GetParameter"): {"Name": "/aws/service/ecs/ami:4"},
    ("ssm", "GetParameters"): {"Names": ["/own"]},
    ("ssm", "GetParametersByPath"): {"Path": "/own"},
    ("ssm", "PutParameter"): {"Name": "own"},
    ("stepfunctions", "StartExecution"): {"stateMachineArn": f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:m"},
    ("stepfunctions", "GetExecutionHistory"): {"executionArn": f"arn:aws:states:eu-west-1:{ACCOUNT}:execution:m:e"},
    ("stepfunctions", "DescribeExecution"): {"executionArn": f"arn:aws:states:eu-west-1:{ACCOUNT}:execution:m:e"},
}  # fmt: skip
CALLS = [(service, operation) for service, operations in NEEDS.items() for operation in operations]
EVERYWHERE = ("ecs:cluster", "ecs:CreateAction", "ec2:CreateAction", "iam:PassedToService")
TAGGED = "aws:ResourceTag/"
"""Keys of the actions; cfn-lint carries those of resources only, so these were read in the reference itself."""


class Things:
    """A group, and a launch that touches everything."""

    def group_arn(self, name: str) -> str:
        return GROUP.replace("nodes", name)

    def group_of(self, _instance_id: str) -> str:
        return "nodes"

    def template_tags(self, _template_id: str) -> dict[str, str]:
        return {"ecs-ami-rollout": "yes"}

    def subnet_owner(self, _subnet: str) -> str:
        return OWNER

    def launch(self, _request: dict[str, Any]) -> LaunchNeeds:
        return LaunchNeeds(
            ("lt-1",), ("ami-1", "resolve:ssm:/ami"), ("subnet-1",), ("sg-1",), ("snap-1",), "key", ROLE,
            ("instance", "volume"),
        )  # fmt: skip


PLACE = Place("eu-west-1", ACCOUNT, Things())


def needs(service: str, operation: str) -> list[Need]:
    request = REQUESTS.get((service, operation), {})
    if service == "dynamodb":
        request = {"TableName": "rollouts"}
    if service == "autoscaling" and not request:
        request = {"AutoScalingGroupName": "nodes"}
    return list(needs_of(service, operation, request, PLACE))


@cache
def reference() -> dict[str, Any]:
    return json.loads((Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text())  # type: ignore[no-any-return]


def shapes(service: str, kinds: list[str]) -> Iterator[re.Pattern[str]]:
    for kind in kinds:
        for shape in reference()[service]["Resources"].get(kind.lower(), {}).get("ARNFormats", ()):
            filled = shape.replace("${Partition}", "aws").replace("${Region}", "eu-west-1")
            yield re.compile(filled.replace("${Account}", "[0-9]*"))


@pytest.mark.parametrize(("service", "operation"), CALLS, ids=lambda value: value)
def test_actions_and_resources_are_those_of_the_reference(service: str, operation: str) -> None:
    for need in needs(service, operation):
        prefix, name = need.action.split(":")
        known = reference()[prefix]["Actions"][name.lower()]
        kinds = known.get("Resources", [])
        for resource in need.resources:
            if resource == "*":
                assert not kinds, f"{need.action} is about {kinds}"
            else:
                assert any(shape.fullmatch(resource) for shape in shapes(prefix, kinds)), f"{need.action}: {resource}"
        keys = {
            key for kind in kinds for key in reference()[prefix]["Resources"][kind.lower()].get("ConditionKeys", ())
        }
        assert {key for key in need.context if not key.startswith(TAGGED)} <= set(EVERYWHERE)
        assert all(f"{TAGGED}${{TagKey}}" in keys for key in need.context if key.startswith(TAGGED))


def test_a_list_of_the_tasks_of_a_service_is_a_list_of_everything() -> None:
    """AWS denies it to who may list those of container instances only (cdklabs/construct-hub#1207)."""
    (need,) = needs_of("ecs", "ListTasks", {"cluster": "prod", "serviceName": "web"}, PLACE)

    assert need.resources == ["*"]
    assert need.context == {"ecs:cluster": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/prod"}


def test_a_group_that_gets_a_launch_template_is_launched_as_the_caller() -> None:
    actions = [need.action for need in needs("autoscaling", "UpdateAutoScalingGroup")]

    assert actions == [
        "autoscaling:UpdateAutoScalingGroup", "ec2:RunInstances", "ec2:RunInstances", "ec2:CreateTags", "iam:PassRole",
        "ssm:GetParameters",
    ]  # fmt: skip


def test_a_launch_is_decided_by_the_tags_of_its_template() -> None:
    on_templates = [need for need in needs("ec2", "RunInstances") if ":launch-template/" in need.resources[0]]
    assert [(need.action, need.context) for need in on_templates] == [
        ("ec2:RunInstances", {"aws:ResourceTag/ecs-ami-rollout": "yes"})
    ]


def test_the_roles_of_a_new_groups_hooks_are_passed_to_auto_scaling() -> None:
    hooks = [{"LifecycleHookName": "a", "RoleARN": ROLE}, {"LifecycleHookName": "b"}]
    request = {"AutoScalingGroupName": "nodes", "LifecycleHookSpecificationList": hooks}
    passed = [
        need.context["iam:PassedToService"]
        for need in needs_of("autoscaling", "CreateAutoScalingGroup", request, PLACE)
        if need.action == "iam:PassRole"
    ]
    assert passed == ["autoscaling.amazonaws.com", "ec2.amazonaws.com"]


def test_a_group_that_gets_another_size_is_not() -> None:
    request = {"AutoScalingGroupName": "nodes", "MaxSize": 7}
    assert [need.action for need in needs_of("autoscaling", "UpdateAutoScalingGroup", request, PLACE)] == [
        "autoscaling:UpdateAutoScalingGroup"
    ]


class WithoutTheInstance(Things):
    def group_of(self, _instance_id: str) -> str:
        return ""


def test_a_batch_is_decided_on_the_group_that_it_names_though_an_instance_is_gone() -> None:
    place = Place("eu-west-1", ACCOUNT, WithoutTheInstance())
    (need,) = needs_of(
        "autoscaling",
        "TerminateInstanceInAutoScalingGroup",
        REQUESTS["autoscaling", "TerminateInstanceInAutoScalingGroup"],
        place,
    )

    assert need.resources == [GROUP]


def test_a_shared_vpcs_subnet_has_its_owners_account() -> None:
    launch, _template = (need for need in needs("ec2", "RunInstances") if need.action == "ec2:RunInstances")
    assert f"arn:aws:ec2:eu-west-1:{OWNER}:subnet/subnet-1" in launch.resources


def test_a_call_that_nobody_has_described_is_refused_by_name() -> None:
    with pytest.raises(CallNotKnown, match=r"ecs\.CreateCluster"):
        needs_of("ecs", "CreateCluster", {}, PLACE)
