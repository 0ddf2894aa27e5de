"""What goes wrong with the functions themselves: they die half-way, run twice, or meet another version's payload."""

import json
from typing import Any

from simulator.faults.failures import Parameters, Takes
from simulator.region import Region
from simulator.stepfunctions.events import LambdaInvoked
from simulator.stepfunctions.lambda_functions import Killed

OUT_OF_MEMORY, TIMED_OUT = "Runtime.ExitError", "Sandbox.Timedout"


def kill_handler(region: Region, given: Parameters, _takes: Takes) -> None:
    """Invocations die at their `call`-th API call from now, before its effect or `after` it (faults 20, 22)."""
    left = {"calls": int(given.get("call", 1)), "times": int(given.get("times", 1))}
    error = OUT_OF_MEMORY if given.get("error", "out_of_memory") == "out_of_memory" else TIMED_OUT

    def kill(service: str, operation: str, _request: dict[str, Any]) -> None:
        if not region.engine.functions.running or left["times"] <= 0:
            return
        left["calls"] -= 1
        if left["calls"] <= 0:
            left["times"] -= 1
            left["calls"] = int(given.get("call", 1))
            raise Killed(error, f"at {service}.{operation}")

    (region.dispatch.after if given.get("after", False) else region.dispatch.before).append(kill)


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
    """So many invocations meet a payload of another version: the functions were deployed in mid-rollout (fault 26)."""
    left = [1] * int(given.get("times", 1))

    def change(_name: str, event: dict[str, Any]) -> None:
        if left and "rollout" in event:
            left.pop()
            event["rollout"] = {**event["rollout"], "version": event["rollout"]["version"] + 1}

    region.engine.functions.before.append(change)
