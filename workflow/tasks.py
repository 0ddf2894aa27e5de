"""The only way to make a Task or a Wait: payload, result, time-out, retry, catch."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as sfn_tasks
from constructs import Construct

from handlers.catalogue import GraphState, TaskState
from handlers.errors import ChangeInProgress, SettingsNotRestored
from handlers.payloads import CALL_TRIES, FUNCTION_SECONDS, TELLS, Direction, Report

TIMED_OUT = "States.Timeout"
# What Lambda itself says when it is not the handler's doing ("Handle transient Lambda service exceptions",
# Step Functions developer guide), and a Task that outlived its time-out.
LAMBDA_TROUBLE = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",  # the process died, as older runtimes say it
    "Runtime.ExitError",  # the same of newer ones: out of memory, for example
    "Sandbox.Timedout",
    TIMED_OUT,
]
# What boto3 raises when AWS answers with an error, or not at all, after its own retries. Handlers may run again.
# An error that a service's model names has a class of that name; the others are ClientError.
CALL_TROUBLE = [
    "ClientError",
    "ClientException",  # of ECS: concurrent revisions of a task definition, for example
    "HealthUnavailableException",
    "InvalidTargetException",  # a target that is gone meanwhile, as the next three: the step reads again
    "ServiceNotActiveException",
    "ServiceNotFoundException",
    "TargetNotFoundException",
    "ReplicatedWriteConflictException",
    "ServerException",
    "ServiceLinkedRoleFailure",
    "TooManyUpdates",
    "TransactionConflictException",
    "InternalServerError",
    "InternalServiceFault",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ResourceContentionFault",
    "ThrottlingException",
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionClosedError",
    "NotShownYet",
    "PartialFailure",
]
# What says that AWS is still at it: a change of ours that it makes in the background, or another actor's. It takes
# minutes, not seconds: PutClusterCapacityProviders attaches scaling plans, and instances terminate.
IN_PROGRESS = [
    ChangeInProgress.__name__,
    "ResourceInUseException",
    "ResourceInUseFault",
    "ScalingActivityInProgressFault",
    "UpdateInProgressException",
]
FUNCTION_TIMEOUT = Duration.seconds(FUNCTION_SECONDS)
TASK_TIMEOUT = Duration.minutes(6)


REPORTED = {"report": sfn.JsonPath.object_at("$[0].report")}
"""What a box hands on of its one branch."""


def refused(tasks: "Tasks", end: str, error_path: str, cause_path: str) -> sfn.Fail:
    """A Fail that says a refusal in the handler's own words."""
    return sfn.Fail(tasks.scope, end, error_path=error_path, cause_path=cause_path)


def selector(payload: type) -> dict[str, Any]:
    """Takes exactly the fields of that payload class out of what Lambda answered."""
    return {field.name: sfn.JsonPath.object_at(f"$.Payload.{field.name}") for field in fields(payload)}


class Tasks:
    """Makes the states of one direction."""

    def __init__(self, scope: Construct, functions: Mapping[str, lambda_.IFunction], direction: Direction) -> None:
        self.scope = scope
        self.direction = direction
        self._functions = functions

    def facing(self, direction: Direction) -> "Tasks":
        """The same for the other direction."""
        return Tasks(self.scope, self._functions, direction)

    def exists(self, state: TaskState | GraphState) -> bool:
        """Whether the state is there in this direction."""
        return bool(state.name(self.direction))

    def call(
        self,
        state: TaskState,
        *,
        result_path: str = sfn.JsonPath.DISCARD,
        payload: dict[str, Any] | None = None,
        result_selector: dict[str, Any] | None = None,
    ) -> sfn_tasks.LambdaInvoke:
        """A Task that invokes the state's handler. The result is discarded unless `result_path` names a fact."""
        task = sfn_tasks.LambdaInvoke(
            self.scope,
            state.name(self.direction),
            lambda_function=self._functions[state.handler],
            payload=sfn.TaskInput.from_object(payload or self.payload()),
            result_selector=result_selector,
            result_path=result_path,
            task_timeout=sfn.Timeout.duration(TASK_TIMEOUT),
            retry_on_service_exceptions=False,
        )
        self._retry(task, LAMBDA_TROUBLE)
        return task

    def ask(self, state: TaskState, seconds_path: str) -> sfn_tasks.LambdaInvoke:
        """A Task that hands out a task token and waits for it to come back, at most for the seconds at that path."""
        task = sfn_tasks.LambdaInvoke(
            self.scope,
            state.name(self.direction),
            lambda_function=self._functions[state.handler],
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            payload=sfn.TaskInput.from_object({**self.payload(), "token": sfn.JsonPath.task_token}),
            result_path=sfn.JsonPath.DISCARD,
            task_timeout=sfn.Timeout.at(seconds_path),
            retry_on_service_exceptions=False,
        )
        self._retry(task, [error for error in LAMBDA_TROUBLE if error != TIMED_OUT])
        return task

    def report(self, state: TaskState, **more: Any) -> sfn_tasks.LambdaInvoke:
        """A Task that sees the whole state and makes `$.report`; `more` is what its handler gets besides."""
        task = self.call(
            state,
            payload={**self.payload(), "state": sfn.JsonPath.object_at("$"), **more},
            result_selector=selector(Report),
            result_path="$.report",
        )
        self.again(task, SettingsNotRestored.__name__)
        return task

    def again(self, task: sfn_tasks.LambdaInvoke, error: str) -> None:
        """Try the task again on that error of ours: what it read may not have been true yet."""
        task.add_retry(
            errors=[error],
            interval=Duration.seconds(10),
            backoff_rate=1.5,
            max_attempts=4,
            max_delay=Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
        )

    def again_for_half_an_hour(self, task: sfn_tasks.LambdaInvoke, error: str) -> None:
        """Try the task again where what is needed did not come about: an operator told, an execution started."""
        task.add_retry(
            errors=[error],
            interval=Duration.seconds(15),
            backoff_rate=2,
            max_attempts=TELLS,
            max_delay=Duration.minutes(10),
            jitter_strategy=sfn.JitterType.FULL,
        )

    def wait(self, sentence: str) -> sfn.Wait:
        """A native Wait for as long as the last assessment said."""
        return sfn.Wait(self.scope, sentence, time=sfn.WaitTime.seconds_path("$.assessment.wait_seconds"))

    def payload(self) -> dict[str, Any]:
        """What every handler gets: the rollout, the direction, the execution."""
        return {
            "rollout": sfn.JsonPath.object_at("$.rollout"),
            "direction": self.direction.value,
            "execution_id": sfn.JsonPath.execution_id,
        }

    def _retry(self, task: sfn_tasks.LambdaInvoke, lambda_trouble: list[str]) -> None:
        attempts = CALL_TRIES[self.direction]
        task.add_retry(
            errors=lambda_trouble,
            interval=Duration.seconds(2),
            backoff_rate=2,
            max_attempts=2 * attempts,
            max_delay=Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
        )
        task.add_retry(
            errors=CALL_TROUBLE,
            interval=Duration.seconds(5),
            backoff_rate=2,
            max_attempts=attempts,
            max_delay=Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
        )
        task.add_retry(
            errors=IN_PROGRESS,
            interval=Duration.seconds(10),
            backoff_rate=1.5,
            max_attempts=20,
            max_delay=Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
        )
