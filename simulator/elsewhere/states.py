"""Step Functions as the region's handlers and rules call it: each call goes on to the other engine."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from simulator.wire import ApiError


class States:
    """Start, stop, describe, and task tokens that come back."""

    def __init__(self, client: Any, started: Callable[[str, str], None], returned: Callable[[str], None]) -> None:
        """`started` hears the ARN and the input of each start, `returned` of each token."""
        self._client, self._started, self._returned = client, started, returned

    def start_execution(self, **request: Any) -> dict[str, Any]:
        """Start one there."""
        answer = self._forward("start_execution", request)
        self._started(answer["executionArn"], request.get("input", "{}"))
        return answer

    def stop_execution(self, **request: Any) -> dict[str, Any]:
        """Stop one there."""
        return self._forward("stop_execution", request)

    def describe_execution(self, **request: Any) -> dict[str, Any]:
        """As it is there."""
        return self._forward("describe_execution", request)

    def send_task_success(self, **request: Any) -> dict[str, Any]:
        """The Task that waits there goes on."""
        return self._bring("send_task_success", request)

    def send_task_failure(self, **request: Any) -> dict[str, Any]:
        """The Task that waits there fails."""
        return self._bring("send_task_failure", request)

    def _bring(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = self._forward(operation, request)
        self._returned(request["taskToken"])
        return answer

    def _forward(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = getattr(self._client, operation)(**request)
        except ClientError as error:
            raise ApiError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from error
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
