"""Operations of the Step Functions API that moto answers wrongly: it drops `error` and `cause`, and pages nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

PAGE = 100
"""GetExecutionHistory's page where `maxResults` is 0 or absent (Step Functions API Reference); 1,000 is the most."""


def methods() -> list[tuple[type, str, Callable[[Any], ActionResult]]]:
    """What to replace: the class, the method's name, the method."""
    return [(StepFunctionResponse, each.__name__, each) for each in (stop_execution, get_execution_history)]


def stop_execution(front: Any) -> ActionResult:
    """End a running execution as ABORTED, with the caller's error and cause. One that has ended stays as it is."""
    execution = front.stepfunction_backend.describe_execution(front._get_param("executionArn"))
    now = datetime.now(UTC)
    execution.stop(stop_date=now, error=front._get_param("error"), cause=front._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date or now})


def get_execution_history(front: Any) -> ActionResult:
    """A page of an execution's events; `nextToken` is the number of events before the next page."""
    events = front.stepfunction_backend.get_execution_history(front._get_param("executionArn"))["events"]
    if front._get_param("reverseOrder"):
        events.reverse()
    begin = int(front._get_param("nextToken") or 0)
    end = begin + (front._get_int_param("maxResults") or PAGE)
    more = {"nextToken": str(end)} if end < len(events) else {}
    return ActionResult({"events": events[begin:end], **more})
