"""AWS Step Functions."""

import json
import re

from simulator.api.prose.rule import Refused, Request, Rules

_NOT_IN_A_NAME = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]""")


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


RULES: Rules = {
    ("stepfunctions", "DescribeExecution"): _execution,
    ("stepfunctions", "StartExecution"): _started,
    ("stepfunctions", "SendTaskSuccess"): _output,
}
