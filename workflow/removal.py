"""The custom resource that keeps the stack from being deleted while a rollout runs."""

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

ANSWERS_WITHIN = Duration.minutes(10)


def guard_deletion(scope: Construct, function: lambda_.IFunction, everything: list[IDependable]) -> None:
    """It depends on everything, so it is made last and deleted first."""
    guard = CustomResource(
        scope,
        "NoRolloutRuns",
        resource_type="Custom::NoRolloutRuns",
        service_token=function.function_arn,
        service_timeout=ANSWERS_WITHIN,
    )
    guard.node.add_dependency(*everything)
