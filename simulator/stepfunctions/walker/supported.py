"""What of Amazon States Language a walk knows. All else is refused by name before anything runs."""

from collections.abc import Collection
from typing import Any

from simulator.stepfunctions.walker.json_path import (
    NotSupportedInProcess,
    check_path,
    check_result_path,
    check_template,
)

LAMBDA_ARN = "arn:aws:lambda:"
SERVICE = "arn:aws:states:::"
WAITING = ".waitForTaskToken"
INVOKE = "lambda:invoke"
MACHINE = {"Comment", "StartAt", "States", "Version"}
STATE = {"Type", "Comment", "Next", "End", "InputPath", "OutputPath"}
KNOWN = {
    "Task": {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", "TimeoutSeconds",
             "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"},
    "Wait": {"Seconds", "SecondsPath"},
    "Choice": {"Choices", "Default"},
    "Pass": {"Result", "Parameters", "ResultPath"},
    "Parallel": {"Branches", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"},
    "Succeed": set(),
    "Fail": {"Error", "Cause", "ErrorPath", "CausePath"},
}  # fmt: skip
RETRY = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"}
CATCH = {"ErrorEquals", "Next", "ResultPath", "Comment"}
EQUALS = ("StringEquals", "BooleanEquals")
PATHS = (
    "InputPath", "OutputPath", "SecondsPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "ErrorPath", "CausePath",
)  # fmt: skip
NULLABLE = ("InputPath", "OutputPath")


def check(definition: dict[str, Any], integrations: Collection[str] = ()) -> None:
    """Raise NotSupportedInProcess for anything in the definition that a walk would get wrong."""
    _only(definition, MACHINE, "the machine")
    for name, state in definition["States"].items():
        kind = state["Type"]
        if kind not in KNOWN:
            raise NotSupportedInProcess(f"{name}: {kind}")
        _only(state, STATE | KNOWN[kind], f"{name}: {kind}")
        _check_paths(name, state)
        _check_task(name, state, integrations)
        if len(state.get("Branches", [None])) != 1:
            raise NotSupportedInProcess(f"{name}: {len(state['Branches'])} branches")
        for branch in state.get("Branches", ()):
            check(branch, integrations)
        for rule in state.get("Choices", ()):
            _check_rule(name, rule)
        for retry in state.get("Retry", ()):
            _only(retry, RETRY, f"{name}: a retry")
        for catch in state.get("Catch", ()):
            _only(catch, CATCH, f"{name}: a catch")
            check_result_path(catch.get("ResultPath"))


def service_of(resource: str) -> str:
    """What a Task's Resource calls, without the pattern by which it is called."""
    return resource.removeprefix(SERVICE).removesuffix(WAITING)


def _only(given: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := given.keys() - known:
        raise NotSupportedInProcess(f"{where} with {', '.join(sorted(unknown))}")


def _check_paths(name: str, state: dict[str, Any]) -> None:
    for key in PATHS:
        if key in state and not (key in NULLABLE and state[key] is None):
            check_path(state[key], f"{name}: {key}")
    for key in ("Parameters", "ResultSelector"):
        check_template(state.get(key), f"{name}: {key}")
    check_result_path(state.get("ResultPath"))


def _check_task(name: str, state: dict[str, Any], integrations: Collection[str]) -> None:
    if state["Type"] != "Task" or state["Resource"].startswith(LAMBDA_ARN):
        return
    if service_of(state["Resource"]) == INVOKE:
        parameters = {key.removesuffix(".$") for key in state.get("Parameters", {})}
        if "FunctionName" not in parameters or parameters - {"FunctionName", "Payload"}:
            raise NotSupportedInProcess(f"{name}: {INVOKE} with {', '.join(sorted(parameters)) or 'no parameters'}")
    elif service_of(state["Resource"]) not in integrations:
        raise NotSupportedInProcess(f"{name}: resource {state['Resource']}")


def _check_rule(name: str, rule: dict[str, Any]) -> None:
    for operator in EQUALS:
        if rule.keys() - {"Comment"} == {"Variable", operator, "Next"}:
            check_path(rule["Variable"], f"{name}: Variable")
            return
    raise NotSupportedInProcess(f"{name}: rule with {', '.join(sorted(rule))}")
