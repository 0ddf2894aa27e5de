"""What goes wrong with functions: Lambda refuses to run them; they die, run twice, meet another version's payload."""

import json
from typing import Any

from simulator.faults.failures import Parameters, Takes
from simulator.region import Region
from simulator.stepfunctions.events import ExecutionStarted, LambdaInvoked
from simulator.stepfunctions.lambda_functions import InvocationRefused, Killed, refused

SERVICE_ERRORS = {
    "TooManyRequestsException": (429, "Rate Exceeded."),
    "ServiceException": (500, "An error occurred and the request cannot be processed."),
    "AWSLambdaException": (502, "The service is unable to process your request at this time."),
    "ResourceNotFoundException": (404, "Function not found"),
}
"""By code: HTTP status and message (botocore's model of Lambda has the first two and the last)."""
CLIENT_ERRORS = {
    "SdkClientException": "Unable to execute HTTP request: Connection reset",
    "ClientExecutionTimeoutException": "Client execution did not complete before the specified timeout configuration.",
}
OUT_OF_MEMORY, TIMED_OUT, UNKNOWN = "Runtime.ExitError", "Sandbox.Timedout", "Lambda.Unknown"


def kill_handler(region: Region, given: Parameters, _takes: Takes) -> None:
    """Invocations die at their `call`-th API call from now, before its effect or `after` it (faults 20, 22)."""
    left = {"calls": int(given.get("call", 1)), "times": int(given.get("times", 1))}
    error = OUT_OF_MEMORY if given.get("error", "out_of_memory") == "out_of_memory" else TIMED_OUT
    error = UNKNOWN if region.scenario.aws.dead_functions == "unknown" else error

    def kill(service: str, operation: str, _request: dict[str, Any]) -> None:
        if not region.engine.functions.running or left["times"] <= 0:
            return
        left["calls"] -= 1
        if left["calls"] <= 0:
            left["times"] -= 1
            left["calls"] = int(given.get("call", 1))
            raise Killed(error, f"at {service}.{operation}")

    (region.dispatch.after if given.get("after", False) else region.dispatch.before).append(kill)


def refuse_invocations(region: Region, given: Parameters, _takes: Takes) -> None:
    """Lambda answers so many invocations by a Task with an error of its own."""
    code = given.get("error", "TooManyRequestsException")
    region.engine.functions.refusals += [lambda_error(code) for _ in range(given.get("times", 1))]


def lambda_error(code: str) -> InvocationRefused:
    """Lambda's error as Step Functions tells it: prose, of Lambda with its status, or of the client that asked it."""
    if code in CLIENT_ERRORS:
        return InvocationRefused(f"Lambda.{code}", CLIENT_ERRORS[code])
    return refused(code, *SERVICE_ERRORS[code])


def invoke_twice(region: Region, given: Parameters, _takes: Takes) -> None:
    """The next invocation is repeated `seconds` later, though it was answered (fault 21)."""
    functions, left = region.engine.functions, [1]

    def again(name: str, event: dict[str, Any]) -> None:
        if not left or "token" in event:
            return
        left.clear()
        body = json.dumps(event).encode()
        arn = functions.arn_of(name)

        def repeat() -> None:
            _answer, error = functions.invoke(arn, body)
            region.bus.emit(LambdaInvoked(name, error, "repeated"))

        region.engine.later(given.get("seconds", 0.0), repeat)

    functions.after.append(again)


def other_version(region: Region, given: Parameters, _takes: Takes) -> None:
    """So many invocations meet a payload of another version: the functions were deployed in mid-rollout (fault 26).

    Those of executions that were there then; of later ones, which run the definition as it is now, where that is bad.
    """
    left, later, spared = [1] * int(given.get("times", 1)), set[str](), given.get("successors", "good") == "good"
    region.bus.subscribe(ExecutionStarted, lambda started: later.add(started.execution))

    def change(_name: str, event: dict[str, Any]) -> None:
        of_later = str(event.get("execution_id", "")).rsplit(":", 1)[-1] in later
        if left and "rollout" in event and not (of_later and spared):
            left.pop()
            event["rollout"] = {**event["rollout"], "version": event["rollout"]["version"] + 1}

    region.engine.functions.before.append(change)
