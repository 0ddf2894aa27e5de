"""A small draining function of our own, for the tests of the trial. `FAULT` in its environment makes it a bad one."""

import json
import os
import time

import boto3

ecs, scaling, sns, ec2 = (boto3.client(service) for service in ("ecs", "autoscaling", "sns", "ec2"))
CLUSTER, FAULT = os.environ["CLUSTER"], os.environ.get("FAULT", "")


def handler(event, context):  # noqa: ANN001, ANN201
    topic, message = _message(event)
    if "LifecycleHookName" not in message:
        return "a test message"
    found = ecs.list_container_instances(cluster=CLUSTER, filter=f"ec2InstanceId == {message['EC2InstanceId']}")
    instance = found["containerInstanceArns"][0]
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=[instance], status="DRAINING")
    if FAULT == "asks for what there is not":
        ec2.describe_instance_attribute(InstanceId=message["EC2InstanceId"], Attribute="kernel")
    if FAULT == "raises":
        raise ValueError("on purpose")
    while FAULT == "never ends" or (topic is None and _unfinished(instance)):
        time.sleep(5)
    if topic is not None and _unfinished(instance):
        time.sleep(min(5, context.get_remaining_time_in_millis() / 1000))
        sns.publish(TopicArn=topic, Message=json.dumps(message))
        return "again"
    scaling.complete_lifecycle_action(
        LifecycleActionResult="CONTINUE",
        **{name: message[name] for name in ("AutoScalingGroupName", "LifecycleHookName", "LifecycleActionToken")},
    )
    return "done"


def _message(event):  # noqa: ANN001, ANN202
    if "detail" in event:
        return None, event["detail"]
    record = event["Records"][0]
    if "Sns" in record:
        return record["Sns"]["TopicArn"], json.loads(record["Sns"]["Message"])
    return None, json.loads(record["body"])["detail"]


def _unfinished(instance):  # noqa: ANN001, ANN202
    if FAULT == "does not wait":
        return False
    tasks = [
        task
        for status in ("RUNNING", "STOPPED")
        for task in ecs.list_tasks(cluster=CLUSTER, containerInstance=instance, desiredStatus=status)["taskArns"]
    ]
    described = ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)["tasks"] if tasks else []
    return any(task["lastStatus"] != "STOPPED" for task in described)
