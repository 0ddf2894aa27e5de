"""cdk-nag's AwsSolutions rules that this stack does not follow, each with its reason. A test runs all of them."""

from collections.abc import Iterable, Iterator

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_lambda as lambda_

from workflow.permissions import ANY, RESOURCES, Reach, spelled

NAMES = "A rollout may be started for any cluster here, so this ends in a name that is not known (docs/permissions.md)."
STAR = f"Only for: {', '.join(sorted(ANY))}. The reasons stand in docs/permissions.md."
VERSIONS = "All versions of this one function: an execution keeps the version that it began with."
ACCEPTED = {
    "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]":
        "It lets a function write its own log, and nothing more.",
    "IAM5[Resource::*]": STAR,
    "IAM5[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role/*]":
        "Passed to the services that the condition names only: which role is the launch template's own matter.",
    "L1": "The dependencies are locked, built and tested for this runtime; it is raised on purpose.",
    "SNS2": "CloudWatch cannot publish to a topic under AWS's own key; this one carries the alarms' words only.",
    "SQS3": "These queues are where undeliverable events end: dead-letter queues themselves.",
}  # fmt: skip


def accept(stack: Stack, functions: Iterable[lambda_.Function], reach: Reach) -> None:
    """Write the reasons into the template's metadata, where auditors read them."""
    ids = [stack.get_logical_id(function.node.default_child) for function in functions]  # type: ignore[arg-type]
    reasons = (
        ACCEPTED
        | {f"IAM5[Resource::<{instance_id}.Arn>:*]": VERSIONS for instance_id in ids}
        | dict.fromkeys(_names(reach), NAMES)
    )
    Validations.of(stack).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason) for rule, reason in reasons.items())
    )


def _names(reach: Reach) -> Iterator[str]:
    for resource in sorted({each for some in RESOURCES.values() for each in some}):
        for name in spelled(resource, reach, "<AWS::Region>", "<AWS::AccountId>"):
            yield f"IAM5[Resource::arn:<AWS::Partition>:{name}]"
