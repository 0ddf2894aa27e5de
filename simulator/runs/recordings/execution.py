"""An execution in the form of recordings: definition, input, what its functions answered, end and history."""

import json
from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from typing import Any

TEXTS_OF_JSON = {"input", "output", "cause", "parameters"}
ASKED = ("lambdaFunctionScheduledEventDetails", "taskScheduledEventDetails")
ANSWERED = ("lambdaFunctionSucceededEventDetails", "taskSucceededEventDetails")
FAILED = ("lambdaFunctionFailedEventDetails", "taskFailedEventDetails")
IN_TURN = "answers in turn "
"""How `lambdas` begins to say what a function did; a list of `{"returns": …}` and `{"raises": name, "message": …}`."""


def recorded_execution(client: Any, arn: str, name: str, source: str, now: datetime) -> dict[str, Any]:
    """The execution of that ARN, which has ended, by a client of Step Functions."""
    described = client.describe_execution(executionArn=arn)
    machine = client.describe_state_machine_for_execution(executionArn=arn)
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
    history = [event for page in pages for event in page["events"]]
    return {
        "name": name,
        "source": source,
        "recorded_at": now.isoformat(timespec="seconds"),
        "definition": json.loads(machine["definition"]),
        "lambdas": functions_in(history),
        "other_machines": {},
        "responder": None,
        "input": json.loads(described["input"]),
        "describe": {
            "status": described["status"],
            "error": described.get("error"),
            "cause": described.get("cause"),
            "output": _read(described.get("output")),
        },
        "history": [_parsed(event) for event in history],
    }


def functions_in(history: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Each function that was invoked, by name: its ARN without a version, and its answers in their order."""
    by_id = {event["id"]: event for event in history}
    answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in history:
        if answer := _answer(event):
            asked = event
            while not any(details in asked for details in ASKED):
                asked = by_id[asked["previousEventId"]]
            if arn := _function(asked):
                answers[arn].append(answer)
    return {
        arn.rsplit(":", 1)[-1]: {"arn": arn, "behaviour": IN_TURN + json.dumps(given)} for arn, given in answers.items()
    }


def _function(asked: dict[str, Any]) -> str:
    """The ARN of the function, without a version; empty where a Task calls something else.

    A Task names a function as its resource, or calls Lambda's Invoke, which wraps the answer in a `Payload`.
    """
    arn = asked.get("lambdaFunctionScheduledEventDetails", {}).get("resource", "")
    task = asked.get("taskScheduledEventDetails", {})
    if task.get("resourceType") == "lambda":
        arn = json.loads(task["parameters"])["FunctionName"]
    return ":".join(arn.split(":")[:7])


def _answer(event: dict[str, Any]) -> dict[str, Any] | None:
    """What a function answered; None where the event tells of something else."""
    for details in ANSWERED:
        if details in event:
            output = _read(event[details].get("output"))
            wrapped = isinstance(output, dict) and "resourceType" in event[details]
            return {"returns": output.get("Payload") if wrapped else output}
    for details in FAILED:
        if details in event:
            cause = _read(event[details].get("cause"))
            message = cause.get("errorMessage", "") if isinstance(cause, dict) else str(cause)
            return {"raises": event[details]["error"], "message": message}
    return None


def _parsed(value: Any) -> Any:
    """Texts that hold JSON are read."""
    if isinstance(value, dict):
        return {key: _read(item) if key in TEXTS_OF_JSON else _parsed(item) for key, item in value.items()}
    return value


def _read(text: Any) -> Any:
    if isinstance(text, str):
        with suppress(ValueError):
            return json.loads(text)
    return text
