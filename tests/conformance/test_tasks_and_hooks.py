"""How tasks end, what lifecycle hooks tell, and failed launches, in both modes. Each test names its source."""

import json
import re
from typing import Any

import pytest
from moto.sns.models import sns_backends

from simulator.aws.ec2.network import ACCOUNT
from simulator.aws.messages import EventPut, Published
from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, GROUP, REGION, refused

HOOK = {
    "AutoScalingGroupName": GROUP,
    "LifecycleHookName": "farewell",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "HeartbeatTimeout": 300,
    "NotificationMetadata": "anything",
}


def a_task(region: SimulatedRollout) -> str:
    return str(region.client("ecs").list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"][0])


def ended(region: SimulatedRollout, arn: str) -> Any:
    region.pass_time(120)
    (task,) = region.client("ecs").describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"]
    assert task["lastStatus"] == "STOPPED"
    return task


def test_a_task_that_a_user_stopped_says_so_and_its_container_has_an_exit_code(region: SimulatedRollout) -> None:
    """botocore, `Task.stopCode` and `Container.exitCode`; 143 is 128 and SIGTERM, 137 SIGKILL."""
    arn = a_task(region)
    region.client("ecs").stop_task(cluster=CLUSTER, task=arn, reason="enough")
    task = ended(region, arn)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    assert task["containers"][0]["exitCode"] in (137, 143)


def test_a_container_that_cannot_start_has_a_reason_and_no_exit_code(region: SimulatedRollout) -> None:
    """Developer guide, "Stopped tasks error codes": CannotStartContainerError."""
    (ami,) = {instance.image_id for instance in region.instances(GROUP)}
    region.ec2.register(region.ec2.images.get(ami).__class__(ami, tasks="fail_to_start"))
    region.client("ecs").update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)
    region.pass_time(120)
    stopped = region.client("ecs").list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"]
    task = ended(region, stopped[0])
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["containers"][0]["reason"].startswith("CannotStartContainerError")
    assert "exitCode" not in task["containers"][0]


def waiting(region: SimulatedRollout, told: list[Any], **more: str) -> str:
    """An instance that waits for the hook."""
    for kind in (EventPut, Published):
        region.bus.subscribe(kind, told.append)
    scaling = region.client("autoscaling")
    scaling.put_lifecycle_hook(**HOOK, **more)
    instance = region.instances(GROUP)[0].instance_id
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=instance, ShouldDecrementDesiredCapacity=True)
    region.pass_time(5)
    return instance


ROLE = "arn:aws:iam::123456789012:role/hooks"


def a_topic() -> str:
    return str(sns_backends[ACCOUNT][REGION].create_topic("farewells").arn)


def test_a_hook_tells_its_target_and_eventbridge(region: SimulatedRollout) -> None:
    """Auto Scaling user guide, "lifecycle hooks", and "EventBridge event reference"."""
    topic = a_topic()
    told: list[Any] = []
    instance = waiting(region, told, NotificationTargetARN=topic, RoleARN=ROLE)
    _test, event, published = told
    assert (event.source, event.detail_type) == ("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action")
    message = json.loads(published.message)
    assert published.topic == topic
    for said in (event.detail, message):
        assert (said["EC2InstanceId"], said["LifecycleHookName"]) == (instance, "farewell")
        assert said["NotificationMetadata"] == "anything"
    assert message["LifecycleActionToken"] == event.detail["LifecycleActionToken"]


def test_a_message_of_a_hook_has_the_subject_and_the_time_that_functions_know(region: SimulatedRollout) -> None:
    """Messages of 2018 to 2024 in the tests of public handlers, btisdall/ecs-cid (tests/conftest.py) among them."""
    told: list[Any] = []
    instance = waiting(region, told, NotificationTargetARN=a_topic(), RoleARN=ROLE)
    published = told[-1]
    assert published.subject == f"Auto Scaling:  Lifecycle action 'TERMINATING' for instance {instance} in progress."
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", json.loads(published.message)["Time"])


def test_a_target_that_a_hook_names_is_sent_a_test_message(region: SimulatedRollout) -> None:
    """botocore, `PutLifecycleHookType.NotificationTargetARN`; such a message of 2014 is in public documentation."""
    topic = a_topic()
    told: list[Published] = []
    region.bus.subscribe(Published, told.append)
    scaling = region.client("autoscaling")
    scaling.put_lifecycle_hook(**HOOK, NotificationTargetARN=topic, RoleARN=ROLE)
    scaling.put_lifecycle_hook(AutoScalingGroupName=GROUP, LifecycleHookName="farewell", HeartbeatTimeout=60)
    (test,) = told
    message = json.loads(test.message)
    assert (test.topic, test.subject) == (topic, f'Auto Scaling: test notification for group "{GROUP}"')
    assert message["Event"] == "autoscaling:TEST_NOTIFICATION"
    assert message["AutoScalingGroupARN"].endswith(f"autoScalingGroupName/{message['AutoScalingGroupName']}")
    assert "EC2InstanceId" not in message


def test_a_hook_whose_target_is_not_there_is_refused(region: SimulatedRollout) -> None:
    """aws-cdk issue 1212 quotes the error, hashicorp/terraform pull request 3351 has it for a queue."""
    for service in ("sns", "sqs"):
        target = f"arn:aws:{service}:{REGION}:{ACCOUNT}:nowhere"
        request = {**HOOK, "NotificationTargetARN": target, "RoleARN": ROLE}
        code, message = refused(region, "autoscaling", "put_lifecycle_hook", request)
        assert code == "ValidationError"
        assert message.startswith(f"Unable to publish test message to notification target {target} using IAM role")
    hooks = region.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"]
    assert hooks == []


def test_an_action_is_completed_by_its_own_token_only(region: SimulatedRollout) -> None:
    """terraform-aws-spacelift-workerpool-on-ec2 pull request 197 quotes the error."""
    told: list[Any] = []
    instance = waiting(region, told)
    request = {"AutoScalingGroupName": GROUP, "LifecycleHookName": "farewell", "LifecycleActionResult": "CONTINUE"}
    foreign = request | {"InstanceId": instance, "LifecycleActionToken": "0" * 36}
    code, message = refused(region, "autoscaling", "complete_lifecycle_action", foreign)
    assert (code, message) == ("ValidationError", f"No active Lifecycle Action found with token {'0' * 36}")
    assert refused(region, "autoscaling", "complete_lifecycle_action", request)[0] == "ValidationError"
    own = request | {"InstanceId": instance, "LifecycleActionToken": told[0].detail["LifecycleActionToken"]}
    region.client("autoscaling").complete_lifecycle_action(**own)
    region.pass_time(120)
    assert instance not in {each.instance_id for each in region.instances(GROUP)}


@pytest.mark.parametrize("zones", [3])
def test_one_attempt_to_launch_makes_a_failed_activity_in_each_zone(region: SimulatedRollout, zones: int) -> None:
    """aws-facts, "Found from outside": a group of three zones."""
    scaling = region.client("autoscaling")
    region.scaling.launch_faults.append(lambda _group, _zone: "We currently do not have sufficient capacity.")
    scaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=4)
    region.pass_time(12)
    activities = scaling.describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
    failed = [json.loads(each["Details"]) for each in activities if each["StatusCode"] == "Failed"]
    assert len({each["Availability Zone"] for each in failed}) == len(failed) == zones
