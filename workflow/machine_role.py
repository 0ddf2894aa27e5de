"""The state machine's role: it invokes any version of the functions behind its states, logs, and traces.

An execution goes on invoking the versions that it began with when the stack is deployed anew, so naming one version of
each function would not do.
"""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from handlers.catalogue import TASK_STATES
from workflow.functions import Functions

LOG_DELIVERY = (
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
)  # fmt: skip
"""What Step Functions asks of the role before it logs ("Logging using CloudWatch Logs", developer guide).

CloudWatch Logs knows no resources for these.
"""
TRACING = (
    "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"
)  # fmt: skip
"""What it asks of the role to trace ("IAM policies for AWS X-Ray", developer guide); X-Ray knows no resources."""


def machine_role(scope: Construct, functions: Functions) -> iam.Role:
    """The role, with all that it may do."""
    role = iam.Role(
        scope,
        "MachineRole",
        assumed_by=only_for("states", "stateMachine:*"),
        description="ECS AMI rollout: the state machine",
    )
    invoked = [f"{functions.by_handler[state.handler].function_arn}:*" for state in TASK_STATES]
    role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=invoked))
    role.add_to_policy(iam.PolicyStatement(actions=[*LOG_DELIVERY, *TRACING], resources=["*"]))
    return role


def only_for(service: str, resource: str) -> iam.ServicePrincipal:
    """A service on behalf of such a resource of this account and Region, and of nobody else's.

    "Cross-service confused deputy prevention", in the developer guides of Step Functions and EventBridge.
    """
    return iam.ServicePrincipal(
        f"{service}.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"},
        },
    )
