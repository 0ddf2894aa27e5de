"""What AWS refuses beyond its models, in both modes. Each case names its source."""

import json
from typing import Any

import pytest

from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, GROUP, PROVIDER, refused

Request = dict[str, Any]
INVALID, CLIENT, VALIDATION = "InvalidParameterException", "ClientException", "ValidationError"
ARN = "arn:aws:ecs:eu-west-1:123456789012"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:none"
CONTAINER = {"name": "main", "image": "app:1", "memory": 64}
BOTH = [{"capacityProvider": PROVIDER, "weight": 1}, {"capacityProvider": "FARGATE", "weight": 1}]
UPDATE = {"cluster": CLUSTER, "service": "web", "forceNewDeployment": True}
LARGE = {"Source": "s", "DetailType": "d", "Detail": json.dumps({"a": "x" * 1_048_576})}
CASES: list[tuple[str, str, Request, str, str]] = [
    # docker/compose-cli issue 2086, aws-toolkit-vscode issue 2915
    ("ecs", "describe_services", {"cluster": "other", "services": [f"{ARN}:service/prod/web"]},
     INVALID, "Identifier is for cluster prod. Your cluster is other"),
    ("ecs", "describe_tasks", {"cluster": "other", "tasks": [f"{ARN}:task/prod/1"]},
     INVALID, "Identifier is for cluster prod. Your cluster is other"),
    # botocore, `ListTasks.startedBy`
    ("ecs", "list_tasks", {"cluster": CLUSTER, "startedBy": "x", "serviceName": "web"}, INVALID, "only filter"),
    # terraform-aws-modules/terraform-aws-ecs issue 68
    ("ecs", "put_cluster_capacity_providers",
     {"cluster": CLUSTER, "capacityProviders": [PROVIDER, "FARGATE"], "defaultCapacityProviderStrategy": BOTH},
     INVALID, "cannot contain a mix"),
    # botocore, `PlacementConstraint.expression`
    ("ecs", "update_service", {**UPDATE, "placementConstraints": [{"type": "memberOf"}]},
     INVALID, "needs an expression"),
    ("ecs", "update_service",
     {**UPDATE, "placementConstraints": [{"type": "distinctInstance", "expression": "attribute:a exists"}]},
     INVALID, "takes no expression"),
    # botocore, `DeploymentConfiguration`
    ("ecs", "update_service", {**UPDATE, "deploymentConfiguration": {"linearConfiguration": {"stepPercent": 10.0}}},
     INVALID, "only valid with the strategy LINEAR"),
    ("ecs", "update_service", {**UPDATE, "deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}},
     "UnsupportedFeatureException", "BLUE_GREEN"),
    # botocore, `CreateService.schedulingStrategy`
    ("ecs", "create_service",
     {"cluster": CLUSTER, "serviceName": "d", "taskDefinition": "prod-web", "schedulingStrategy": "DAEMON",
      "deploymentController": {"type": "CODE_DEPLOY"}}, INVALID, "not supported with this deployment controller"),
    # botocore, `Attribute.targetType`
    ("ecs", "put_attributes", {"cluster": CLUSTER, "attributes": [{"name": "a", "targetId": "0" * 32}]},
     INVALID, "targetType is required"),
    ("ecs", "update_container_instances_state",
     {"cluster": CLUSTER, "containerInstances": [], "status": "DRAINING"}, INVALID, "can not be empty"),
    # containers-roadmap issue 688
    ("ecs", "create_capacity_provider", {"name": PROVIDER, "autoScalingGroupProvider": {"autoScalingGroupArn": "x"}},
     CLIENT, "The specified capacity provider already exists."),
    # botocore, `CreateCapacityProvider.name`
    ("ecs", "create_capacity_provider", {"name": "ecs-x", "autoScalingGroupProvider": {"autoScalingGroupArn": "x"}},
     INVALID, "Invalid capacity provider name"),
    ("ecs", "create_capacity_provider", {"name": "new", "autoScalingGroupProvider": {"autoScalingGroupArn": "a/none"}},
     CLIENT, "group ARN is invalid"),
    ("ecs", "update_capacity_provider", {"name": "FARGATE", "autoScalingGroupProvider": {"managedDraining": "ENABLED"}},
     INVALID, "reserved"),
    # aws-cloudformation-user-guide pull request 454; aws-cli issue 4453
    ("ecs", "register_task_definition", {"family": "x", "containerDefinitions": []},
     CLIENT, "Container list cannot be empty."),
    ("ecs", "register_task_definition", {"family": "x", "containerDefinitions": [{"name": "a", "image": "b"}]},
     CLIENT, "Invalid setting for container 'a'. At least one of 'memory' or 'memoryReservation' must be specified."),
    # botocore, `RegisterTaskDefinition`
    ("ecs", "register_task_definition", {"family": "a b", "containerDefinitions": [CONTAINER]}, CLIENT, "family"),
    ("ecs", "register_task_definition", {"family": "x", "containerDefinitions": [CONTAINER] * 2}, CLIENT, "unique"),
    ("ecs", "register_task_definition", {"family": "x", "containerDefinitions": [{**CONTAINER, "essential": False}]},
     CLIENT, "essential"),
    ("ecs", "register_task_definition",
     {"family": "x", "containerDefinitions": [CONTAINER], "requiresCompatibilities": ["FARGATE"]}, CLIENT, "awsvpc"),
    # botocore, `CreateAutoScalingGroup` and `UpdateAutoScalingGroup`
    ("autoscaling", "update_auto_scaling_group", {"AutoScalingGroupName": GROUP, "MaxInstanceLifetime": 60},
     VALIDATION, "Max instance lifetime"),
    ("autoscaling", "create_or_update_tags", {"Tags": [{"ResourceId": "none", "ResourceType": "auto-scaling-group",
     "Key": "k", "Value": "v", "PropagateAtLaunch": True}]}, VALIDATION, "not found"),
    # botocore, `TerminateInstanceInAutoScalingGroup`: the one or the others
    ("autoscaling", "terminate_instance_in_auto_scaling_group",
     {"AutoScalingGroupName": GROUP, "InstanceId": "i-1", "InstanceIds": ["i-2"],
      "ShouldDecrementDesiredCapacity": True}, VALIDATION, "both"),
    # botocore, `DescribeScalingActivities.Filters`
    ("autoscaling", "describe_scaling_activities",
     {"AutoScalingGroupName": GROUP, "Filters": [{"Name": "x", "Values": ["y"]}]}, VALIDATION, "not valid"),
    # EC2 API reference, "Error codes": what a permission is asked of must be there
    ("ec2", "run_instances",
     {"LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0"}, "MinCount": 1, "MaxCount": 1, "DryRun": True},
     "InvalidLaunchTemplateId.NotFound", "does not exist"),
    ("ec2", "run_instances", {"ImageId": "ami-0123456789abcdef9", "MinCount": 1, "MaxCount": 1, "DryRun": True},
     "InvalidAMIID.NotFound", "does not exist"),
    ("ec2", "create_launch_template_version",
     {"LaunchTemplateId": "lt-0123456789abcdef0", "LaunchTemplateData": {"ImageId": "x"}, "DryRun": True},
     "InvalidLaunchTemplateId.NotFound", "does not exist"),
    # botocore, `DescribeAlarms.AlarmNamePrefix`
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["a"], "AlarmNamePrefix": "a"}, VALIDATION, "both"),
    # Elastic Load Balancing API reference, "Common errors"
    ("elbv2", "describe_target_health", {"TargetGroupArn": "x"}, VALIDATION, "not a valid target group ARN"),
    # botocore, `GetParametersByPath.Path`
    ("ssm", "get_parameters_by_path", {"Path": "a"}, "ValidationException", "/"),
    # botocore, `Publish.Message`
    ("sns", "publish", {"TopicArn": TOPIC, "Message": ""}, "InvalidParameter", "Empty message"),
    ("sns", "publish", {"TopicArn": TOPIC, "Message": "m" * 262_145}, "InvalidParameter", "Message too long"),
    # recorded on AWS on 2025-01-08; 1 MB since, by botocore, `PutEvents`
    ("events", "put_events", {"Entries": [LARGE]},
     "ValidationException", "Total size of the entries in the request is over the limit."),
    # recorded on AWS on 2024-03-08 and 2023-06-22; botocore, `StartExecution.name`
    ("stepfunctions", "describe_execution", {"executionArn": "x"},
     "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: x'"),
    ("stepfunctions", "start_execution", {"stateMachineArn": "arn:x", "input": "not json"},
     "InvalidExecutionInput", "Invalid State Machine Execution Input"),
    ("stepfunctions", "start_execution", {"stateMachineArn": "arn:x", "name": "a b"},
     "InvalidName", "Invalid Name: 'a b'"),
    ("stepfunctions", "send_task_success", {"taskToken": "x", "output": "not json"},
     "InvalidOutput", "Invalid Output"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "method", "request_", "code", "words"), CASES, ids=[f"{m}-{n}" for n, (_, m, *_) in enumerate(CASES)]
)
def test_it_is_refused_in_the_services_own_words(
    shared_region: SimulatedRollout, service: str, method: str, request_: Request, code: str, words: str
) -> None:
    if "other" not in shared_region.ecs.clusters:
        shared_region.client("ecs").create_cluster(clusterName="other")
    said = refused(shared_region, service, method, request_)
    assert said[0] == code, said
    assert words in said[1]
