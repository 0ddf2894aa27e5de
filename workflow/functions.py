"""One Lambda function for each Task state and for what is beside the machine; three roles share them out.

Task states invoke a version, not the function: an execution that runs keeps the code that it began with when the stack
is deployed anew, because its definition names the versions, and they are retained.
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from handlers.catalogue import PLAN, TASK_STATES, TRIGGERS, TaskState
from workflow.bundle import code
from workflow.permissions import Role, permissions_of, role_of
from workflow.reach import Reach
from workflow.tasks import FUNCTION_TIMEOUT

BASIC = "service-role/AWSLambdaBasicExecutionRole"
READ_AND_WRITE = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")


class Functions(Construct):
    """The functions by handler module, and the versions of those that Task states invoke."""

    def __init__(
        self, scope: Construct, name: str, *, table: dynamodb.ITable, topic: sns.ITopic, bus: str, reach: Reach
    ) -> None:
        super().__init__(scope, name)
        self._bus, self._reach = bus, reach
        asset = code()
        self.roles = {role: self._role(role, table, topic) for role in Role}
        self.letters = sqs.Queue(self, "NotHandled", enforce_ssl=True, retention_period=Duration.days(14))
        self.by_handler: Mapping[str, lambda_.Function] = {
            state.handler: self._function(state, asset, table, topic) for state in (*TASK_STATES, *TRIGGERS)
        }
        self.versions: Mapping[str, lambda_.IVersion] = {
            state.handler: self.by_handler[state.handler].current_version for state in TASK_STATES
        }

    def _role(self, role: Role, table: dynamodb.ITable, topic: sns.ITopic) -> iam.Role:
        made = iam.Role(
            self,
            f"{role}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"ECS AMI rollout: the functions of which each {role.lower()}",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(BASIC)],
        )
        table.grant(made, *READ_AND_WRITE, *(("dynamodb:Scan",) if role is Role.STARTS else ()))
        topic.grant_publish(made)
        for statement in permissions_of(role, self._reach):
            made.add_to_policy(statement)
        return made

    def _function(
        self, state: TaskState, asset: lambda_.Code, table: dynamodb.ITable, topic: sns.ITopic
    ) -> lambda_.Function:
        name = _camel(state.handler)
        return lambda_.Function(
            self,
            name,
            description=f"ECS AMI rollout: {state.forward or state.back}",
            code=asset,
            handler=f"{state.module}.handler",
            role=self.roles[role_of(state)],
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
                **({"PERMITTED": self._reach.told()} if state is PLAN else {}),
            },
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            **(_asynchronous(self.letters) if state in TRIGGERS else {}),
        )


def _asynchronous(letters: sqs.IQueue) -> dict[str, Any]:
    """What a function needs that others invoke without waiting for it."""
    return {
        "on_failure": destinations.SqsDestination(letters),
        "max_event_age": Duration.hours(1),
        "retry_attempts": 2,
    }


def _camel(module: str) -> str:
    return "".join(word.capitalize() for word in module.split("_"))
