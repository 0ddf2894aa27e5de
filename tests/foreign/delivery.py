"""How a lifecycle hook's message reaches a function: the events as Lambda gets them, and when.

By SNS: the hook's notification target is a topic that the function is subscribed to; what the function publishes to it
comes back to it. By EventBridge: a rule matches the hook's event and invokes the function. By SQS: the rule's target is
a queue, from which Lambda reads one message at a time; what the function sends to the queue comes back to it.
"""

import heapq
import json
from collections.abc import Iterator
from itertools import count
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from simulator.api.clients import client
from simulator.aws.ecs.context import ACCOUNT
from simulator.aws.messages import EventPut, Published
from simulator.simulation import Simulation
from tests.foreign.function import arn

DELIVERY_SECONDS = 0.5
RETRIES_AFTER_SECONDS = (60.0, 120.0)
"""Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation": two more attempts, with
"a one-minute wait before the first retry, and two minutes between the first and second"."""
NAME = "drain"
TERMINATES = "EC2 Instance-terminate Lifecycle Action"
VISIBILITY_SECONDS = 5400
"""Six times the longest time-out of a function, as Lambda's guide recommends for a queue."""

Event = dict[str, Any]


class Source(Protocol):
    """What invokes the function. `target` is the hook's notification target, where it has one."""

    target: str | None
    places: dict[str, str]

    def next(self) -> Event | None:
        """The event that is to be delivered now, or None."""

    def done(self, error: str | None) -> None:
        """The invocation for the event that was last given has ended."""


class _Asynchronous:
    """Events in the order in which they are due; a failed invocation is tried again twice."""

    def __init__(self, region: Simulation) -> None:
        self._region = region
        self._due: list[tuple[float, int, int, Event]] = []
        self._order = count()
        self._last: tuple[int, Event] | None = None

    def next(self) -> Event | None:
        """The first that is due."""
        if not self._due or self._due[0][0] > self._region.clock.now:
            return None
        _, _, attempt, event = heapq.heappop(self._due)
        self._last = attempt, event
        return event

    def done(self, error: str | None) -> None:
        """An error is tried again, twice at most."""
        assert self._last is not None
        attempt, event = self._last
        if error is not None and attempt < len(RETRIES_AFTER_SECONDS):
            self._later(RETRIES_AFTER_SECONDS[attempt], event, attempt + 1)

    def _later(self, seconds: float, event: Event, attempt: int = 0) -> None:
        heapq.heappush(self._due, (self._region.clock.now + seconds, next(self._order), attempt, event))


class BySns(_Asynchronous):
    """A topic that the function is subscribed to."""

    def __init__(self, region: Simulation) -> None:
        super().__init__(region)
        self.target: str | None = client("sns", region.scenario.region).create_topic(Name=NAME)["TopicArn"]
        self.places = {"topic": str(self.target)}
        self._messages = count(1)
        region.bus.subscribe(Published, self._published)

    def _published(self, event: Published) -> None:
        if event.topic == self.target:
            stamp = self._region.clock.today().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._later(DELIVERY_SECONDS, sns_event(event, next(self._messages), stamp))


class ByEventBridge(_Asynchronous):
    """A rule that matches the terminations of Auto Scaling, its target the function."""

    def __init__(self, region: Simulation) -> None:
        super().__init__(region)
        self.target: str | None = None
        self.places: dict[str, str] = {}
        region.bus.subscribe(EventPut, self._put)

    def _put(self, event: EventPut) -> None:
        if event.detail_type == TERMINATES:
            self._later(DELIVERY_SECONDS, eventbridge_event(self._region, event))


class BySqs:
    """The rule's target is a queue, and the queue an event source of the function."""

    def __init__(self, region: Simulation) -> None:
        self._region, self._sqs = region, client("sqs", region.scenario.region)
        self.target: str | None = None
        self._queue = self._sqs.create_queue(QueueName=NAME, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})[
            "QueueUrl"
        ]
        self.places = {"queue": self._queue}
        self._receipt = ""
        region.bus.subscribe(EventPut, self._put)

    def next(self) -> Event | None:
        """The message that is visible."""
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=1, AttributeNames=["All"])
        for message in found.get("Messages", ()):
            self._receipt = message["ReceiptHandle"]
            return sqs_event(message, self._region.scenario.region)
        return None

    def done(self, error: str | None) -> None:
        """A message that was worked on is deleted; another one comes again after the visibility time-out."""
        if error is None:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=self._receipt)

    def _put(self, event: EventPut) -> None:
        if event.detail_type == TERMINATES:
            body = json.dumps(eventbridge_event(self._region, event))
            self._sqs.send_message(QueueUrl=self._queue, MessageBody=body)


SOURCES: dict[str, type[BySns | ByEventBridge | BySqs]] = {"sns": BySns, "eventbridge": ByEventBridge, "sqs": BySqs}


def sns_event(event: Published, number: int, stamp: str) -> Event:
    """As Lambda gets a notification (developer guide, "Invoking Lambda functions with Amazon SNS notifications")."""
    region, subscription = event.topic.split(":")[3], _id("subscription")
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": f"{event.topic}:{subscription}",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": _id(f"message-{number}"),
                    "TopicArn": event.topic,
                    "Subject": event.subject,
                    "Message": event.message,
                    "Timestamp": stamp,
                    "SignatureVersion": "1",
                    "Signature": "simulated",
                    "SigningCertUrl": f"https://sns.{region}.amazonaws.com/simulated.pem",
                    "UnsubscribeUrl": f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe",
                    "MessageAttributes": {},
                },
            }
        ]
    }


def eventbridge_event(region: Simulation, event: EventPut) -> Event:
    """As Auto Scaling's events are (Auto Scaling user guide, "EventBridge event reference")."""
    token = event.detail["LifecycleActionToken"]
    return {
        "version": "0",
        "id": _id(token),
        "detail-type": event.detail_type,
        "source": event.source,
        "account": ACCOUNT,
        "time": region.clock.today().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region.scenario.region,
        "resources": [region.scaling.group(event.detail["AutoScalingGroupName"]).arn],
        "detail": event.detail,
    }


def sqs_event(message: dict[str, Any], region: str) -> Event:
    """As Lambda gets a message (developer guide, "Using Lambda with Amazon SQS")."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{region}:{ACCOUNT}:{NAME}",
                "awsRegion": region,
            }
        ]
    }


def _id(of: str) -> str:
    return str(uuid5(NAMESPACE_URL, of))


def named(text: str, places: dict[str, str]) -> str:
    """The text with `{cluster}` and the like filled in. Raises KeyError for one that there is not."""
    return text.format_map(places)


def all_places(region: Simulation, source: Source) -> Iterator[tuple[str, str]]:
    """What `--env` and `--tag` may name."""
    yield "cluster", region.scenario.cluster
    yield "region", region.scenario.region
    yield "account", ACCOUNT
    yield "function", arn(region.scenario.region)
    yield from source.places.items()
