"""Messages to people and machines: an SNS topic for the first, an EventBridge bus for the second."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

SOURCE = "ecs-ami-rollout"
SUBJECT_LENGTH = 100


class Messages:
    """Tells."""

    def __init__(
        self, sns: Callable[[], SNSClient], events: Callable[[], EventBridgeClient], topic: str, bus: str
    ) -> None:
        """The clients are made when there is something to tell: few handlers ever do."""
        self._sns = sns
        self._events = events
        self._topic = topic
        self._bus = bus

    def tell(self, subject: str, text: str, kind: str, detail: dict[str, Any]) -> None:
        """Publish the text, and the same as an event of that detail type."""
        self._sns().publish(TopicArn=self._topic, Subject=subject[:SUBJECT_LENGTH], Message=text)
        told = {"EventBusName": self._bus, "Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
        self._events().put_events(Entries=[told])  # type: ignore[list-item]
