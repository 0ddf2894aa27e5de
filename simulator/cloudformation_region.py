"""A region whose stack moto's CloudFormation has deployed: a second reading of the template, beside our own.

    with CloudFormationSimulation(scenario, seed=1, cdk_out=ensure_synthesized()) as region:
        region.set_parameter(...)          # the rule that CloudFormation made starts the rollout

What the region runs is read back by the APIs: functions and their environment from Lambda, the definition from Step
Functions, rules and targets from EventBridge; tables, topics and subscriptions are used where they are. Patched are
moto's gaps: a function without a name gets another one each time it is read, a version has no ARN, and a state
machine goes to moto's backend that runs nothing. Custom resources are left out, because moto would run their function
in Docker. What moto does not support is in `unsupported`.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moto.awslambda.models import LambdaVersion
from moto.awslambda.utils import get_backend
from moto.stepfunctions import models as plain
from moto.stepfunctions.parser.models import stepfunctions_parser_backends as executing

from simulator.api.clients import client
from simulator.full_mode.region import FullRegion
from simulator.stepfunctions.deployed_stack import DeployedStack, Function, Rule, StateMachine, load
from simulator.stepfunctions.lambda_functions import unqualified
from simulator.stepfunctions.template_resolver import ACCOUNT

STACK = "EcsAmiRollout"
BOOTSTRAP = "hnb659fds"
"""CDK's default qualifier."""

FUNCTION, CUSTOM = "AWS::Lambda::Function", "Custom::"


class CloudFormationRegion(FullRegion):
    """The region of `scenario`, its stack in moto's CloudFormation. `deployed` are physical ids by logical ids."""

    def _deploy(self) -> None:
        region = self.scenario.region
        template = named(json.loads((self._cdk_out / f"{STACK}.template.json").read_text()))
        known = {name: one for name, one in template["Resources"].items() if not one["Type"].startswith(CUSTOM)}
        with _patched():
            self.deployed = create_stack({**template, "Resources": known}, region)
        self.unsupported = {one["Type"] for name, one in template["Resources"].items() if name not in self.deployed}
        deployment = read_back(self._cdk_out, region, self.deployed)
        (machine,) = client("stepfunctions", region).list_state_machines()["stateMachines"]
        self._make_engine()
        self.engine.adopt(deployment, machine["stateMachineArn"])
        self.deployment = deployment
        self._enforce(deployment)


def named(template: dict[str, Any]) -> dict[str, Any]:
    """The template with its functions named by their logical ids."""
    for name, one in template["Resources"].items():
        if one["Type"] == FUNCTION:
            one["Properties"].setdefault("FunctionName", name)
    return template


def create_stack(template: dict[str, Any], region: str) -> dict[str, str]:
    """Deploy it; physical ids by logical ids. Raises RuntimeError where CloudFormation does not complete it."""
    s3, formation = client("s3", region), client("cloudformation", region)
    bucket = f"cdk-{BOOTSTRAP}-assets-{ACCOUNT}-{region}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    for resource in template["Resources"].values():
        if resource["Type"] == FUNCTION:
            s3.put_object(Bucket=bucket, Key=resource["Properties"]["Code"]["S3Key"], Body=_some_code())
    s3.put_object(Bucket=bucket, Key="template", Body=json.dumps(template).encode())
    client("ssm", region).put_parameter(Name=f"/cdk-bootstrap/{BOOTSTRAP}/version", Value="30", Type="String")
    formation.create_stack(
        StackName=STACK,
        TemplateURL=f"https://{bucket}.s3.{region}.amazonaws.com/template",
        Capabilities=["CAPABILITY_IAM"],
    )
    (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise RuntimeError(f"{STACK} is {stack['StackStatus']}: {stack.get('StackStatusReason', '')}")
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        summary["LogicalResourceId"]: summary.get("PhysicalResourceId", "")
        for page in pages
        for summary in page["StackResourceSummaries"]
    }


def read_back(cdk_out: Path, region: str, deployed: dict[str, str]) -> DeployedStack:
    """What was deployed, as its APIs say it; only the code is taken from the asset."""
    states = client("stepfunctions", region)
    (machine,) = states.list_state_machines()["stateMachines"]
    described = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    template = load(cdk_out, STACK, region, deployed)
    functions = tuple(_function(function, region) for function in template.functions)
    roles = {rule.name: rule.role for rule in template.rules}
    return DeployedStack(
        StateMachine(described["name"], described["definition"], template.machine.role),
        functions,
        (),
        rules=tuple(_rules(region, roles)),
        policies=template.policies,
    )


def _function(function: Function, region: str) -> Function:
    there = client("lambda", region).get_function_configuration(FunctionName=function.name)
    environment = there.get("Environment", {}).get("Variables", {})
    return replace(function, arn=unqualified(there["FunctionArn"]), handler=there["Handler"], environment=environment)


def _rules(region: str, roles: dict[str, str]) -> Iterator[Rule]:
    """As EventBridge has them; `roles` are the template's by rule: moto names roles anew."""
    events = client("events", region)
    for rule in events.list_rules()["Rules"]:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            given = target["InputTransformer"]
            paths = given.get("InputPathsMap", {})
            pattern = json.loads(rule["EventPattern"])
            role = roles.get(rule["Name"], "")
            yield Rule(rule["Name"], target["Arn"], pattern, given["InputTemplate"], paths, role)


def _some_code() -> bytes:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handlers/__init__.py", "")
    return code.getvalue()


@contextmanager
def _patched() -> Iterator[None]:
    with ExitStack() as patches:
        published = classmethod(_with_an_arn)
        patches.enter_context(patch.object(LambdaVersion, "create_from_cloudformation_json", published))
        patches.enter_context(patch.object(plain, "stepfunctions_backends", executing))
        yield


def _with_an_arn(
    cls: type[LambdaVersion], /, _name: str, given: dict[str, Any], account_id: str, region_name: str, **_more: Any
) -> LambdaVersion:
    name = str(given["Properties"]["FunctionName"]).rsplit(":", 1)[-1]
    there: Any = get_backend(account_id, region_name).publish_version(name)
    version: Any = cls({"Version": there.version})
    version.physical_resource_id = there.function_arn
    return version  # type: ignore[no-any-return]
