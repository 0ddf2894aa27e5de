"""Each kind of difference between what an account and what the region answered is named, and nothing else is."""

from copy import deepcopy
from typing import Any

import pytest

from simulator.runs.recordings.shapes import differences

SERVICE = {
    "serviceName": "web",
    "status": "ACTIVE",
    "desiredCount": 2,
    "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "COMPLETED"}],
    "events": [],
}


def call(answer: dict[str, Any], status: int = 200, operation: str = "DescribeServices", **request: Any) -> Any:
    recorded = {**answer, "ResponseMetadata": {"HTTPStatusCode": status}}
    return {"service": "ecs", "operation": operation, "request": request, "recorded": {"name": recorded}}


def services(**other: Any) -> Any:
    return call({"services": [deepcopy(SERVICE) | other], "failures": []})


def error(code: str, status: int = 400) -> Any:
    return call({"Error": {"Code": code, "Message": "…"}}, status, "ListTasks", cluster="nowhere")


def test_other_ids_numbers_and_more_items_are_no_difference() -> None:
    account = [services(serviceName="other", desiredCount=7, deployments=SERVICE["deployments"] * 2)]  # type: ignore[operator]
    assert differences(account, [services()]) == []


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"healthCheckGracePeriodSeconds": 0}, "the region never has services[].healthCheckGracePeriodSeconds"),
        ({"desiredCount": "2"}, "services[].desiredCount is text, in the region integer"),
        ({"status": "DRAINING"}, "services[].status can be DRAINING, in the region it is ACTIVE"),
    ],
    ids=["member", "type", "word"],
)
def test_what_only_the_account_has_is_named(other: dict[str, Any], named: str) -> None:
    assert differences([services(**other)], [services()]) == [f"ecs:DescribeServices: {named}"]


def test_what_only_the_region_has_is_named_where_it_always_has_it() -> None:
    made_up = services(madeUp=1)
    named = ["ecs:DescribeServices: the account never has services[].madeUp"]
    assert differences([services()], [made_up]) == named
    assert differences([services()], [made_up, services()]) == []


def test_what_is_in_a_thing_that_one_side_never_had_is_not_repeated() -> None:
    account = [services(deployments=[{**SERVICE["deployments"][0], "alarms": {"enable": True}}])]  # type: ignore[index]
    assert differences(account, [services()]) == [
        "ecs:DescribeServices: the region never has services[].deployments[].alarms"
    ]


def test_another_error_to_the_same_request_is_named() -> None:
    region, account = error("InvalidParameterException"), error("ClusterNotFoundException")
    assert differences([account], [account]) == []
    assert differences([account], [region])[0] == (
        "ecs:ListTasks: 400 ClusterNotFoundException, the region 400 InvalidParameterException"
    )
    assert "500" in differences([account], [error("ClusterNotFoundException", 500)])[0]


def test_an_operation_that_the_region_was_not_asked_is_named() -> None:
    assert differences([error("x")], []) == ["ecs:ListTasks: the region was never asked"]
