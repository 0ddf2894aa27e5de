"""The end: all new, all old, or a human who is told; nothing borrowed is kept; status and end agree."""

from simulator.invariants.baseline import Baseline
from simulator.invariants.external_changes import Meddling
from simulator.invariants.final_state import Ended
from simulator.invariants.restoration import kept
from simulator.invariants.service_restoration import moves
from simulator.invariants.violation_log import Judge

END = "an end is all new, all old, or a human's"
STATUS = "status and end agree"
RESTORED = "what was borrowed is given back"
HISTORY = "history under 25,000 events"
PAYLOAD = "payload under 8 KB"
NEEDS_A_HUMAN = "Needs a human"
MIXED = "needs_a_human"
UP_TO_DATE = "Nothing to do"
HISTORY_LIMIT, PAYLOAD_LIMIT = 25_000, 8 * 1024


def end_of(baseline: Baseline, ended: Ended, meddling: Meddling) -> str:
    """`all_new`, `all_old`, or `needs_a_human` for what is neither."""
    if baseline.asked.two_groups and ended.last_state != UP_TO_DATE:
        return _end_of_two_groups(baseline, ended, meddling)
    return _end_of_one_group(baseline, ended, meddling)


def _end_of_one_group(baseline: Baseline, ended: Ended, meddling: Meddling) -> str:
    """By AMI. An empty group has nothing new: it is all old, but where faults emptied it, what it launches counts."""
    amis = {host.image_id for host in ended.of(baseline.group.__eq__)}
    now = ended.now.groups.get(baseline.group)
    if not amis and now is not None and now.desired and meddling.took:
        amis = {now.launches_ami}
    if baseline.target_ami is not None and amis <= {baseline.target_ami} and amis:
        return "all_new"
    return "all_old" if baseline.target_ami not in amis else "needs_a_human"


def _end_of_two_groups(baseline: Baseline, ended: Ended, meddling: Meddling) -> str:
    """All new: the old group is empty, and what was moved runs on the target AMI. All old: nothing new is there.

    An old instance may stay for the tasks of a service that the input leaves alone.
    """
    old, second = ended.of(baseline.group.__eq__), ended.of(baseline.second)
    came = [host for host in second if host.instance_id not in baseline.original_ids]
    occupied = {one.host.instance_id for one in ended.placed if one.service in baseline.asked.left_alone}
    nobody = (baseline.asked.managed and not ended.placed) or bool(meddling.took)
    empty = nobody and ended.last_state == "Rolled out"
    if all(host.instance_id in occupied for host in old) and (second or empty) and not _astray(baseline, ended):
        return "all_new"
    stands = bool(old) or not baseline.settings.desired or bool(meddling.took)
    return "all_old" if stands and not came and all(one.image_id != baseline.target_ami for one in old) else MIXED


def _astray(baseline: Baseline, ended: Ended) -> list[str]:
    """Services that were to move, with a task in the old group, or on another AMI in the second."""
    return [
        one.service
        for one in ended.placed
        if (settings := baseline.before.services.get(one.service)) is not None
        and moves(baseline, one.service, settings)
        and baseline.involves(one.host.group)
        and (one.host.group == baseline.group or one.host.image_id != baseline.target_ami)
    ]


def judge_end(judge: Judge, baseline: Baseline, meddling: Meddling, ended: Ended) -> str:
    """Note what is wrong with the end; returns which of the three it is."""
    end = end_of(baseline, ended, meddling)
    if end == MIXED and ended.last_state != NEEDS_A_HUMAN:
        judge.note(END, f"the fleet is mixed and the execution ended at {ended.last_state!r}")
    if (ended.status == "SUCCEEDED") and end == MIXED:
        judge.note(STATUS, "the execution is green and the fleet is mixed")
    if ended.last_state == "Rolled out" and end != "all_new":
        judge.note(STATUS, f"the execution says Rolled out, the fleet is {end}")
    if ended.last_state == "Rolled back" and end != "all_old":
        judge.note(STATUS, f"the execution says Rolled back, the fleet is {end}")
    if ended.last_state != NEEDS_A_HUMAN:
        moved = end == "all_new" and not (baseline.asked.two_groups and ended.last_state == UP_TO_DATE)
        for sentence in kept(baseline, meddling, ended, moved=moved):
            judge.note(RESTORED, sentence)
    if ended.history_events >= HISTORY_LIMIT:
        judge.note(HISTORY, f"{ended.history_events} events")
    if ended.peak_payload_bytes > PAYLOAD_LIMIT:
        judge.note(PAYLOAD, f"{ended.peak_payload_bytes} bytes")
    return end
