"""The synthesized template: what is deployed, and that others' checkers find nothing in it."""

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions
from botocore.session import get_session

from handlers import catalogue
from handlers.catalogue import TASK_STATES, TRIGGERS
from simulator.stepfunctions.definition import all_states
from simulator.stepfunctions.deployed_stack import load
from tests.checkers import cfn_lint
from workflow.download import dependencies, directory_of
from workflow.permissions import Role

STATES = (*TASK_STATES, *TRIGGERS)
ROOT = Path(__file__).parents[2]
ASSET_AT_MOST = 20 * 1024 * 1024


def resources(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == kind]


@pytest.fixture(scope="session")
def asset(cdk_out: Path) -> Path:
    assets = {function.asset for function in load(cdk_out).functions}
    assert len(assets) == 1, "all functions share one asset"
    return assets.pop()


def test_one_function_for_each_task_state_and_trigger(template: dict[str, Any]) -> None:
    functions = resources(template, "AWS::Lambda::Function")
    assert {function["Handler"] for function in functions} == {f"{state.module}.handler" for state in STATES}
    for function in functions:
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert "TABLE_NAME" in function["Environment"]["Variables"]
        assert "LoggingConfig" in function
    assert len({json.dumps(function["Role"]) for function in functions}) == len(Role), "reads, acts, starts"


def test_what_is_retried_is_what_boto3_raises(definition: dict[str, Any]) -> None:
    services = ("autoscaling", "cloudwatch", "dynamodb", "ec2", "ecs", "elbv2", "ssm")
    models = [get_session().get_service_model(service) for service in services]
    modelled = {shape.name for model in models for shape in model.error_shapes}
    ours = {"ChangeInProgress", "NotShownYet", "PartialFailure"}
    raised = ours | {name for name in dir(exceptions) if name.endswith("Error")}
    retried = {
        error
        for retry in all_states(definition)[catalogue.SCALE_OUT.forward]["Retry"]
        for error in retry["ErrorEquals"]
    }
    of_calls = {error for error in retried if not error.startswith(("Lambda.", "Runtime.", "Sandbox.", "States."))}
    assert of_calls <= modelled | raised


def test_the_machine_is_standard_traced_and_logged(template: dict[str, Any]) -> None:
    (machine,) = resources(template, "AWS::StepFunctions::StateMachine")
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ALL"


def test_logs_do_not_grow_for_ever(template: dict[str, Any]) -> None:
    groups = resources(template, "AWS::Logs::LogGroup")
    assert len(groups) == len(STATES) + 1
    assert all(group["RetentionInDays"] for group in groups)


def test_the_table_outlives_the_stack(template: dict[str, Any]) -> None:
    (table,) = [resource for resource in template["Resources"].values() if resource["Type"] == "AWS::DynamoDB::Table"]
    assert table["DeletionPolicy"] == "Retain"
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_no_action_is_a_wildcard(template: dict[str, Any]) -> None:
    for policy in resources(template, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert "*" not in action


def test_what_ships_is_small_and_ours(asset: Path) -> None:
    inside = {path.name for path in asset.iterdir()}
    assert {"handlers", "boto3", "botocore", "aws_lambda_powertools"} <= inside
    assert not {"aws_cdk", "moto", "simulator", "workflow", "cli", "jsii"} & inside
    assert sum(path.stat().st_size for path in asset.rglob("*") if path.is_file()) < ASSET_AT_MOST
    assert not list(asset.rglob("*.pyc"))


def test_what_ships_is_what_was_tested(asset: Path) -> None:
    for package in ("boto3", "botocore", "aws_lambda_powertools"):
        version = metadata.version(package.replace("_", "-"))
        assert list(asset.glob(f"{package}-{version}.dist-info")), f"{package} {version}"


def test_the_asset_has_the_model_of_every_service_that_is_called(asset: Path) -> None:
    source = (ROOT / "handlers" / "runtime" / "clients.py").read_text()
    kept = {path.name for path in (asset / "botocore" / "data").iterdir() if path.is_dir()}
    called = {part.split('"')[1] for part in source.split("client(")[1:]}
    assert called
    assert called <= kept


def test_native_code_in_the_asset_is_for_arm64(asset: Path) -> None:
    native = list(asset.rglob("*.so"))
    assert native
    assert all("aarch64" in path.name for path in native)


def test_synthesis_works_offline_and_a_lock_file_that_ships_the_same_changes_nothing(
    cdk_out: Path, tmp_path: Path
) -> None:
    """A new version of unchanged code would fail the deployment (aws-cdk issue 26777)."""
    copy = tmp_path / "copy"
    names = ("app.py", "cdk.json", "rollouts.toml", "uv.lock", "workflow", "handlers", ".build")
    copy.mkdir()
    for name in names:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.partial"))
        else:
            shutil.copy(source, copy / name)
    downloaded = copy / dependencies().relative_to(ROOT)
    with (copy / "uv.lock").open("a") as lock:
        lock.write("# another version of something that does not ship\n")
    downloaded.rename(downloaded.with_name(directory_of(copy / "uv.lock")))
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    subprocess.run([sys.executable, "app.py"], cwd=copy, env={**os.environ, **nowhere}, check=True, capture_output=True)
    stack = "EcsAmiRollout.template.json"
    assert json.loads((copy / "cdk.out" / stack).read_text()) == json.loads((cdk_out / stack).read_text())


def test_asl_validator_finds_nothing(definition: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "definition.asl.json"
    path.write_text(json.dumps(definition))
    checker = ROOT / "node_modules" / ".bin" / "asl-validator"
    done = subprocess.run([checker, "--json-path", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_asl_validator_can_find_something(definition: dict[str, Any], tmp_path: Path) -> None:
    broken = json.loads(json.dumps(definition))
    all_states(broken)[catalogue.SCALE_OUT.forward]["Next"] = "Nowhere"
    path = tmp_path / "broken.asl.json"
    path.write_text(json.dumps(broken))
    checker = ROOT / "node_modules" / ".bin" / "asl-validator"
    done = subprocess.run([checker, "--json-path", path], capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_cfn_lint_finds_nothing(cdk_out: Path) -> None:
    assert cfn_lint(cdk_out / "EcsAmiRollout.template.json") == ""
