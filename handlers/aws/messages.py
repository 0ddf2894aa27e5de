"""Messages to people and machines: an SNS topic for the first, an EventBridge bus for the second."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.errors import PartialFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

SOURCE = "ecs-ami-rollout"
SUBJECT_LENGTH = 100
DEFAULT_BUS = "default"


class Messages:
    """Publishes messages, and puts events."""

    def __init__(
        self, sns: Callable[[], SNSClient], events: Callable[[], EventBridgeClient], topic: str, bus: str
    ) -> None:
        """The clients are made when there is something to tell: few handlers ever do."""
        self._sns = sns
        self._events = events
        self._topic = topic
        self._bus = bus

    def publish(self, subject: str, text: str) -> None:
        """Publish the text to those that subscribe to the topic."""
        self._sns().publish(TopicArn=self._topic, Subject=subject[:SUBJECT_LENGTH], Message=text)

    def missing_bus(self) -> str | None:
        """The bus's name if there is no such bus: PutEvents answers that all is well then, and drops the event.

        Nothing is asked about the default bus, which every Region has.
        """
        if self._bus == DEFAULT_BUS:
            return None
        try:
            self._events().describe_event_bus(Name=self._bus)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return self._bus
        return None

    def put(self, kind: str, detail: dict[str, Any]) -> None:
        """Put an event of that detail type on the bus.

        Raises PartialFailure where EventBridge refuses it: it answers HTTP 200 then, with an error in the entry.
        """
        told = {"EventBusName": self._bus, "Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
        answer = self._events().put_events(Entries=[told])  # type: ignore[list-item]
        refused = [each for each in answer["Entries"] if each.get("ErrorCode")]
        if answer["FailedEntryCount"] or refused:
            why = refused[0] if refused else {}
            raise PartialFailure(
                f"EventBridge did not put {kind!r} on the bus {self._bus}: "
                f"{why.get('ErrorCode', 'no error code')}: {why.get('ErrorMessage', 'no message')}"
            )
