"""The template deploys into moto's CloudFormation: a second reading of it, beside the one that the simulator makes.

Two of moto's gaps are mended here: a function without a name gets another one each time it is looked at, and a version
has no ARN. What it does not support is named, so that a new resource of such a type is noticed.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from moto import mock_aws
from moto.awslambda.models import LambdaVersion, get_backend

from simulator.clients import client

REGION, STACK = "eu-west-1", "EcsAmiRollout"
BUCKET = f"cdk-hnb659fds-assets-123456789012-{REGION}"
NOT_IN_MOTO = {
    "AWS::CloudWatch::Alarm",  # those over an expression and over a metric of ours
    "AWS::Lambda::EventInvokeConfig",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
}

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:moto.*")


def with_an_arn(
    cls: type[LambdaVersion], _name: str, given: dict[str, Any], account_id: str, region_name: str, **_more: Any
) -> LambdaVersion:
    name = str(given["Properties"]["FunctionName"]).rsplit(":", 1)[-1]
    published = get_backend(account_id, region_name).publish_version(name)
    version = cls({"Version": published.version})  # type: ignore[union-attr]
    version.physical_resource_id = published.function_arn  # type: ignore[attr-defined,union-attr]
    return version


@pytest.fixture
def resources(template: dict[str, Any]) -> dict[str, Any]:
    """The template's resources, its functions named."""
    found: dict[str, Any] = json.loads(json.dumps(template["Resources"]))
    for name, one in found.items():
        if one["Type"] == "AWS::Lambda::Function":
            one["Properties"]["FunctionName"] = name
    return found


@pytest.fixture
def deployed(template: dict[str, Any], resources: dict[str, Any]) -> Iterator[dict[str, str]]:
    """What moto made of it: physical ids by logical ids."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handlers/__init__.py", "")
    mend = patch.object(LambdaVersion, "create_from_cloudformation_json", classmethod(with_an_arn))
    with mock_aws(config={"lambda": {"use_docker": False}}), mend:
        s3, formation = client("s3", REGION), client("cloudformation", REGION)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for one in resources.values():
            if one["Type"] == "AWS::Lambda::Function":
                s3.put_object(Bucket=BUCKET, Key=one["Properties"]["Code"]["S3Key"], Body=code.getvalue())
        s3.put_object(Bucket=BUCKET, Key="template", Body=json.dumps({**template, "Resources": resources}).encode())
        client("ssm", REGION).put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
        formation.create_stack(
            StackName=STACK,
            TemplateURL=f"https://{BUCKET}.s3.{REGION}.amazonaws.com/template",
            Capabilities=["CAPABILITY_IAM"],
        )
        (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        pages = formation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        yield {
            one["LogicalResourceId"]: one.get("PhysicalResourceId", "")
            for page in pages
            for one in page["StackResourceSummaries"]
        }


def test_everything_that_moto_knows_is_created(resources: dict[str, Any], deployed: dict[str, str]) -> None:
    left = {resources[name]["Type"] for name in resources.keys() - deployed.keys()}
    assert left <= NOT_IN_MOTO
    assert len(deployed) > 0.8 * len(resources)


def test_the_machine_the_table_and_the_subscriptions_are_there(
    definition: dict[str, Any], deployed: dict[str, str]
) -> None:
    states = client("stepfunctions", REGION)
    (machine,) = states.list_state_machines()["stateMachines"]
    described = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    assert json.loads(described["definition"])["States"].keys() == definition["States"].keys()
    (table,) = client("dynamodb", REGION).list_tables()["TableNames"]
    assert table in deployed.values()
    below = client("ssm", REGION).get_parameters_by_path(Path=f"/{STACK}/rollouts")["Parameters"]
    assert [json.loads(one["Value"])["cluster"] for one in below] == ["prod"]


def test_the_rules_point_where_they_should(deployed: dict[str, str]) -> None:
    events = client("events", REGION)
    targets = {
        json.loads(rule["EventPattern"])["source"][0]: events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        for rule in events.list_rules()["Rules"]
    }
    (start,), (recover,) = targets["aws.ssm"], targets["aws.states"]
    assert "StartRollouts" in start["Arn"]
    assert ":stateMachine:" in recover["Arn"]
    assert set(start["InputTransformer"]["InputPathsMap"].values()) == {"$.detail.name", "$.account", "$.region"}
    assert deployed
