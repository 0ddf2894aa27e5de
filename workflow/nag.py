"""cdk-nag's AwsSolutions rules that this stack does not follow, each with its reason. A test runs all of them."""

from collections.abc import Iterable, Iterator

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn

from workflow.permissions import ANY, RESOURCES, ROLE_ARN, Role, names_of, passes, spelled
from workflow.reach import ANYTHING, Reach

NAMES = (
    "A rollout may be started for whatever the settings permit, so this is a pattern of names (docs/permissions.md)."
)
STAR = f"Only for: {', '.join(sorted(ANY))}. The reasons stand in docs/permissions.md."
EXECUTIONS = "All executions of the stack's own state machine: a function is told which one it works for."
VERSIONS = "All versions of this one function: an execution keeps the version that it began with."
ACCEPTED = {
    "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]":
        "It lets a function write its own log, and nothing more.",
    "IAM5[Resource::*]": STAR,
    "L1": "The dependencies are locked, built and tested for this runtime; it is raised on purpose.",
    "SNS2": "CloudWatch cannot publish to a topic under AWS's own key; this one carries the alarms' words only.",
    "SQS3": "These queues are where undeliverable events end: dead-letter queues themselves.",
}  # fmt: skip


def accept(stack: Stack, functions: Iterable[lambda_.Function], machine: sfn.StateMachine, reach: Reach) -> None:
    """Write the reasons into the template's metadata, where auditors read them."""
    named = stack.get_logical_id(machine.node.default_child)  # type: ignore[arg-type]
    executions = f"states:<AWS::Region>:<AWS::AccountId>:execution:<{named}.Name>:*"
    ids = [stack.get_logical_id(function.node.default_child) for function in functions]  # type: ignore[arg-type]
    reasons = (
        ACCEPTED
        | {f"IAM5[Resource::<{instance_id}.Arn>:*]": VERSIONS for instance_id in ids}
        | {f"IAM5[Resource::arn:<AWS::Partition>:{executions}]": EXECUTIONS}
        | dict.fromkeys(_names(reach), NAMES)
    )
    Validations.of(stack).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason) for rule, reason in reasons.items())
    )


def _names(reach: Reach) -> Iterator[str]:
    about = [(resource, names_of(role, reach)) for role in Role for some in RESOURCES.values() for resource in some]
    about += [(resource, {"template": ANYTHING}) for resource in RESOURCES["ec2:CreateLaunchTemplateVersion"]]
    about += [(ROLE_ARN, {"role": getattr(reach, names)}) for role in Role for _service, names in passes(role)]
    found = {name for given in about for name in spelled(*given, "<AWS::Region>", "<AWS::AccountId>")}
    yield from (f"IAM5[Resource::arn:<AWS::Partition>:{name}]" for name in sorted(found) if "*" in name)
