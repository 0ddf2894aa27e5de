"""Amazon CloudWatch: the states of the watched alarms, metric and composite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.aws.batches import batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient

DESCRIBE = 100


class CloudWatch:
    """Reads alarms."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def alarm_states(self, names: Sequence[str]) -> dict[str, str]:
        """State (OK, ALARM, INSUFFICIENT_DATA) by name; alarms that do not exist are left out."""
        states: dict[str, str] = {}
        pages = self._client.get_paginator("describe_alarms")
        for some in batches(names, DESCRIBE):
            for page in pages.paginate(AlarmNames=some, AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
                for alarm in [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]:
                    states[alarm["AlarmName"]] = alarm["StateValue"]
        return states
