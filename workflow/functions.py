"""One Lambda function for each Task state and for what is beside the machine, each with its own role and log group.

Task states invoke a version, not the function: an execution that runs keeps the code that it began with when the stack
is deployed anew, because its definition names the versions, and they are retained.
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from handlers.catalogue import GUARD_DELETION, TASK_STATES, TRIGGERS, TaskState
from workflow.bundle import code
from workflow.permissions import Reach, permissions_of, tells
from workflow.tasks import FUNCTION_TIMEOUT

READ_AND_WRITE = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")


class Functions(Construct):
    """The functions by handler module, and the versions of those that Task states invoke."""

    def __init__(
        self, scope: Construct, name: str, *, table: dynamodb.ITable, topic: sns.ITopic, bus: str, reach: Reach
    ) -> None:
        super().__init__(scope, name)
        self._bus, self._reach = bus, reach
        asset = code()
        self.letters = sqs.Queue(self, "NotHandled", enforce_ssl=True, retention_period=Duration.days(14))
        self.by_handler: Mapping[str, lambda_.Function] = {
            state.handler: self._function(state, asset, table, topic) for state in (*TASK_STATES, *TRIGGERS)
        }
        self.versions: Mapping[str, lambda_.IVersion] = {
            state.handler: self.by_handler[state.handler].current_version for state in TASK_STATES
        }

    def _function(
        self, state: TaskState, asset: lambda_.Code, table: dynamodb.ITable, topic: sns.ITopic
    ) -> lambda_.Function:
        name = _camel(state.handler)
        function = lambda_.Function(
            self,
            name,
            description=f"ECS AMI rollout: {state.forward or state.back}",
            code=asset,
            handler=f"{state.module}.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            timeout=FUNCTION_TIMEOUT,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=logs.LogGroup(
                self, f"{name}Logs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
            ),
            environment={
                "TABLE_NAME": table.table_name,
                "TOPIC_ARN": topic.topic_arn,
                "EVENT_BUS": self._bus,
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            **(_asynchronous(self.letters) if state in TRIGGERS else {}),
        )
        table.grant(function, *(("dynamodb:Scan",) if state is GUARD_DELETION else READ_AND_WRITE))
        if tells(state.handler):
            topic.grant_publish(function)
        for statement in permissions_of(state.handler, self._reach):
            function.add_to_role_policy(statement)
        return function


def _asynchronous(letters: sqs.IQueue) -> dict[str, Any]:
    """What a function needs that others invoke without waiting for it."""
    return {
        "on_failure": destinations.SqsDestination(letters),
        "max_event_age": Duration.hours(1),
        "retry_attempts": 2,
    }


def _camel(module: str) -> str:
    return "".join(word.capitalize() for word in module.split("_"))
