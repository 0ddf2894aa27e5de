"""What docs/aws-facts.md says of permissions, held against the region: one test for each line that IAM decides.

Elsewhere: subnets of a shared VPC (`test_enforcement`, `test_needs`), which actions know no resources (`test_needs`,
`tests/permissions/test_roles`), PassRole in a rollout's dry runs (`test_narrow_by_default`).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.iam.authorization import Authorization, Caller
from simulator.iam.evaluation import AccessRequest, Decision, Principal
from simulator.iam.roles import Policies
from simulator.stepfunctions.stack_policies import policies_of
from simulator.stepfunctions.template_resolver import ACCOUNT, Resolver
from tests.iam.test_needs import PLACE, REQUESTS, ROLE

ACTS = f"arn:aws:iam::{ACCOUNT}:role/acts"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:Alarms"


def refused(service: str, operation: str, request: dict[str, Any], *statements: dict[str, Any]) -> tuple[str, str]:
    """Code and message of the denial of a call by a role with these statements; two empty texts where it may."""
    policies = Policies({ACTS: statements}, {})
    authorization = Authorization(policies, PLACE, lambda: Caller("any", ACTS), lambda _event: None)
    return authorization.refused(service, operation, request) or ("", "")


def all_but(action: str, resource: str = "*") -> tuple[dict[str, Any], dict[str, Any]]:
    return ANYTHING, {"Effect": "Deny", "Action": action, "Resource": resource}


def test_composite_alarms_are_shown_to_who_may_ask_for_all() -> None:
    """DescribeAlarms (botocore): "you must be signed on with the … permission that is scoped to *"."""
    of_alarms = {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "arn:aws:cloudwatch:*:*:alarm:*"}
    of_all = {**of_alarms, "Resource": "*"}
    composite = {"AlarmNames": ["errors"], "AlarmTypes": ["CompositeAlarm", "MetricAlarm"]}
    assert refused("cloudwatch", "DescribeAlarms", {"AlarmNames": ["errors"]}, of_alarms) == ("", "")
    assert refused("cloudwatch", "DescribeAlarms", composite, of_alarms)[0] == "AccessDenied"
    assert refused("cloudwatch", "DescribeAlarms", composite, of_all) == ("", "")


def test_a_dry_run_of_run_instances_checks_pass_role() -> None:
    """re:Post, "ec2-not-auth-launch": UnauthorizedOperation, which names the role."""
    code, message = refused(
        "ec2", "RunInstances", {**REQUESTS["ec2", "RunInstances"], "DryRun": True}, *all_but("iam:PassRole")
    )
    assert code == "UnauthorizedOperation"
    assert f"not authorized to perform: iam:PassRole on resource: {ROLE} " in message


@pytest.mark.parametrize("action", ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole", "ssm:GetParameters"])
@pytest.mark.parametrize("operation", ["CreateAutoScalingGroup", "UpdateAutoScalingGroup"])
def test_a_group_with_a_launch_template_is_tried_as_the_caller(operation: str, action: str) -> None:
    request = REQUESTS["autoscaling", operation]
    assert refused("autoscaling", operation, request, ANYTHING) == ("", "")
    assert refused("autoscaling", operation, request, *all_but(action))[0] == "AccessDenied"


def test_an_organization_may_deny_launches_by_their_kind_of_resource() -> None:
    """Policies on metadata options do so (karpenter-provider-aws issue 9018)."""
    on_instances = all_but("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*")
    code, message = refused("ec2", "RunInstances", REQUESTS["ec2", "RunInstances"], *on_instances)
    assert code == "UnauthorizedOperation"
    assert "with an explicit deny" in message


@pytest.mark.parametrize("key", ["taskRoleArn", "executionRoleArn"])
def test_a_task_definition_takes_pass_role_for_each_of_its_roles(key: str) -> None:
    request = {"family": "web", key: ROLE}
    message = refused("ecs", "RegisterTaskDefinition", request, *all_but("iam:PassRole", ROLE))[1]
    assert f"iam:PassRole on resource: {ROLE}" in message
    assert refused("ecs", "RegisterTaskDefinition", {"family": "web"}, *all_but("iam:PassRole")) == ("", "")


DENY = {
    "Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": TOPIC,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}  # fmt: skip
ALLOW = {
    "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": TOPIC
}  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        (None, Decision.ALLOWED),
        ([DENY], Decision.NOT_ALLOWED),
        ([DENY, ALLOW], Decision.ALLOWED),
    ],
    ids=["no policy", "a denial only", "a denial, and CloudWatch"],
)
def test_a_topics_policy_replaces_the_default_one(statements: list[dict[str, Any]] | None, decision: Decision) -> None:
    """aws-solutions/automated-security-response-on-aws issue 43: CloudWatch could not publish any more."""
    resources: dict[str, Any] = {"Alarms": {"Type": "AWS::SNS::Topic", "Properties": {}}}
    if statements is not None:
        properties = {"Topics": [{"Ref": "Alarms"}], "PolicyDocument": {"Statement": statements}}
        resources["Policy"] = {"Type": "AWS::SNS::TopicPolicy", "Properties": properties}
    found = policies_of(resources, Resolver({"Resources": resources}, "any", "eu-west-1"))
    context = {"aws:SecureTransport": "true", "aws:SourceOwner": ACCOUNT}
    asked = AccessRequest(Principal(ACCOUNT, service="cloudwatch.amazonaws.com"), "sns:Publish", TOPIC, context)
    assert Policies({}, found.resources).decide(asked) is decision


def test_services_take_on_roles_for_this_account_only(following: Path) -> None:
    """The confused deputy: Scheduler, EventBridge and Step Functions say for whom they ask. Lambda does not."""
    template = json.loads((following / "EcsAmiRollout.template.json").read_text())
    found = policies_of(template["Resources"], Resolver(template, "EcsAmiRollout", "eu-west-1"))
    services = set()
    for statements in found.trusts.values():
        for each in statements:
            service = each["Principal"]["Service"]
            if service != "lambda.amazonaws.com":
                services.add(service.partition(".")[0])
                assert each["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT, service
    assert services == {"events", "scheduler", "states"}
