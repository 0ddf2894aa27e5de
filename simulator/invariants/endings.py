"""The end: all new, all old, or a human who is told; nothing borrowed is kept; status and end agree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from simulator.core.host import Host
from simulator.invariants.baseline import Baseline, Settings
from simulator.invariants.judge import Judge

END = "an end is all new, all old, or a human's"
STATUS = "status and end agree"
RESTORED = "what was borrowed is given back"
HISTORY = "history under 25,000 events"
PAYLOAD = "payload under 8 KB"
NEEDS_A_HUMAN = "Needs a human"
UP_TO_DATE = "Nothing to do"
HISTORY_LIMIT, PAYLOAD_LIMIT = 25_000, 8 * 1024


@dataclass(frozen=True)
class Ended:
    """The execution and the region as they are when it has ended."""

    status: str
    last_state: str
    settings: Settings
    hosts: tuple[Host, ...]
    draining: tuple[str, ...]
    locks: tuple[str, ...]
    history_events: int
    peak_payload_bytes: int


def end_of(baseline: Baseline, hosts: Iterable[Host]) -> str:
    """`all_new`, `all_old`, or `needs_a_human` for a mixed fleet. An empty one has nothing new: it is all old."""
    amis = {host.image_id for host in hosts}
    if baseline.target_ami is not None and amis <= {baseline.target_ami} and amis:
        return "all_new"
    return "all_old" if baseline.target_ami not in amis else "needs_a_human"


def judge_end(judge: Judge, baseline: Baseline, ended: Ended) -> str:
    """Note what is wrong with the end; returns which of the three it is."""
    end = end_of(baseline, ended.hosts)
    if end == "needs_a_human" and ended.last_state != NEEDS_A_HUMAN:
        judge.note(END, f"the fleet is mixed and the execution ended at {ended.last_state!r}")
    if (ended.status == "SUCCEEDED") and end == "needs_a_human":
        judge.note(STATUS, "the execution is green and the fleet is mixed")
    if ended.last_state == "Rolled out" and end != "all_new":
        judge.note(STATUS, f"the execution says Rolled out, the fleet is {end}")
    if ended.last_state == "Rolled back" and end != "all_old":
        judge.note(STATUS, f"the execution says Rolled back, the fleet is {end}")
    if ended.last_state != NEEDS_A_HUMAN:
        for kept in _kept(baseline, ended, end):
            judge.note(RESTORED, kept)
    if ended.history_events >= HISTORY_LIMIT:
        judge.note(HISTORY, f"{ended.history_events} events")
    if ended.peak_payload_bytes > PAYLOAD_LIMIT:
        judge.note(PAYLOAD, f"{ended.peak_payload_bytes} bytes")
    return end


FREE_WHEN_NEW = ("launch_template_version", "launches_ami", "template_versions")
"""A finished rollout leaves these changed: that is what it was for."""


def _kept(baseline: Baseline, ended: Ended, end: str) -> Iterator[str]:
    before, after = baseline.settings, ended.settings
    for field in fields(Settings):
        was, is_now = getattr(before, field.name), getattr(after, field.name)
        if was != is_now and not (end == "all_new" and field.name in FREE_WHEN_NEW):
            yield f"{field.name.replace('_', ' ')} was {was!r} and is {is_now!r}"
    if end == "all_new" and after.launches_ami != baseline.target_ami:
        yield f"the group would launch {after.launches_ami}, the target is {baseline.target_ami}"
    if len(ended.hosts) != before.desired:
        yield f"{before.desired} instances were wanted and {len(ended.hosts)} are there"
    for instance_id in ended.draining:
        yield f"{instance_id} is still DRAINING"
    for lock in ended.locks:
        yield f"the lock {lock} is still held"
