"""AWS Systems Manager's parameters."""

import re

from simulator.api.prose.rule import Refused, Request, Rules

_NAME = re.compile(r"[A-Za-z0-9_.\-/]+")
MOST_LEVELS = 15
STANDARD, LONGEST_STANDARD = "Standard", 4096


def _listed(request: Request) -> Refused | None:
    """Botocore, `GetParametersByPath.Path`: "Hierarchies start with a forward slash"; its errors."""
    if not request["Path"].startswith("/"):
        return "ValidationException", 'The parameter doesn\'t meet the parameter name requirements: no "/" begins it.'
    token = request.get("NextToken")
    return ("InvalidNextToken", "The specified token is not valid.") if token and not token.isdecimal() else None


def _put(request: Request) -> Refused | None:
    """Botocore, `PutParameter`: `Name`, `Value`, `Tier` and `AllowedPattern`."""
    name, pattern = request["Name"].strip(), request.get("AllowedPattern")
    if request.get("Tier", STANDARD) == STANDARD and len(request["Value"]) > LONGEST_STANDARD:
        words = f"Standard tier parameters support a maximum parameter value of {LONGEST_STANDARD} characters."
        return "ValidationException", words
    if not _NAME.fullmatch(name):
        return "ValidationException", "Parameter name: can only include a-zA-Z0-9_.- and, between levels, /."
    if name.strip("/").count("/") >= MOST_LEVELS:
        return "HierarchyLevelLimitExceededException", f"A hierarchy can have at most {MOST_LEVELS} levels."
    if pattern and not re.search(pattern, request["Value"]):
        words = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        return "ParameterPatternMismatchException", words
    return None


RULES: Rules = {("ssm", "GetParametersByPath"): _listed, ("ssm", "PutParameter"): _put}
