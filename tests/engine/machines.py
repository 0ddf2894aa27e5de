"""Definitions for tests, written short."""

import json
from pathlib import Path
from typing import Any

INVOKE = "arn:aws:states:::lambda:invoke"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:{}"

Json = dict[str, Any]


def machine(first: str, **states: Json) -> Json:
    """A definition that begins at `first`. Underscores of the states' names are spaces in the definition."""
    return {"StartAt": first, "States": {name.replace("_", " "): state for name, state in states.items()}}


def task(function: str, **more: Any) -> Json:
    """A Task that calls `function` with the state's input; an end unless `Next` says otherwise."""
    following = {} if "Next" in more else {"End": True}
    payload = {"FunctionName": ARN.format(function), "Payload.$": "$"}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": payload, **following, **more}


def asking(function: str, **more: Any) -> Json:
    """A Task that hands `function` its token and waits until that comes back; an end."""
    parameters = {"FunctionName": ARN.format(function), "Payload": {"token.$": "$$.Task.Token"}}
    return {"Type": "Task", "Resource": f"{INVOKE}.waitForTaskToken", "Parameters": parameters, "End": True, **more}


def wait(seconds: int) -> Json:
    """A Wait."""
    return {"Type": "Wait", "Seconds": seconds}


def chain(*states: Json) -> Json:
    """A definition of states in a row, named S1, S2, ..."""
    names = [f"S{number}" for number in range(1, len(states) + 1)]
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    linked = [
        {key: value for key, value in state.items() if key != "End"} | after
        for state, after in zip(states, following, strict=True)
    ]
    return {"StartAt": "S1", "States": dict(zip(names, linked, strict=True))}


def synthesized(definition: Json, into: Path) -> Path:
    """`into`, with a synthesized stack of nothing but this machine."""
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": json.dumps(definition)}}
    (into / "EcsAmiRollout.template.json").write_text(json.dumps({"Resources": {"Machine": resource}}))
    (into / "EcsAmiRollout.assets.json").write_text(json.dumps({"files": {}}))
    return into
