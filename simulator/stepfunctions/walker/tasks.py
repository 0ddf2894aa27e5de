"""What a Task does: whom it calls, with what, which of its retriers and catchers take an error, how long it waits."""

import json
from random import Random
from typing import Any

from simulator.stepfunctions.failures import matches
from simulator.stepfunctions.lambda_functions import InvocationRefused
from simulator.stepfunctions.walker.host import Failed, Host
from simulator.stepfunctions.walker.supported import INVOKE, LAMBDA_ARN, service_of


def call(host: Host, resource: str, parameters: Any) -> Any:
    """The answer of whom the Task calls. Raises Failed."""
    service = service_of(resource)
    if service not in (INVOKE, resource):
        return host.integrations[service](parameters)
    direct = resource.startswith(LAMBDA_ARN)
    arn, given = (resource, parameters) if direct else (parameters["FunctionName"], parameters.get("Payload"))
    try:
        answer, error = host.invoke(arn, _payload(given))
    except InvocationRefused as refused:
        raise Failed(refused.error, refused.cause) from None
    if error is not None:
        raise Failed(error, json.dumps(answer, separators=(",", ":")))
    return answer if direct else {"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200}


def retrier(state: dict[str, Any], error: str | None, tried: list[int]) -> int | None:
    """Which retrier takes the error and has attempts left; only the first that matches is asked."""
    for place, retry in enumerate(state.get("Retry", ())):
        if matches(retry["ErrorEquals"], error):
            return place if tried[place] < retry.get("MaxAttempts", 3) else None
    return None


def delay(retry: dict[str, Any], before: int, chance: Random) -> float:
    """Seconds until the next attempt, after so many `before` it."""
    seconds = retry.get("IntervalSeconds", 1) * retry.get("BackoffRate", 2.0) ** before
    seconds = float(min(seconds, retry.get("MaxDelaySeconds", seconds)))
    return chance.uniform(0, seconds) if retry.get("JitterStrategy") == "FULL" else seconds


def catcher(state: dict[str, Any], error: str | None) -> dict[str, Any] | None:
    """The first Catch that takes the error."""
    return next((catch for catch in state.get("Catch", ()) if matches(catch["ErrorEquals"], error)), None)


def _payload(given: Any) -> bytes:
    """A function's event: a text that is JSON goes as it is, and nothing is an empty object (recorded on AWS)."""
    if isinstance(given, str):
        try:
            json.loads(given)
        except ValueError:
            return json.dumps(given).encode()
        return given.encode()
    return json.dumps({} if given is None else given).encode()
