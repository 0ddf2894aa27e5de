"""What the engine reads of a synthesized stack, and of the packaged handlers."""

import json
import sys
from pathlib import Path

import pytest

import handlers.catalogue
from handlers.catalogue import TRIGGERS
from simulator.stepfunctions.definition import all_states
from simulator.stepfunctions.deployed_stack import load
from simulator.stepfunctions.lambda_functions import LOGS, Functions


def test_every_function_has_its_asset_and_its_table(cdk_out: Path) -> None:
    deployment = load(cdk_out)
    tables = {table.name for table in deployment.tables}
    for function in deployment.functions:
        assert (function.asset / "handlers" / "catalogue.py").is_file()
        assert function.environment["TABLE_NAME"] in tables
    definition = json.loads(deployment.machine.definition)
    invoked = {
        state["Parameters"]["FunctionName"] for state in all_states(definition).values() if state["Type"] == "Task"
    }
    triggers = {f"{state.module}.handler" for state in TRIGGERS}
    versions = {f"{function.arn}:1" for function in deployment.functions if function.handler not in triggers}
    assert invoked == versions, "an execution keeps the versions that it began with"


def test_handlers_come_from_the_asset_and_leave_the_checkouts_alone(cdk_out: Path) -> None:
    deployment = load(cdk_out)
    functions = Functions(deployment.functions)
    for handler in functions.handlers.values():
        assert str(deployment.functions[0].asset) in handler.__wrapped__.__code__.co_filename  # type: ignore[attr-defined]
    assert sys.modules["handlers.catalogue"] is handlers.catalogue


def test_an_error_is_answered_as_lambda_does(cdk_out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deployment = load(cdk_out)
    functions = Functions(deployment.functions)
    assess = next(function for function in deployment.functions if "assess_fleet" in function.handler)
    with functions.environment():
        body = json.dumps({"rollout": {"version": 0}, "direction": "forward", "execution_id": "arn:x:run"}).encode()
        answer, error = functions.invoke(assess.arn, body)
    assert error == "PayloadOfAnotherVersion"
    assert set(answer) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert answer["errorMessage"].startswith("Assess fleet: The payload is of version 0")
    assert capsys.readouterr().out == "", "what handlers print is kept off the screen"
    assert any("PayloadOfAnotherVersion" in line for line in LOGS.lines)


def test_topics_and_event_buses_are_named_as_cloudformation_refers_to_them(tmp_path: Path) -> None:
    """Ref gives a topic's ARN and a bus's name (CloudFormation, return values of both)."""
    refers = {"Fn::Join": [" ", [{"Ref": "Told"}, {"Ref": "Bus"}, {"Fn::GetAtt": ["Bus", "Arn"]}]]}
    resources = {
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": refers}},
        "Told": {"Type": "AWS::SNS::Topic"},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "Bus"}},
    }
    (tmp_path / "S.template.json").write_text(json.dumps({"Resources": resources}))
    (tmp_path / "S.assets.json").write_text(json.dumps({"files": {}}))
    deployment = load(tmp_path, "S")
    assert (deployment.topics, deployment.event_buses) == (("Told",), ("Bus",))
    assert deployment.machine.definition.split() == [
        "arn:aws:sns:eu-west-1:123456789012:Told",
        "Bus",
        "arn:aws:events:eu-west-1:123456789012:event-bus/Bus",
    ]


def test_an_intrinsic_that_is_not_known_is_named(tmp_path: Path) -> None:
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": {"Fn::Cidr": ["x"]}}}
    (tmp_path / "S.template.json").write_text(json.dumps({"Resources": {"Machine": machine}}))
    (tmp_path / "S.assets.json").write_text(json.dumps({"files": {}}))
    with pytest.raises(ValueError, match="Fn::Cidr is not known"):
        load(tmp_path, "S")
