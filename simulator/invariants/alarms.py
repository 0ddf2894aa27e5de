"""Alarms: no old instance is drained any more once a watched alarm has been in ALARM for longer than one poll.

Read from CloudWatch's own state. An alarm that was in ALARM before the start is the plan's business: it is refused, or
the input says that it is to be ignored.
"""

from collections.abc import Iterator
from datetime import timedelta

from moto.cloudwatch.models import cloudwatch_backends

from simulator.aws.ecs.context import ACCOUNT
from simulator.kernel.clock import EPOCH
from simulator.region import Region

CALM = "no drain after an alarm"
ONE_POLL_SECONDS = 120.0


def firing(region: Region, watched: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """Each watched alarm that went into ALARM since the start, and for how many seconds it has been there."""
    alarms = cloudwatch_backends[ACCOUNT][region.scenario.region].alarms
    for name in watched:
        alarm = alarms.get(name)
        if alarm is None or alarm.state_value != "ALARM":
            continue
        since = (alarm.state_updated_timestamp - EPOCH.replace(tzinfo=None)) / timedelta(seconds=1)
        if since > region.started_at:
            yield name, region.clock.now - since
