"""Amazon SNS and EventBridge."""

import json

from simulator.api.prose.rule import Refused, Request, Rules

MOST_OF_AN_EVENT = 1_048_576
"""Bytes; botocore, `PutEvents`: "the total entry size must be less than 1MB"."""

MOST_OF_A_MESSAGE = 262_144
"""Bytes; botocore, `Publish.Message`."""

ARN_PARTS = 6


def _too_much(request: Request) -> Refused | None:
    """Recorded on AWS on 2025-01-08; how the size is counted: "Calculating PutEvents event entry size", user guide."""
    size = sum(_size(entry) for entry in request["Entries"])
    said = "Total size of the entries in the request is over the limit."
    return ("ValidationException", said) if size >= MOST_OF_AN_EVENT else None


def _size(entry: Request) -> int:
    texts = [*(entry.get(name) or "" for name in ("Source", "DetailType", "Detail")), *entry.get("Resources", ())]
    return sum(len(text.encode()) for text in texts) + 14 * ("Time" in entry)


def _published(request: Request) -> Refused | None:
    """Target, message, structure: botocore, `PublishInput`; the words are SNS's (aws-sdk-js issues quote them)."""
    found = _target(request) or _message(request)
    return found or (_structure(request["Message"]) if request.get("MessageStructure") == "json" else None)


def _target(request: Request) -> Refused | None:
    """Botocore, `PublishInput.TopicArn`: one of three must be given."""
    if request.get("PhoneNumber"):
        return None
    name = "TopicArn" if request.get("TopicArn") else "TargetArn"
    arn = request.get(name)
    if not arn:
        return _invalid("TopicArn or TargetArn Reason: no value for required parameter")
    parts = len(arn.split(":"))
    if parts >= ARN_PARTS:
        return None
    return _invalid(f"{name} Reason: An ARN must have at least {ARN_PARTS} elements, not {parts}")


def _message(request: Request) -> Refused | None:
    """Botocore, `Publish.Message`: from one byte to 256 KB."""
    size = len(request["Message"].encode())
    if size == 0:
        return _invalid("Empty message")
    return _invalid("Message too long") if size > MOST_OF_A_MESSAGE else None


def _structure(message: str) -> Refused | None:
    """Botocore, `PublishInput.MessageStructure`: JSON with a default, a string."""
    try:
        parsed = json.loads(message)
    except ValueError:
        return _invalid("Message Structure - JSON message body failed to parse")
    if not isinstance(parsed, dict) or "default" not in parsed:
        return _invalid("Message Structure - No default entry in JSON message body")
    return None


def _invalid(what: str) -> Refused:
    return "InvalidParameter", f"Invalid parameter: {what}"


RULES: Rules = {("events", "PutEvents"): _too_much, ("sns", "Publish"): _published}
