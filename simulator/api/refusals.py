"""What services refuse of a request whose members are all as the model says: rules that stand in prose only.

Each has its source. Rules about the state of things are the services' own.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Request = Mapping[str, Any]
Refused = tuple[str, str]
"""Code and message."""

MOST_OF_AN_EVENT = 1_048_576
"""Bytes; botocore, `PutEvents`: "the total entry size must be less than 1MB"."""

MOST_OF_A_MESSAGE = 262_144
"""Bytes; botocore, `Publish.Message`."""

_TARGET_GROUP = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:[\w-]*:\d{12}:targetgroup/[\w-]+/[0-9a-f]+")
_NOT_IN_A_NAME = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]""")


def refused_in_prose(service: str, operation: str, request: Request) -> Refused | None:
    """Code and message of the refusal; None where nothing is wrong."""
    rule = _RULES.get((service, operation))
    return rule(request) if rule else None


def _too_much(request: Request) -> Refused | None:
    """Recorded on AWS on 2025-01-08; how the size is counted: "Calculating PutEvents event entry size", user guide."""
    size = sum(_size(entry) for entry in request["Entries"])
    said = "Total size of the entries in the request is over the limit."
    return ("ValidationException", said) if size >= MOST_OF_AN_EVENT else None


def _size(entry: Request) -> int:
    texts = [*(entry.get(name) or "" for name in ("Source", "DetailType", "Detail")), *entry.get("Resources", ())]
    return sum(len(text.encode()) for text in texts) + 14 * ("Time" in entry)


def _message(request: Request) -> Refused | None:
    """Botocore, `Publish.Message`: from one byte to 256 KB."""
    size = len(request["Message"].encode())
    if size == 0:
        return "InvalidParameter", "Invalid parameter: Empty message"
    return ("InvalidParameter", "Invalid parameter: Message too long") if size > MOST_OF_A_MESSAGE else None


def _path(request: Request) -> Refused | None:
    """Botocore, `GetParametersByPath.Path`: "Hierarchies start with a forward slash"."""
    if request["Path"].startswith("/"):
        return None
    return "ValidationException", 'The parameter doesn\'t meet the parameter name requirements: it begins with no "/".'


def _target_group(request: Request) -> Refused | None:
    """Elastic Load Balancing API reference, "Common errors"."""
    arn = request["TargetGroupArn"]
    return None if _TARGET_GROUP.fullmatch(arn) else ("ValidationError", f"'{arn}' is not a valid target group ARN")


def _names_or_prefix(request: Request) -> Refused | None:
    """Botocore, `DescribeAlarms.AlarmNamePrefix`: "if this parameter is specified, you cannot specify AlarmNames"."""
    both = request.get("AlarmNames") and request.get("AlarmNamePrefix")
    return ("ValidationError", "AlarmNamePrefix and AlarmNames cannot both be specified") if both else None


def _execution(request: Request) -> Refused | None:
    """Recorded on AWS on 2024-03-08."""
    arn = request["executionArn"]
    return None if arn.startswith("arn:") else ("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")


def _started(request: Request) -> Refused | None:
    """The input: recorded on AWS on 2023-06-22. The name: botocore, `StartExecution.name`."""
    if _NOT_IN_A_NAME.search(request.get("name") or ""):
        return "InvalidName", f"Invalid Name: '{request['name']}'"
    return _json(request.get("input"), "InvalidExecutionInput", "Invalid State Machine Execution Input")


def _output(request: Request) -> Refused | None:
    """Botocore, `InvalidOutput`."""
    return _json(request["output"], "InvalidOutput", "Invalid Output")


def _json(text: str | None, code: str, words: str) -> Refused | None:
    try:
        json.loads(text or "{}")
    except ValueError as error:
        return code, f"{words}: '{error}'"
    return None


_RULES: dict[tuple[str, str], Callable[[Request], Refused | None]] = {
    ("events", "PutEvents"): _too_much,
    ("sns", "Publish"): _message,
    ("ssm", "GetParametersByPath"): _path,
    ("elbv2", "DescribeTargetHealth"): _target_group,
    ("cloudwatch", "DescribeAlarms"): _names_or_prefix,
    ("stepfunctions", "DescribeExecution"): _execution,
    ("stepfunctions", "StartExecution"): _started,
    ("stepfunctions", "SendTaskSuccess"): _output,
}
