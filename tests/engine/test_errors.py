"""Retry, Catch and Fail as AWS has them: on class names, with Lambda's JSON as the cause."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from simulator.stepfunctions.engine import Result
from tests.engine.conftest import Bench, open_bench
from tests.engine.machines import chain, machine, task, wait

Handler = Callable[[dict[str, Any]], object]


class DrainTimedOut(Exception):
    """An error of the domain."""


class LaunchFailed(Exception):
    """Another."""


def raising(error: type[Exception], times: int = 10**9) -> Handler:
    left = [times]

    def handler(_event: dict[str, Any]) -> dict[str, Any]:
        left[0] -= 1
        if left[0] >= 0:
            raise error("as told")
        return {"after": times}

    return handler


def caught_by(bench: Bench, catches: list[list[str]], handler: Handler) -> Result:
    """The execution of one task whose catchers lead to a Fail each, named for its number."""
    catchers = [{"ErrorEquals": names, "Next": f"F{number}"} for number, names in enumerate(catches)]
    ends = {f"F{number}": {"Type": "Fail", "Error": f"F{number}"} for number in range(len(catches))}
    return bench.result(machine("T", T=task("act", Catch=catchers), **ends), act=handler)


def test_catch_matches_the_exact_class_name(bench: Bench) -> None:
    catches = [["Exception"], ["LaunchFailed"], ["DrainTimedOut"], ["States.ALL"]]
    assert caught_by(bench, catches, raising(DrainTimedOut)).error == "F2"


def test_task_failed_matches_what_a_handler_raises(bench: Bench) -> None:
    assert caught_by(bench, [["LaunchFailed"], ["States.TaskFailed"]], raising(DrainTimedOut)).error == "F1"


def test_an_error_that_nobody_catches_ends_the_execution(bench: Bench) -> None:
    result = caught_by(bench, [["LaunchFailed"]], raising(DrainTimedOut))
    assert (result.status, result.error) == ("FAILED", "DrainTimedOut")
    cause = json.loads(result.cause or "")
    assert (cause["errorType"], cause["errorMessage"]) == ("DrainTimedOut", "as told")
    assert set(cause) == {"errorType", "errorMessage", "requestId", "stackTrace"}


def test_all_does_not_catch_an_error_of_the_definition(bench: Bench) -> None:
    broken = task("act", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])
    broken["Parameters"]["Payload.$"] = "$.missing"
    result = bench.result(machine("T", T=broken, Caught={"Type": "Succeed"}), act=bench.note("act"))
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert "$.missing" in (result.cause or "")


def test_a_function_that_does_not_exist_is_lambdas_error(bench: Bench) -> None:
    result = bench.result(chain(task("nobody")))
    assert (result.status, result.error) == ("FAILED", "Lambda.ResourceNotFoundException")


def test_an_answer_that_is_no_json_is_the_handlers_error(bench: Bench) -> None:
    assert bench.result(chain(task("act")), act=lambda _event: object()).error == "Runtime.MarshalError"


def test_retries_back_off_up_to_the_longest_delay(bench: Bench) -> None:
    called: list[float] = []

    def act(_event: dict[str, Any]) -> dict[str, Any]:
        called.append(bench.clock.now)
        raise LaunchFailed

    retry = {"ErrorEquals": ["LaunchFailed"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 4}
    result = bench.result(chain(task("act", Retry=[{**retry, "MaxDelaySeconds": 25}])), act=act)
    assert result.error == "LaunchFailed"
    assert called == [0.0, 10.0, 30.0, 55.0, 80.0]


def test_retries_are_counted_for_each_retrier_and_anew_for_each_visit(bench: Bench) -> None:
    errors = [LaunchFailed, DrainTimedOut, LaunchFailed, None, LaunchFailed, LaunchFailed, None]

    def act(_event: dict[str, Any]) -> dict[str, Any]:
        if error := errors.pop(0):
            raise error("as told")
        return {}

    retry = [
        {"ErrorEquals": ["LaunchFailed"], "IntervalSeconds": 1, "MaxAttempts": 2},
        {"ErrorEquals": ["DrainTimedOut"], "IntervalSeconds": 1, "MaxAttempts": 1},
    ]
    assert bench.result(chain(task("act", Retry=retry), task("act", Retry=retry)), act=act).status == "SUCCEEDED"
    assert errors == []


def jittered(seed: int) -> float:
    retry = {"ErrorEquals": ["LaunchFailed"], "IntervalSeconds": 60, "MaxAttempts": 5, "JitterStrategy": "FULL"}
    with ExitStack() as opened:
        bench = open_bench(opened, seed)
        bench.result(chain(task("act", Retry=[retry])), act=raising(LaunchFailed, 3))
        return bench.clock.now


def test_full_jitter_is_drawn_from_the_seed() -> None:
    assert jittered(1) == jittered(1)
    assert jittered(1) != jittered(2)
    assert 0 < jittered(1) < 60 + 120 + 240


def test_fail_takes_error_and_cause_from_paths(bench: Bench) -> None:
    fail = {"Type": "Fail", "ErrorPath": "$.report.error", "CausePath": "$.report.cause"}
    execution = bench.start(machine("F", F=fail), {"report": {"error": "AlarmFired", "cause": "errors-5xx"}})
    result = execution.wait()
    assert (result.status, result.error, result.cause) == ("FAILED", "AlarmFired", "errors-5xx")
    described = bench.engine.client.describe_execution(executionArn=execution.arn)
    assert (described["error"], described["cause"]) == ("AlarmFired", "errors-5xx")
    assert execution.history()[-1]["executionFailedEventDetails"] == {"error": "AlarmFired", "cause": "errors-5xx"}


def test_a_branch_that_fails_stops_the_others(bench: Bench) -> None:
    branches = [chain(wait(3600), task("late")), chain(wait(10), task("fails"))]
    parallel = {"Type": "Parallel", "Branches": branches, "Next": "End"}
    caught = {"Catch": [{"ErrorEquals": ["LaunchFailed"], "Next": "Caught"}]}
    result = bench.result(
        machine("P", P=parallel | caught, Caught={**wait(7200), "Next": "End"}, End={"Type": "Succeed"}),
        late=bench.note("late"),
        fails=raising(LaunchFailed),
    )
    assert result.status == "SUCCEEDED"
    assert bench.steps == []
    assert bench.clock.now == 7210.0


@pytest.mark.parametrize("hooks", ["before", "after"])
def test_a_hooks_error_is_the_functions_error_before_or_after_its_effect(bench: Bench, hooks: str) -> None:
    crash = type("Lambda.Unknown", (Exception,), {})
    seen: list[str] = []

    def once(function: str, _event: dict[str, Any]) -> None:
        seen.append(function)
        if len(seen) == 1:
            raise crash("the sandbox died")

    arm: Callable[[], None] = lambda: getattr(bench.engine.functions, hooks).append(once)  # noqa: E731
    bench.clock.at(5, arm)
    retry = [{"ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    assert bench.result(chain(wait(10), task("act", Retry=retry)), act=bench.note("act")).status == "SUCCEEDED"
    assert seen == ["act", "act"]
    assert [when for when, _ in bench.steps] == ([11.0] if hooks == "before" else [10.0, 11.0])
