"""AWS Step Functions: which executions run, starting one, and waking one up that waits for an operator's answer.

`machine_of` and `execution_arn` go from an execution's ARN to that of its machine and of its siblings.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient


def machine_of(execution: str) -> str:
    """The ARN of the state machine of an execution."""
    return execution.rsplit(":", 1)[0].replace(":execution:", ":stateMachine:")


def execution_arn(execution: str, name: str) -> str:
    """The ARN of the execution of that name of the same state machine."""
    return f"{execution.rsplit(':', 1)[0]}:{name}"


class Executions:
    """Looks at executions, and sends task tokens back."""

    def __init__(self, client: Callable[[], SFNClient]) -> None:
        self._client = client

    def running(self, arn: str, *, unknown: bool = False) -> bool:
        """Whether the execution runs; of one that nobody knows, or not any more, what `unknown` says."""
        client = self._client()
        try:
            return client.describe_execution(executionArn=arn)["status"] in ("RUNNING", "PENDING_REDRIVE")
        except client.exceptions.ExecutionDoesNotExist:
            return unknown

    def began_at(self, arn: str) -> float | None:
        """When the execution was started, as epoch seconds; None of one that is not shown yet."""
        client = self._client()
        try:
            return client.describe_execution(executionArn=arn)["startDate"].timestamp()
        except client.exceptions.ExecutionDoesNotExist:
            return None

    def events(self, arn: str) -> int:
        """How many events its history has: the newest one's id, because they are numbered from one (HistoryEvent.id).

        The newest first, and one of them: so it costs the same however long the history is.
        """
        found = self._client().get_execution_history(
            executionArn=arn, reverseOrder=True, maxResults=1, includeExecutionData=False
        )["events"]
        return found[0]["id"] if found else 0

    def ending(self, arn: str) -> str:
        """How the execution ended: its error, or else its status; empty where it was stopped, or none is known."""
        client = self._client()
        try:
            found = client.describe_execution(executionArn=arn)
        except client.exceptions.ExecutionDoesNotExist:
            return ""
        return found.get("error", found["status"]) if found["status"] in ("FAILED", "TIMED_OUT") else ""

    def start(self, machine: str, name: str, given: dict[str, Any]) -> bool:
        """Start an execution of that name; False where there was one before.

        One that runs, with the same input, is not started again, and counts as started (StartExecution).
        """
        client = self._client()
        try:
            client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))
        except client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def wake(self, token: str, output: dict[str, Any]) -> None:
        """End the wait with that token; one that is over already needs no waking."""
        client = self._client()
        gone = (client.exceptions.TaskTimedOut, client.exceptions.TaskDoesNotExist)
        try:
            client.send_task_success(taskToken=token, output=json.dumps(output))
        except gone:
            return
