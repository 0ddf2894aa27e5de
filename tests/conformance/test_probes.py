"""What a client of any SDK gets for what it should not ask, in both modes: members, combinations, things not there.

`test_requests.py` holds what botocore's models declare, this what stands in their prose or in AWS's guides; the words
are held in `test_refusals.py`. Where no source is named, it is botocore's text of the member or of the call's errors.
"""

from typing import Any

import pytest

from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, GROUP, OLD, PROVIDER, refused

Request = dict[str, Any]
GROUPS, ALARMS, EC2, ECS = "autoscaling", "cloudwatch", "ec2", "ecs"
VALIDATION, INVALID, CLIENT = "ValidationError", "InvalidParameterException", "ClientException"
WRONG, PARAMETERS = "ValidationException", "InvalidParameterCombination"
NOT_ONE, NO_INSTANCE = "0" * 32, "i-" + "0" * 17
IMAGE = "ami-0123456789abcdef9"
SPEC = {"LaunchTemplateId": "$template", "Version": "1"}
TWICE = {**SPEC, "LaunchTemplateName": "$template_name"}
NEW = {"AutoScalingGroupName": "new", "MinSize": 0, "MaxSize": 1, "VPCZoneIdentifier": "$subnet"}
FROM = {**NEW, "LaunchTemplate": SPEC}
OURS = {"AutoScalingGroupName": GROUP}
NONE = {"AutoScalingGroupName": "none"}
HOOK = {**OURS, "LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}
DATA = {"LaunchTemplateData": {"ImageId": OLD}}
HERE, SERVICE = {"cluster": CLUSTER}, {"cluster": CLUSTER, "service": "web"}
NOWHERE = {"cluster": "none"}
CONTAINER = {"name": "main", "image": "app:1", "memory": 64}
ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
TOPIC = ARN.format("sns", "none")
TARGETS = ARN.format("elasticloadbalancing", "targetgroup/none/0123456789abcdef")
MACHINE, EXECUTION = ARN.format("states", "stateMachine:none"), ARN.format("states", "execution:none:none")
COLOUR = [{"Name": "colour", "Values": ["blue"]}]
WEIGHED = {"capacityProvider": PROVIDER, "weight": 1}
TABLE = {"TableName": "$table"}
ROW = {**TABLE, "Item": {"pk": {"S": "x"}}}


def mixed(**policy: Any) -> Request:
    return {**NEW, "MixedInstancesPolicy": {"LaunchTemplate": policy}}


def defined(**container: Any) -> Request:
    return {"family": "x", "containerDefinitions": [{**CONTAINER, **container}]}


def maintained(*percentages: int) -> Request:
    names = ("MinHealthyPercentage", "MaxHealthyPercentage")
    return {"InstanceMaintenancePolicy": dict(zip(names, percentages, strict=False))}


def target(**group: Any) -> Request:
    return {"name": "new", "autoScalingGroupProvider": {"autoScalingGroupArn": "$group_arn", **group}}


CASES: list[tuple[str, str, Request, str]] = [
    # Auto Scaling
    (GROUPS, "create_auto_scaling_group", {**FROM, **OURS}, "AlreadyExists"),
    (GROUPS, "create_auto_scaling_group", {**FROM, "AutoScalingGroupName": "a:b"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "MinSize": 2}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "DesiredCapacity": 2}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", NEW, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, **mixed(LaunchTemplateSpecification=SPEC)}, VALIDATION),
    # terraform-provider-aws, internal/service/autoscaling/group.go: id and name, or neither
    (GROUPS, "create_auto_scaling_group", {**NEW, "LaunchTemplate": TWICE}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**NEW, "LaunchTemplate": {"Version": "1"}}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", mixed(LaunchTemplateSpecification=TWICE), VALIDATION),
    (GROUPS, "create_auto_scaling_group",
     mixed(LaunchTemplateSpecification=SPEC, Overrides=[{"LaunchTemplateSpecification": TWICE}]), VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**NEW, "LaunchTemplate": {**SPEC, "Version": "77"}}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**NEW, "LaunchConfigurationName": "none"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**NEW, "InstanceId": "$instance"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "VPCZoneIdentifier": ""}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "VPCZoneIdentifier": "subnet-0123456789abcdef0"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "AvailabilityZones": ["mars-1a"]}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "Tags": [{"Key": "aws:x", "Value": "y"}]}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "HealthCheckType": "PING"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "HealthCheckType": "EC2,PING"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "DesiredCapacityType": "pods"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "DesiredCapacityType": "vcpu"}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, **maintained(90)}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, **maintained(50, 200)}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, **maintained(-1, 110)}, VALIDATION),
    # a deployment's error, quoted in many repositories: "Provided Target Groups may not be valid."
    (GROUPS, "create_auto_scaling_group", {**FROM, "TargetGroupARNs": [TARGETS]}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "LoadBalancerNames": ["none"]}, VALIDATION),
    (GROUPS, "create_auto_scaling_group", {**FROM, "TerminationPolicies": ["Oldest"]}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", NONE, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, "LaunchTemplate": TWICE}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, "LaunchTemplate": {"LaunchTemplateName": "none"}}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, "HealthCheckType": "PING"}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, "MinSize": 9}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, "MinSize": -1}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, "DesiredCapacity": 99}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, "DesiredCapacityType": "pods"}, VALIDATION),
    (GROUPS, "update_auto_scaling_group", {**OURS, **maintained(90)}, VALIDATION),
    (GROUPS, "delete_auto_scaling_group", NONE, VALIDATION),
    (GROUPS, "delete_auto_scaling_group", OURS, "ResourceInUse"),
    (GROUPS, "describe_auto_scaling_groups", {"NextToken": "x"}, "InvalidNextToken"),
    (GROUPS, "describe_auto_scaling_groups", {"Filters": COLOUR}, VALIDATION),
    (GROUPS, "describe_auto_scaling_groups", {"AutoScalingGroupNames": ["none"]}, ""),
    (GROUPS, "describe_auto_scaling_instances", {"InstanceIds": [NO_INSTANCE]}, ""),
    (GROUPS, "describe_auto_scaling_instances", {"NextToken": "x"}, "InvalidNextToken"),
    (GROUPS, "describe_lifecycle_hooks", NONE, VALIDATION),
    (GROUPS, "describe_scaling_activities", {**OURS, "NextToken": "x"}, "InvalidNextToken"),
    (GROUPS, "put_lifecycle_hook", {**HOOK, **NONE}, VALIDATION),
    (GROUPS, "put_lifecycle_hook", {**OURS, "LifecycleHookName": "h"}, VALIDATION),
    (GROUPS, "put_lifecycle_hook", {**HOOK, "HeartbeatTimeout": 29}, VALIDATION),
    (GROUPS, "put_lifecycle_hook", {**HOOK, "HeartbeatTimeout": 7201}, VALIDATION),
    (GROUPS, "put_lifecycle_hook", {**HOOK, "DefaultResult": "RETRY"}, VALIDATION),
    (GROUPS, "suspend_processes", {**OURS, "ScalingProcesses": ["Sleep"]}, VALIDATION),
    (GROUPS, "resume_processes", {**OURS, "ScalingProcesses": ["Sleep"]}, VALIDATION),
    (GROUPS, "suspend_processes", NONE, VALIDATION),
    (GROUPS, "set_desired_capacity", {**OURS, "DesiredCapacity": 99}, VALIDATION),
    (GROUPS, "set_desired_capacity", {**OURS, "DesiredCapacity": -1}, VALIDATION),
    (GROUPS, "set_desired_capacity", {**NONE, "DesiredCapacity": 1}, VALIDATION),
    (GROUPS, "terminate_instance_in_auto_scaling_group",
     {"InstanceId": NO_INSTANCE, "ShouldDecrementDesiredCapacity": True}, VALIDATION),
    (GROUPS, "terminate_instance_in_auto_scaling_group", {"ShouldDecrementDesiredCapacity": True}, VALIDATION),
    # CloudWatch
    (ALARMS, "describe_alarms", {"NextToken": "x"}, "InvalidNextToken"),
    (ALARMS, "describe_alarms", {"ChildrenOfAlarmName": "a", "AlarmNames": ["b"]}, VALIDATION),
    (ALARMS, "describe_alarms", {"ParentsOfAlarmName": "a", "StateValue": "OK"}, VALIDATION),
    # of a composite alarm's relatives the region knows nothing
    (ALARMS, "describe_alarms", {"ChildrenOfAlarmName": "a"}, "UnsupportedOperation"),
    # EC2; codes: EC2 API reference, "Error codes"; ids: EC2 user guide, "Resource IDs"
    (EC2, "create_launch_template_version", {**TWICE, **DATA, "Version": None}, PARAMETERS),
    (EC2, "create_launch_template_version", DATA, "MissingParameter"),
    (EC2, "create_launch_template_version", {"LaunchTemplateId": "lt-xyz", **DATA},
     "InvalidLaunchTemplateId.Malformed"),
    (EC2, "create_launch_template_version", {"LaunchTemplateName": "none", **DATA},
     "InvalidLaunchTemplateName.NotFoundException"),
    (EC2, "create_launch_template_version", {"LaunchTemplateId": "$template", "SourceVersion": "77", **DATA},
     "InvalidLaunchTemplateId.VersionNotFound"),
    (EC2, "create_launch_template_version", {"LaunchTemplateId": "$template", "LaunchTemplateData": {}},
     "MissingParameter"),
    (EC2, "delete_launch_template_versions", {"Versions": ["1"]}, "MissingParameter"),
    (EC2, "delete_launch_template_versions", {**TWICE, "Version": None, "Versions": ["1"]}, PARAMETERS),
    (EC2, "describe_launch_template_versions", {**TWICE, "Version": None}, PARAMETERS),
    (EC2, "describe_launch_template_versions", {}, "MissingParameter"),
    (EC2, "describe_launch_template_versions", {"LaunchTemplateId": "$template", "Versions": ["77"]},
     "InvalidLaunchTemplateId.VersionNotFound"),
    (EC2, "describe_launch_template_versions", {"LaunchTemplateId": "$template", "MaxResults": 0},
     "InvalidParameterValue"),
    (EC2, "describe_launch_template_versions", {"LaunchTemplateId": "$template", "NextToken": "x"}, "InvalidNextToken"),
    (EC2, "describe_launch_template_versions", {"LaunchTemplateId": "$template", "Filters": COLOUR},
     "InvalidParameterValue"),
    (EC2, "run_instances", {"LaunchTemplate": TWICE, "MinCount": 1, "MaxCount": 1, "DryRun": True}, PARAMETERS),
    (EC2, "describe_images", {"ImageIds": [IMAGE]}, "InvalidAMIID.NotFound"),
    (EC2, "describe_images", {"ImageIds": ["ami-xyz"]}, "InvalidAMIID.Malformed"),
    (EC2, "describe_images", {"Filters": COLOUR}, "InvalidParameterValue"),
    (EC2, "describe_images", {"NextToken": "x"}, "InvalidNextToken"),
    (EC2, "describe_images", {"DryRun": True}, "DryRunOperation"),
    (EC2, "describe_images", {"Owners": ["self"]}, ""),
    (EC2, "describe_instance_types", {"InstanceTypes": ["x9.huge"]}, "InvalidInstanceType"),
    (EC2, "describe_instance_types", {"MaxResults": 4}, "InvalidParameterValue"),
    (EC2, "describe_instance_types", {"MaxResults": 101}, "InvalidParameterValue"),
    (EC2, "describe_instance_types", {"Filters": COLOUR}, "InvalidParameterValue"),
    (EC2, "describe_instances", {"InstanceIds": [NO_INSTANCE]}, "InvalidInstanceID.NotFound"),
    (EC2, "describe_instances", {"InstanceIds": ["i-xyz"]}, "InvalidInstanceID.Malformed"),
    (EC2, "describe_instances", {"InstanceIds": ["$instance"], "MaxResults": 5}, PARAMETERS),
    (EC2, "describe_instances", {"MaxResults": 4}, "InvalidParameterValue"),
    (EC2, "describe_instances", {"Filters": COLOUR}, "InvalidParameterValue"),
    ("ecr", "batch_get_image", {"repositoryName": "none", "imageIds": [{"imageTag": "1"}]},
     "RepositoryNotFoundException"),
    # ECS
    (ECS, "create_capacity_provider", {"name": "new"}, INVALID),
    # containers-roadmap issue 632
    (ECS, "create_capacity_provider", target(), CLIENT),
    (ECS, "delete_capacity_provider", {"capacityProvider": "none"}, CLIENT),
    (ECS, "update_capacity_provider", {"name": "none", "autoScalingGroupProvider": {}}, CLIENT),
    (ECS, "update_capacity_provider",
     {"name": PROVIDER, "autoScalingGroupProvider": {"managedTerminationProtection": "ENABLED"}}, INVALID),
    (ECS, "describe_capacity_providers", {"capacityProviders": ["none"]}, ""),
    (ECS, "describe_capacity_providers", {"maxResults": 0}, INVALID),
    (ECS, "describe_capacity_providers", {"nextToken": "!"}, INVALID),
    (ECS, "describe_clusters", {"clusters": ["none"]}, ""),
    (ECS, "list_clusters", {"maxResults": 0}, INVALID),
    (ECS, "list_clusters", {"maxResults": 101}, INVALID),
    (ECS, "list_clusters", {"nextToken": "!"}, INVALID),
    (ECS, "list_container_instances", NOWHERE, "ClusterNotFoundException"),
    (ECS, "list_container_instances", {**HERE, "filter": "attribute:x =="}, INVALID),
    (ECS, "list_container_instances", {**HERE, "maxResults": 101}, INVALID),
    (ECS, "list_services", NOWHERE, "ClusterNotFoundException"),
    (ECS, "list_services", {**HERE, "nextToken": "!"}, INVALID),
    (ECS, "list_tasks", NOWHERE, "ClusterNotFoundException"),
    (ECS, "list_tasks", {**HERE, "serviceName": "none"}, "ServiceNotFoundException"),
    (ECS, "list_tasks", {**HERE, "containerInstance": NOT_ONE}, INVALID),
    (ECS, "list_tasks", {**HERE, "maxResults": 101}, INVALID),
    (ECS, "list_tasks", {**HERE, "desiredStatus": "PENDING"}, ""),
    (ECS, "describe_services", {**HERE, "services": []}, INVALID),
    (ECS, "describe_services", {**NOWHERE, "services": ["web"]}, "ClusterNotFoundException"),
    (ECS, "describe_services", {**HERE, "services": ["none"]}, ""),
    (ECS, "describe_tasks", {**HERE, "tasks": []}, INVALID),
    (ECS, "describe_tasks", {**HERE, "tasks": [NOT_ONE]}, ""),
    # "taskId length should be one of [32,36]", quoted in many repositories
    (ECS, "describe_tasks", {**HERE, "tasks": ["None"]}, INVALID),
    (ECS, "stop_task", {**HERE, "task": "None"}, INVALID),
    (ECS, "stop_task", {**HERE, "task": NOT_ONE}, INVALID),
    (ECS, "stop_task", {**NOWHERE, "task": NOT_ONE}, "ClusterNotFoundException"),
    (ECS, "describe_container_instances", {**HERE, "containerInstances": []}, INVALID),
    (ECS, "describe_container_instances", {**HERE, "containerInstances": [NOT_ONE]}, ""),
    (ECS, "update_container_instances_state", {**HERE, "containerInstances": [NOT_ONE], "status": "DRAINING"}, ""),
    (ECS, "update_container_instances_state", {**HERE, "containerInstances": [NOT_ONE], "status": "INACTIVE"}, INVALID),
    (ECS, "describe_task_definition", {"taskDefinition": "none"}, CLIENT),
    (ECS, "describe_task_definition", {"taskDefinition": "prod-web:99"}, CLIENT),
    (ECS, "deregister_task_definition", {"taskDefinition": "prod-web:99"}, CLIENT),
    (ECS, "put_attributes",
     {**HERE, "attributes": [{"name": "a", "targetType": "container-instance", "targetId": NOT_ONE}]},
     "TargetNotFoundException"),
    (ECS, "delete_attributes",
     {**HERE, "attributes": [{"name": "a", "targetType": "container-instance", "targetId": NOT_ONE}]},
     "TargetNotFoundException"),
    (ECS, "put_cluster_capacity_providers",
     {**HERE, "capacityProviders": ["none"], "defaultCapacityProviderStrategy": []}, INVALID),
    (ECS, "put_cluster_capacity_providers",
     {**NOWHERE, "capacityProviders": [], "defaultCapacityProviderStrategy": []}, "ClusterNotFoundException"),
    (ECS, "put_cluster_capacity_providers",
     {**HERE, "capacityProviders": [PROVIDER], "defaultCapacityProviderStrategy": [{**WEIGHED, "weight": 0}]}, INVALID),
    (ECS, "update_service", {**HERE, "service": "none"}, "ServiceNotFoundException"),
    (ECS, "update_service", {**NOWHERE, "service": "web"}, "ClusterNotFoundException"),
    (ECS, "update_service", {**SERVICE, "desiredCount": -1}, INVALID),
    # Cloud-CV/EvalAI issue 2419
    (ECS, "update_service", {**SERVICE, "taskDefinition": "none"}, CLIENT),
    # cfn-lint issue 3612; ecspresso pull request 805: 0 is what every service has
    (ECS, "update_service", {**SERVICE, "healthCheckGracePeriodSeconds": 10}, INVALID),
    (ECS, "update_service", {**SERVICE, "placementStrategy": [{"type": "spread"}]}, INVALID),
    (ECS, "update_service", {**SERVICE, "placementStrategy": [{"type": "binpack", "field": "colour"}]}, INVALID),
    (ECS, "update_service", {**SERVICE, "capacityProviderStrategy": [WEIGHED]}, INVALID),
    (ECS, "update_service",
     {**SERVICE, "forceNewDeployment": True, "capacityProviderStrategy": [WEIGHED] * 2}, INVALID),
    # aws-cli issue 5924
    (ECS, "register_task_definition", defined(image=""), CLIENT),
    (ECS, "register_task_definition", defined(name=""), CLIENT),
    (ECS, "register_task_definition", defined(name="a b"), CLIENT),
    (ECS, "register_task_definition", defined(memoryReservation=128), CLIENT),
    (ECS, "register_task_definition", {**defined(), "memory": "32"}, CLIENT),
    (ECS, "register_task_definition", {**defined(), "cpu": "many"}, CLIENT),
    # the words of many failed deployments: "the host ports and container ports in port mappings must match"
    (ECS, "register_task_definition",
     {**defined(portMappings=[{"containerPort": 80, "hostPort": 81}]), "networkMode": "awsvpc"}, CLIENT),
    (ECS, "register_task_definition",
     {**defined(portMappings=[{"containerPort": 80, "hostPort": 81}]), "networkMode": "host"}, CLIENT),
    # developer guide: "No Fargate configuration exists for given values."
    (ECS, "register_task_definition",
     {**defined(), "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "4096"},
     CLIENT),
    # service quotas
    (ECS, "register_task_definition",
     {"family": "x", "containerDefinitions": [{**CONTAINER, "name": f"c{n}"} for n in range(11)]}, CLIENT),
    # the others
    ("elbv2", "describe_target_health", {"TargetGroupArn": TARGETS}, "TargetGroupNotFound"),
    ("events", "describe_event_bus", {"Name": "none"}, "ResourceNotFoundException"),
    ("sns", "publish", {"TopicArn": TOPIC, "Message": "m"}, "NotFound"),
    ("sns", "publish", {"Message": "m"}, "InvalidParameter"),
    ("sns", "publish", {"TopicArn": "topic", "Message": "m"}, "InvalidParameter"),
    ("sns", "publish", {"TopicArn": TOPIC, "Message": "m", "MessageStructure": "json"}, "InvalidParameter"),
    ("ssm", "get_parameter", {"Name": "none"}, "ParameterNotFound"),
    ("ssm", "get_parameters_by_path", {"Path": "/", "NextToken": "x"}, "InvalidNextToken"),
    ("ssm", "get_parameters_by_path", {"Path": "/none"}, ""),
    ("ssm", "put_parameter", {"Name": "new", "Value": "v"}, WRONG),
    ("ssm", "put_parameter", {"Name": "a b", "Value": "v", "Type": "String"}, WRONG),
    ("ssm", "put_parameter", {"Name": "aws/x", "Value": "v", "Type": "String"}, WRONG),
    ("ssm", "put_parameter", {"Name": "new", "Value": "v" * 4097, "Type": "String"}, WRONG),
    ("ssm", "put_parameter", {"Name": "new", "Value": "v", "Type": "String", "DataType": "blob"}, WRONG),
    ("ssm", "put_parameter", {"Name": "new", "Value": "v", "Type": "String", "AllowedPattern": "^x$"},
     "ParameterPatternMismatchException"),
    ("ssm", "put_parameter",
     {"Name": "new", "Value": "v", "Type": "String", "Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]}, WRONG),
    ("stepfunctions", "describe_execution", {"executionArn": EXECUTION}, "ExecutionDoesNotExist"),
    ("stepfunctions", "send_task_success", {"taskToken": "x", "output": "{}"}, "InvalidToken"),
    ("stepfunctions", "start_execution", {"stateMachineArn": MACHINE, "input": "{}"}, "StateMachineDoesNotExist"),
    ("stepfunctions", "start_execution", {"stateMachineArn": "x", "input": "{}"}, "InvalidArn"),
    # DynamoDB; developer guide, "Expression attribute names" and "values"
    ("dynamodb", "get_item", {"TableName": "none", "Key": {"pk": {"S": "x"}}}, "ResourceNotFoundException"),
    ("dynamodb", "get_item", {**TABLE, "Key": {"colour": {"S": "x"}}}, WRONG),
    ("dynamodb", "get_item", {**TABLE, "Key": {"pk": {"S": ""}}}, WRONG),
    ("dynamodb", "put_item", {**TABLE, "Item": {"a": {"S": "x"}}}, WRONG),
    ("dynamodb", "put_item", {**ROW, "ReturnValues": "ALL_NEW"}, WRONG),
    ("dynamodb", "put_item", {**ROW, "ConditionExpression": "attribute_exists("}, WRONG),
    ("dynamodb", "put_item", {**ROW, "ConditionExpression": "pk = :v"}, WRONG),
    ("dynamodb", "put_item",
     {**ROW, "ConditionExpression": "attribute_exists(pk)", "ExpressionAttributeValues": {":v": {"S": "x"}}}, WRONG),
    ("dynamodb", "put_item", {**ROW, "ExpressionAttributeNames": {"#n": "pk"}}, WRONG),
    ("dynamodb", "put_item", {**ROW, "ConditionExpression": "attribute_exists(pk)"}, "ConditionalCheckFailedException"),
    ("dynamodb", "update_item",
     {**TABLE, "Key": {"pk": {"S": "x"}}, "UpdateExpression": "SET pk = :v",
      "ExpressionAttributeValues": {":v": {"S": "z"}}}, WRONG),
    ("dynamodb", "update_item", {**TABLE, "Key": {"pk": {"S": "x"}}, "UpdateExpression": "SET a = b"}, WRONG),
    ("dynamodb", "delete_item", {**TABLE, "Key": {"pk": {"S": "x"}}, "ReturnValues": "ALL_NEW"}, WRONG),
]  # fmt: skip


def filled(value: Any, facts: dict[str, str]) -> Any:
    """The value with what begins with a dollar sign replaced, and members that are None left out."""
    if isinstance(value, dict):
        return {key: filled(each, facts) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [filled(each, facts) for each in value]
    return facts.get(value, value) if isinstance(value, str) else value


def facts_of(region: SimulatedRollout) -> dict[str, str]:
    group = region.scaling.group(GROUP)
    assert group.template is not None
    return {
        "$template": group.template["LaunchTemplateId"],
        "$template_name": group.template["LaunchTemplateName"],
        "$subnet": next(iter(group.subnets.values())),
        "$instance": next(iter(group.members)),
        "$group_arn": group.arn,
        "$table": region.deployment.tables[0].name,
    }


@pytest.mark.parametrize(
    ("service", "method", "request_", "code"), CASES, ids=[f"{m}-{n}" for n, (_, m, *_) in enumerate(CASES)]
)
def test_it_is_answered_by_the_services_own_code(
    shared_region: SimulatedRollout, service: str, method: str, request_: Request, code: str
) -> None:
    said = refused(shared_region, service, method, filled(request_, facts_of(shared_region)))
    assert said[0] == code, said


def test_a_container_instance_knows_its_network(shared_region: SimulatedRollout) -> None:
    """Developer guide, "Amazon ECS container instance attributes"."""
    ecs = shared_region.client("ecs")
    (vpc,) = {shared_region.ec2.network.vpc_id}
    found = ecs.list_container_instances(cluster=CLUSTER, filter=f"attribute:ecs.vpc-id == {vpc}")
    assert len(found["containerInstanceArns"]) == 3
    subnet = shared_region.ec2.subnet_of("a")
    found = ecs.list_container_instances(cluster=CLUSTER, filter=f"attribute:ecs.subnet-id == {subnet}")
    assert len(found["containerInstanceArns"]) == 1


@pytest.mark.parametrize(("given", "kept"), [("1 vCPU", "1024"), (".5 vcpu", "512"), ("0.25 vCPU", "256")])
def test_sizes_are_kept_as_numbers(shared_region: SimulatedRollout, given: str, kept: str) -> None:
    """botocore, `RegisterTaskDefinition.cpu` and `.memory`: "String values are converted to an integer"."""
    request = defined() | {"family": "sized", "cpu": given, "memory": "2 GB"}
    made = shared_region.client("ecs").register_task_definition(**request)["taskDefinition"]
    assert (made["cpu"], made["memory"]) == (kept, "2048")
