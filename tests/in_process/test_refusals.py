"""What the in-process mode does not know it refuses by name, before anything runs: it never guesses."""

from typing import Any

import pytest

from simulator.api.dispatch import ApiError
from simulator.in_process.dynamodb import DynamoDb
from simulator.stepfunctions.walker.json_path import NoSuchPath, NotSupportedInProcess, at, put, template
from simulator.stepfunctions.walker.supported import check

DONE: dict[str, Any] = {"Type": "Succeed"}


ASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Map", "Next": "Done"},
        {"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z", "Next": "Done"},
        {"Type": "Pass", "InputPath": "$states.input", "Next": "Done"},
        {"Type": "Pass", "Parameters": {"a": [{"b.$": "States.UUID()"}]}, "Next": "Done"},
        {"Type": "Pass", "ResultPath": "$.a[0]", "Next": "Done"},
        {"Type": "Pass", "Assign": {"x": 1}, "Next": "Done"},
        {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Done"},
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Done"},
        {**ASK, "Parameters": {"FunctionName": "f", "InvocationType": "Event"}, "Next": "Done"},
        {**ASK, "Retry": [{"ErrorEquals": ["x"], "Unheard": 1}], "Next": "Done"},
        {**ASK, "Catch": [{"ErrorEquals": ["x"], "Assign": {}, "Next": "Done"}], "Next": "Done"},
        {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "Done"}], "Default": "Done"},
        {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Map"}}}], "Next": "Done"},
        {"Type": "Parallel", "Branches": [{}, {}], "Next": "Done"},
    ],
)
def test_a_definition_with_something_else_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedInProcess):
        check({"StartAt": "It", "States": {"It": state, "Done": DONE}})


@pytest.mark.parametrize("more", [{"TimeoutSeconds": 9}, {"QueryLanguage": "JSONata"}])
def test_a_machine_with_something_else_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedInProcess, match=next(iter(more))):
        check({"StartAt": "Done", "States": {"Done": DONE}, **more})


def test_the_synthesized_definition_is_known(definition: dict[str, Any]) -> None:
    check(definition)


def test_paths() -> None:
    data, context = {"a": {"b": 1}, "c": [{"d": 2}]}, {"Execution": {"Id": "arn"}}
    assert at("$.a.b", data, context) == 1
    assert at("$$.Execution.Id", data, context) == "arn"
    assert at("$.c[0].d", data, context) == 2
    assert put("$.a.c", data, 2) == {"a": {"b": 1, "c": 2}, "c": [{"d": 2}]}
    assert put(None, data, 2) is data
    assert template({"n.$": "$.a.b", "k": 1}, data, context) == {"n": 1, "k": 1}
    for missing in ("$.a.z", "$.a[0]", "$.c[1]", "$.c.d"):
        with pytest.raises(NoSuchPath):
            at(missing, data, context)
    assert at("$['a']['b']", data, context) == 1
    assert at("$..b", data, context) == [1]
    assert at("$.c[*].d", data, context) == [2]
    assert at("$.z[1:5]", data, context) == []
    for unknown in ("$a.b", "States.Format('{}', $.a.b)"):
        with pytest.raises(NotSupportedInProcess):
            at(unknown, data, context)


@pytest.mark.parametrize("condition", ["size(pk) > :n", "begins_with(pk, :n)", "NOT pk = :n", "pk = :n pk"])
def test_an_expression_with_something_else_is_refused(condition: str) -> None:
    dynamodb = DynamoDb()
    dynamodb.tables["table"] = {}
    with pytest.raises((NotSupportedInProcess, KeyError)):
        dynamodb.delete_item(
            TableName="table",
            Key={"pk": {"S": "x"}},
            ConditionExpression=condition,
            ExpressionAttributeValues={":n": {"S": "x"}},
        )


def test_a_table_that_is_not_there_is_missed() -> None:
    with pytest.raises(ApiError, match="not found"):
        DynamoDb().get_item(TableName="none", Key={"pk": {"S": "x"}})
