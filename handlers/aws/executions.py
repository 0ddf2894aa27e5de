"""AWS Step Functions: which executions run, starting one, and waking one up that waits for an operator's answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient


class Executions:
    """Looks at executions, and sends task tokens back."""

    def __init__(self, client: Callable[[], SFNClient]) -> None:
        self._client = client

    def running(self, arn: str) -> bool:
        """Whether the execution runs; one that nobody knows any more does not."""
        client = self._client()
        try:
            return client.describe_execution(executionArn=arn)["status"] in ("RUNNING", "PENDING_REDRIVE")
        except client.exceptions.ExecutionDoesNotExist:
            return False

    def ending(self, arn: str) -> str:
        """How the execution ended: its error, or else its status; empty where it was stopped, or none is known."""
        client = self._client()
        try:
            found = client.describe_execution(executionArn=arn)
        except client.exceptions.ExecutionDoesNotExist:
            return ""
        return found.get("error", found["status"]) if found["status"] in ("FAILED", "TIMED_OUT") else ""

    def start(self, machine: str, name: str, given: dict[str, Any]) -> bool:
        """Start an execution of that name; False where there was one before."""
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
