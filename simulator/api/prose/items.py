"""Amazon DynamoDB's items: expressions and what they are given.

Sources: botocore, `ExpressionAttributeValues` and `ReturnValues` of each call; developer guide, "Expression attribute
names" and "values" (each that is used is defined, each that is defined is used). The words are DynamoDB's.
"""

import re
from functools import lru_cache

from simulator.api.prose.rule import Refused, Request, Rule, Rules

EXPRESSIONS = ("ConditionExpression", "UpdateExpression", "ProjectionExpression")
_PLACEHOLDER = re.compile(r"[:#][A-Za-z0-9_]+")
GIVEN = {":": ("ExpressionAttributeValues", "value"), "#": ("ExpressionAttributeNames", "name")}
INVALID = "ValidationException"


def _expressions(request: Request) -> Refused | None:
    used: set[str] = set()
    for member in EXPRESSIONS:
        text = request.get(member)
        if text is None:
            continue
        if text.count("(") != text.count(")"):
            return INVALID, f"Invalid {member}: Syntax error; the parentheses are not balanced"
        for mark in _placeholders(text):
            given, kind = GIVEN[mark[0]]
            if mark not in request.get(given, {}):
                words = f"An expression attribute {kind} used in expression is not defined; attribute {kind}: {mark}"
                return INVALID, f"Invalid {member}: {words}"
            used.add(mark)
    for given, _kind in GIVEN.values():
        if unused := sorted(request.get(given, {}).keys() - used):
            return INVALID, f"Value provided in {given} unused in expressions: keys: {{{', '.join(unused)}}}"
    return None


@lru_cache(maxsize=256)
def _placeholders(text: str) -> tuple[str, ...]:
    return tuple(_PLACEHOLDER.findall(text))


def _returning(*allowed: str) -> Rule:
    def rule(request: Request) -> Refused | None:
        if request.get("ReturnValues", "NONE") not in ("NONE", *allowed):
            return INVALID, "Return values set to invalid value"
        return _expressions(request)

    return rule


RULES: Rules = {
    ("dynamodb", "GetItem"): _expressions,
    ("dynamodb", "PutItem"): _returning("ALL_OLD"),
    ("dynamodb", "DeleteItem"): _returning("ALL_OLD"),
    ("dynamodb", "UpdateItem"): _returning("ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"),
}
