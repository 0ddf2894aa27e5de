"""What cannot be delivered waits in a queue, as far as whoever sends it there may; an alarm tells of it.

"Using dead-letter queues to process undelivered events in EventBridge" (an event that lacks a permission goes there
without another try); "Adding a destination" (Lambda sends there by the function's role). A queue is no more here than
the events of its messages; no alarm but those on queues is evaluated.
"""

from dataclasses import dataclass

from simulator.aws.ecs.context import ACCOUNT
from simulator.aws.messages import Published
from simulator.iam.evaluation import Principal
from simulator.region import Region
from simulator.stepfunctions.deployed_stack import QueueAlarm

SEND, PUBLISH, CLOUDWATCH = "sqs:SendMessage", "sns:Publish", "cloudwatch.amazonaws.com"


@dataclass(frozen=True)
class DeadLetter:
    """Something that was not delivered went to a queue (its ARN)."""

    queue: str
    sent_for: str  # the rule, the schedule or the function


@dataclass(frozen=True)
class Undelivered:
    """Something was not delivered. Who sends it to the queue, and on behalf of which ARN."""

    sent_for: str
    queue: str
    sender: Principal
    source: str = ""


def bury(region: Region, letter: Undelivered) -> None:
    """Send it to its queue. A sender that may not, or that has no queue, loses it."""
    if letter.queue and region.may(letter.sent_for, letter.sender, SEND, letter.queue, letter.source):
        region.bus.emit(DeadLetter(letter.queue, letter.sent_for))


class QueueAlarms:
    """The stack's alarms on its queues: each goes off once."""

    def __init__(self, region: Region, alarms: tuple[QueueAlarm, ...]) -> None:
        self._region, self._quiet = region, list(alarms)
        region.bus.subscribe(DeadLetter, self._waits)

    def _waits(self, letter: DeadLetter) -> None:
        for alarm in [each for each in self._quiet if letter.queue in each.queues]:
            self._quiet.remove(alarm)
            for topic in alarm.topics:
                self._tell(alarm.name, topic)

    def _tell(self, alarm: str, topic: str) -> None:
        region = self._region
        arn = f"arn:aws:cloudwatch:{region.scenario.region}:{ACCOUNT}:alarm:{alarm}"
        if region.may(alarm, Principal(ACCOUNT, service=CLOUDWATCH), PUBLISH, topic, arn):
            region.bus.emit(Published(topic, f'ALARM: "{alarm}"', "A message waits in a dead-letter queue."))
