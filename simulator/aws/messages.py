"""What the deployed stack tells operators and machines: messages to SNS topics, events to EventBridge's buses.

Both are answered here, after the dispatch, and are events of the region's own bus: in the trace, and to be looked at by
a test. SNS's subscriptions are moto's. Rules of an EventBridge bus see nothing: their targets are not simulated.
"""

import json
from dataclasses import dataclass
from typing import Any

from moto.events.models import events_backends
from moto.sns.models import sns_backends

from simulator.api.clients import client
from simulator.api.dispatch import ApiError
from simulator.aws.ecs.context import ACCOUNT
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams

LONGEST_SUBJECT = 100
"""SNS takes 100 characters, though its documentation says "less than 100" (getmoto/moto issue 1503)."""

DEFAULT_BUS = "default"


@dataclass(frozen=True)
class Published:
    """A message went to a topic (its ARN)."""

    topic: str
    subject: str | None
    message: str


@dataclass(frozen=True)
class EventPut:
    """An event went to a bus of EventBridge's (its name)."""

    event_bus: str
    source: str
    detail_type: str
    detail: dict[str, Any]


class Sns:
    """Amazon SNS: Publish. All else is moto's."""

    def __init__(self, bus: Bus, region: str) -> None:
        self._bus = bus
        self._region = region

    def publish(self, **request: Any) -> dict[str, Any]:
        """Publish to a topic that exists. Raises ApiError: NotFound, InvalidParameter."""
        topic, subject = request.get("TopicArn") or request.get("TargetArn") or "", request.get("Subject")
        backend = sns_backends[ACCOUNT][self._region]
        if topic not in backend.topics:
            raise ApiError("NotFound", "Topic does not exist")
        if subject is not None and not _good(subject):
            raise ApiError("InvalidParameter", "Invalid parameter: Subject")
        message_id = backend.publish(request["Message"], topic, subject=subject)
        self._bus.emit(Published(topic, subject, request["Message"]))
        return {"MessageId": message_id}


class EventBridge:
    """Amazon EventBridge: PutEvents and DescribeEventBus. All else is moto's."""

    def __init__(self, bus: Bus, random_streams: RandomStreams, region: str) -> None:
        self._bus = bus
        self._random_streams = random_streams
        self._region = region

    def describe_event_bus(self, **request: Any) -> dict[str, Any]:
        """The bus's name and ARN. Raises ApiError, ResourceNotFoundException."""
        name = request.get("Name", DEFAULT_BUS).rpartition("/")[2]
        if name not in events_backends[ACCOUNT][self._region].event_buses:
            raise ApiError("ResourceNotFoundException", f"Event bus {name} does not exist.")
        return {"Name": name, "Arn": f"arn:aws:events:{self._region}:{ACCOUNT}:event-bus/{name}"}

    def put_events(self, **request: Any) -> dict[str, Any]:
        """Take each entry that is an event; the others are told as failed, in their places.

        One for a bus that does not exist is taken, too, and goes nowhere: AWS recorded so on 2025-01-08.
        """
        answers = [self._put(entry) for entry in request["Entries"]]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    def _put(self, entry: dict[str, Any]) -> dict[str, str]:
        for member in ("Source", "DetailType", "Detail"):
            if not entry.get(member):
                why = f"Parameter {member} is not valid. Reason: {member} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": why}
        detail = _parsed(entry["Detail"])
        if detail is None:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        name = str(entry.get("EventBusName") or DEFAULT_BUS).rpartition("/")[2]
        if name in events_backends[ACCOUNT][self._region].event_buses:
            self._bus.emit(EventPut(name, entry["Source"], entry["DetailType"], detail))
        return {"EventId": self._random_streams.hex("event-id", 32)}


def make_topics_and_buses(topics: tuple[str, ...], event_buses: tuple[str, ...], region: str) -> None:
    """Deploy them, by their names."""
    for topic in topics:
        client("sns", region).create_topic(Name=topic)
    for name in event_buses:
        if name not in events_backends[ACCOUNT][region].event_buses:
            client("events", region).create_event_bus(Name=name)


def _good(subject: str) -> bool:
    """Botocore, PublishInput: "no line breaks or control characters"."""
    return 0 < len(subject) <= LONGEST_SUBJECT and subject.isprintable()


def _parsed(detail: str) -> dict[str, Any] | None:
    try:
        found = json.loads(detail)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
