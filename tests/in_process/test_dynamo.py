"""The small table answers as moto's does: the same items, the same refusals, for any sequence of the calls we make."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from simulator.api.dispatch import ApiError
from simulator.in_process.dynamodb import DynamoDb

TABLE = "table"
NAMES = {"#owner": "owner", "#token": "token"}
CONDITIONS = [
    "attribute_not_exists(pk)",
    "attribute_not_exists(pk) OR (#owner = :me AND #token = :one)",
    "#owner = :me AND #token < :one",
    "attribute_exists(pk) OR attribute_not_exists(pk)",
    "#owner <> :me",
]
UPDATES = [
    "SET #owner = :me, #token = :one",
    "SET #owner = :me ADD #token :one",
    "SET history = list_append(if_not_exists(history, :none), :told) REMOVE #owner",
    "REMOVE #token, #owner SET answer = :me",
]
VALUES = {":me": {"S": "me"}, ":one": {"N": "1"}, ":none": {"L": []}, ":told": {"L": [{"S": "said"}]}}

calls = st.tuples(
    st.sampled_from(["get_item", "put_item", "update_item", "delete_item"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, *CONDITIONS]),
    st.sampled_from(UPDATES),
    st.sampled_from(["me", "you"]),
)


@pytest.fixture(scope="module")
def motos() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        yield client


def requested(operation: str, pk: str, condition: str | None, update: str, owner: str) -> dict[str, Any]:
    request: dict[str, Any] = {"TableName": TABLE}
    used = ""
    if operation == "put_item":
        request["Item"] = {"pk": {"S": pk}, "owner": {"S": owner}, "token": {"N": "1"}}
    else:
        request["Key"] = {"pk": {"S": pk}}
    if operation == "update_item":
        request["UpdateExpression"] = used = update
    if condition and operation != "get_item":
        request["ConditionExpression"] = condition
        used += condition
    names = {key: value for key, value in NAMES.items() if key in used}
    values = {key: value for key, value in VALUES.items() if key in used}
    return request | ({"ExpressionAttributeNames": names} if names else {}) | (
        {"ExpressionAttributeValues": values} if values else {}
    )  # fmt: skip


def answer(client: Any, operation: str, request: dict[str, Any]) -> Any:
    try:
        return getattr(client, operation)(**request).get("Item")
    except (ApiError, ClientError) as error:
        return error.code if isinstance(error, ApiError) else error.response["Error"]["Code"]


@given(st.lists(calls, min_size=1, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_calls_is_answered_as_by_moto(motos: Any, some: list[tuple[Any, ...]]) -> None:
    mine = DynamoDb()
    mine.tables[TABLE] = {}
    motos.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    try:
        for operation, pk, condition, update, owner in some:
            request = requested(operation, pk, condition, update, owner)
            assert answer(mine, operation, request) == answer(motos, operation, request)
    finally:
        motos.delete_table(TableName=TABLE)
