"""The end: all new, all old, or an operator who is told; every override is restored; status and end agree."""

from handlers import catalogue
from simulator.invariants.baseline import Baseline
from simulator.invariants.external_changes import ExternalChanges
from simulator.invariants.final_state import FinalState
from simulator.invariants.restoration import not_restored
from simulator.invariants.service_restoration import moves
from simulator.invariants.violation_log import ViolationLog

END = "an end is all new, all old, or a human's"
STATUS = "status and end agree"
RESTORED = "what was overridden is restored"
HISTORY = "history under 20,000 events"
PAYLOAD = "payload under 8 KB"
NEEDS_A_HUMAN = catalogue.NEEDS_A_HUMAN.back
MIXED = "needs_a_human"
UP_TO_DATE = catalogue.NOTHING_TO_DO.forward
HISTORY_LIMIT, PAYLOAD_LIMIT = 20_000, 8 * 1024
"""AWS ends an execution at 25,000 events: it is to hand over before."""


def end_of(baseline: Baseline, final: FinalState, changes: ExternalChanges) -> str:
    """`all_new`, `all_old`, or `needs_a_human` for what is neither."""
    if baseline.expected.two_groups and final.last_state != UP_TO_DATE:
        return _end_of_two_groups(baseline, final, changes)
    return _end_of_one_group(baseline, final, changes)


def _end_of_one_group(baseline: Baseline, final: FinalState, changes: ExternalChanges) -> str:
    """By AMI. An empty group has nothing new: it is all old, but where faults emptied it, what it launches counts."""
    amis = {host.image_id for host in final.of(baseline.group.__eq__)}
    now = final.now.groups.get(baseline.group)
    if not amis and now is not None and now.desired and changes.took:
        amis = {now.launches_ami}
    if baseline.target_ami is not None and amis <= {baseline.target_ami} and amis:
        return "all_new"
    return "all_old" if baseline.target_ami not in amis else "needs_a_human"


def _end_of_two_groups(baseline: Baseline, final: FinalState, changes: ExternalChanges) -> str:
    """All new: the old group is empty, and what was moved runs on the target AMI. All old: nothing new is there.

    An old instance may stay for the tasks of a service that the input leaves alone.
    """
    old, second = final.of(baseline.group.__eq__), final.of(baseline.second)
    came = [host for host in second if host.instance_id not in baseline.original_ids]
    occupied = {placed.host.instance_id for placed in final.placed if placed.service in baseline.expected.left_alone}
    nobody = (baseline.expected.managed and not final.placed) or bool(changes.took)
    empty = nobody and final.last_state == catalogue.ROLLED_OUT.forward
    if all(host.instance_id in occupied for host in old) and (second or empty) and not _unrestored(baseline, final):
        return "all_new"
    stands = bool(old) or not baseline.settings.desired or bool(changes.took)
    return (
        "all_old"
        if stands and not came and all(instance.image_id != baseline.target_ami for instance in old)
        else MIXED
    )


def _unrestored(baseline: Baseline, final: FinalState) -> list[str]:
    """Services that were to move, with a task in the old group, or on another AMI in the second."""
    return [
        placed.service
        for placed in final.placed
        if (settings := baseline.before.services.get(placed.service)) is not None
        and moves(baseline, placed.service, settings)
        and baseline.involves(placed.host.group)
        and (placed.host.group == baseline.group or placed.host.image_id != baseline.target_ami)
    ]


def check_end(log: ViolationLog, baseline: Baseline, changes: ExternalChanges, final: FinalState) -> str:
    """Note what is wrong with the end; returns which of the three it is."""
    end = end_of(baseline, final, changes)
    if end == MIXED and final.last_state != NEEDS_A_HUMAN:
        log.note(END, f"the fleet is mixed and the execution ended at {final.last_state!r}")
    if (final.status == "SUCCEEDED") and end == MIXED:
        log.note(STATUS, "the execution is green and the fleet is mixed")
    if final.last_state == catalogue.ROLLED_OUT.forward and end != "all_new":
        log.note(STATUS, f"the execution says Rolled out, the fleet is {end}")
    if final.last_state == catalogue.ROLLED_BACK.back and end != "all_old":
        log.note(STATUS, f"the execution says Rolled back, the fleet is {end}")
    if final.last_state != NEEDS_A_HUMAN:
        moved = end == "all_new" and not (baseline.expected.two_groups and final.last_state == UP_TO_DATE)
        for sentence in not_restored(baseline, changes, final, moved=moved):
            log.note(RESTORED, sentence)
    if final.history_events >= HISTORY_LIMIT:
        log.note(HISTORY, f"{final.history_events} events")
    if final.peak_payload_bytes > PAYLOAD_LIMIT:
        log.note(PAYLOAD, f"{final.peak_payload_bytes} bytes")
    return end
