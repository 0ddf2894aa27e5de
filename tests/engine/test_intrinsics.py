"""The synthesized template is read as CloudFormation would deploy it, and what is not understood is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.stepfunctions.deployed_stack import Function, Table, load

DIGEST = "0" * 64
RESOURCES: dict[str, Any] = {
    "Lock": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        },
    },
    "Plan": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": f"{DIGEST}.zip"},
            "Handler": "handlers.states.plan_rollout.handler",
            "MemorySize": 256,
            "Environment": {"Variables": {"TABLE_NAME": {"Ref": "Lock"}, "STACK": {"Ref": "AWS::StackName"}}},
        },
    },
    "Machine": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "DefinitionString": {
                "Fn::Join": [
                    "",
                    [
                        '{"StartAt":"P","States":{"P":{"Type":"Task","End":true,"Resource":"arn:',
                        {"Ref": "AWS::Partition"},
                        ':states:::lambda:invoke","Parameters":{"FunctionName":"',
                        {"Fn::GetAtt": ["Plan", "Arn"]},
                        '"}}}}',
                    ],
                ]
            }
        },
    },
    "Metadata": {"Type": "AWS::CDK::Metadata", "Properties": {}},
}


def synthesized(path: Path, **changes: Any) -> Path:
    """A cloud assembly of the resources above; None takes one away."""
    resources = {name: value for name, value in (RESOURCES | changes).items() if value is not None}
    (path / "Stack.template.json").write_text(json.dumps({"Resources": resources}))
    files = {DIGEST: {"source": {"path": f"asset.{DIGEST}", "packaging": "zip"}}}
    (path / "Stack.assets.json").write_text(json.dumps({"files": files}))
    return path


def test_functions_tables_and_definition_are_resolved(tmp_path: Path) -> None:
    deployment = load(synthesized(tmp_path), "Stack", region="eu-west-1")
    function = "arn:aws:lambda:eu-west-1:123456789012:function:Plan"
    assert deployment.functions == (
        Function(
            "Plan",
            function,
            tmp_path / f"asset.{DIGEST}",
            "handlers.states.plan_rollout.handler",
            {"TABLE_NAME": "Lock", "STACK": "Stack"},
            256,
        ),
    )
    assert deployment.tables == (
        Table(
            "Lock",
            [{"AttributeName": "pk", "KeyType": "HASH"}],
            [{"AttributeName": "pk", "AttributeType": "S"}],
        ),
    )
    task = json.loads(deployment.machine.definition)["States"]["P"]
    assert task["Resource"] == "arn:aws:states:::lambda:invoke"
    assert task["Parameters"] == {"FunctionName": function}


def with_definition(definition: Any) -> dict[str, Any]:
    return {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": definition}}}


@pytest.mark.parametrize(
    ("intrinsic", "text"),
    [
        ({"Fn::Sub": "${AWS::Region}/${Lock}"}, "eu-west-1/Lock"),
        ({"Fn::Sub": "${Lock.Arn}"}, "arn:aws:dynamodb:eu-west-1:123456789012:table/Lock"),
        ({"Fn::Sub": ["${who} in ${AWS::Region}", {"who": {"Ref": "Plan"}}]}, "Plan in eu-west-1"),
        ({"Ref": "Machine"}, "arn:aws:states:eu-west-1:123456789012:stateMachine:Machine"),
        ({"Fn::GetAtt": "Plan.Arn"}, "arn:aws:lambda:eu-west-1:123456789012:function:Plan"),
    ],
)
def test_intrinsics_give_what_cloudformation_gives(tmp_path: Path, intrinsic: Any, text: str) -> None:
    assert load(synthesized(tmp_path, **with_definition(intrinsic)), "Stack").machine.definition == text


@pytest.mark.parametrize(
    ("definition", "complaint"),
    [
        ({"Fn::ImportValue": "x"}, "the intrinsic Fn::ImportValue is not known here"),
        ({"Ref": "Missing"}, "refers to Missing"),
        ({"Fn::GetAtt": ["Metadata", "Arn"]}, "the ARN of a AWS::CDK::Metadata is not known here"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, definition: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        load(synthesized(tmp_path, **with_definition(definition)), "Stack")


def test_a_stack_without_a_state_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 state machines"):
        load(synthesized(tmp_path, Machine=None), "Stack")
