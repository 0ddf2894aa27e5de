"""Stand-ins: the same for the same thing, in its own form, and nothing left of the account's."""

import json

from simulator.runs.recordings.ids import Ids

ACCOUNT = "987654321098"
ANSWER = {
    "clusterArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod",
    "taskArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/prod/9f86d081884c7d659a2feaa0c55ad015",
    "again": "task 9f86d081884c7d659a2feaa0c55ad015 on i-0a1b2c3d4e5f60718",
    "ec2InstanceId": "i-0a1b2c3d4e5f60718",
    "OwnerId": "591542846629",
    "group": f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:autoScalingGroup:87654321-4321-4321-4321-210987654321:x/nodes",
    "target": f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/web/6d0ecf831eec9f09",
    "deployment": "ecs-svc/4410093254217013345",
    "PrivateDnsName": "ip-10-12-13-14.ec2.internal",
    "PrivateIpAddress": "10.12.13.14",
    "nextToken": "eyJ0b2tlbiI6IjEifQ==",
    "ImageId": "ami-0a1b2c3d4e5f60718",
    "name": "al2023-ami-ecs-hvm-2023.0.20260119-kernel-6.1-x86_64",
    "createdAt": "2026-11-22T05:10:13+00:00",
    "version": "1.99.1",
    "count": 3,
}


def test_nothing_of_the_account_is_left() -> None:
    said = json.dumps(Ids(ACCOUNT).replaced(ANSWER))
    for real in (
        ACCOUNT, "9f86d081", "0a1b2c3d", "591542846629", "87654321-", "6d0ecf83", "4410093", "10.12.13", "10-12", "eyJ0"
    ):  # fmt: skip
        assert real not in said


def test_the_same_thing_has_the_same_stand_in_in_its_own_form() -> None:
    said = Ids(ACCOUNT).replaced(ANSWER)
    assert said["clusterArn"] == "arn:aws:ecs:us-east-1:111111111111:cluster/prod"
    task = said["taskArn"].rsplit("/", 1)[-1]
    assert len(task) == 32
    assert said["again"] == f"task {task} on {said['ec2InstanceId']}"
    assert said["ec2InstanceId"] == "i-00000000000000001"
    assert said["ImageId"] == "ami-00000000000000002"
    assert said["OwnerId"] not in (ANSWER["OwnerId"], "111111111111")


def test_names_times_versions_and_numbers_are_kept() -> None:
    said = Ids(ACCOUNT).replaced(ANSWER)
    for kept in ("name", "createdAt", "version", "count"):
        assert said[kept] == ANSWER[kept]


def test_what_is_nobodys_is_kept() -> None:
    assert Ids(ACCOUNT).replaced("i-00000000000000000") == "i-00000000000000000"
