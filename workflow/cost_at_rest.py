"""What a deployed stack costs a month while no rollout runs, from its template: `python -m workflow.cost_at_rest`.

List prices in us-east-1, in US dollars, from the pricing pages of CloudWatch ("Alarms": standard resolution, for each
metric that an alarm looks at), Lambda (requests; GB-seconds on Arm), and EventBridge (Scheduler). No free tier is taken
off, but for the dashboard, which is one of three free ones. Not in it: logs and the table's few items, which only
grow with rollouts; metrics, which are billed by the hour in which they come, and come with rollouts.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOURS_A_MONTH = 730
ALARM_METRIC = 0.10
SCHEDULED_CALL = 1.00 / 1_000_000
REQUEST = 0.20 / 1_000_000
GB_SECOND = 0.0000133334
LOOK_SECONDS = 2.0
"""How long one look of a scheduled function is billed; measured nowhere yet."""
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
IN_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}

Template = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One line of the bill: what, how many of it a month, and dollars a month."""

    what: str
    count: float
    dollars: float


def cost_at_rest(template: Template) -> list[Item]:
    """The lines of the bill of one stack."""
    watched = sum(map(_metrics_of, _of_kind(template, "AWS::CloudWatch::Alarm")))
    looks = sum(map(_looks, _of_kind(template, "AWS::Scheduler::Schedule")))
    memory = max(
        (function.get("MemorySize", 128) for function in _of_kind(template, "AWS::Lambda::Function")), default=0
    )
    a_look = SCHEDULED_CALL + REQUEST + memory / 1024 * LOOK_SECONDS * GB_SECOND
    return [
        Item("metrics that alarms look at", watched, watched * ALARM_METRIC),
        Item("scheduled looks", looks, looks * a_look),
    ]


def _metrics_of(alarm: Template) -> int:
    """A metric, or those that an expression is made of."""
    return sum("MetricStat" in each for each in alarm["Metrics"]) if "Metrics" in alarm else 1


def _looks(schedule: Template) -> float:
    """How often a month. Raises ValueError for a schedule that is no rate."""
    rate = RATE.fullmatch(schedule["ScheduleExpression"])
    if rate is None:
        raise ValueError(f"no rate: {schedule['ScheduleExpression']}")
    return HOURS_A_MONTH / (int(rate[1]) * IN_HOURS[rate[2]])


def _of_kind(template: Template, kind: str) -> Iterator[Template]:
    return (each["Properties"] for each in template["Resources"].values() if each["Type"] == kind)


if __name__ == "__main__":
    items = cost_at_rest(json.loads(Path(sys.argv[1]).read_text()))
    for item in items:
        sys.stdout.write(f"{item.count:10.0f}  {item.what:30}  ${item.dollars:.3f}\n")
    sys.stdout.write(f"{'':10}  {'a month':30}  ${sum(item.dollars for item in items):.2f}\n")
