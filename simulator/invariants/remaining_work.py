"""What a rollout leaves that needs a human: everything that could be given back was, the rest is named, as it is.

Seen when the execution enters its end, so that nobody has changed anything since the report was written.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from simulator.aws.autoscaling.fleet import LEAVING
from simulator.faults.faults import FaultStruck
from simulator.invariants.baseline import Baseline
from simulator.invariants.external_changes import Meddling
from simulator.invariants.region_reads import hosts_of
from simulator.invariants.snapshot import GroupSettings, Snapshot
from simulator.invariants.snapshot_capture import take
from simulator.invariants.violation_log import Judge
from simulator.invariants.zones import TOLERATED
from simulator.region import Region
from simulator.stepfunctions.events import StateEntered

NEEDS_A_HUMAN = "Needs a human"
GIVEN_BACK = "what can be given back is, whatever fails"
REMAINDER = "the remainder that a human is told is the region's"
CAUSE = "a cause fits into a Fail state"
CAUSE_CHARACTERS = 32_768
BALANCES = "AZRebalance"
MIN, MAX, PROCESSES = "min size", "max size", "suspended processes"
SCALING, PROTECTION, REBALANCING = "managed scaling", "managed termination protection", "zone rebalancing"
CALLS = {
    MIN: "UpdateAutoScalingGroup",
    MAX: "UpdateAutoScalingGroup",
    PROCESSES: "ResumeProcesses",
    SCALING: "UpdateCapacityProvider",
    PROTECTION: "UpdateCapacityProvider",
    REBALANCING: "UpdateService",
}
"""By setting, the call that gives it back."""
READS = ("DescribeAutoScalingGroups", "DescribeServices", "DescribeCapacityProviders", "ListServices", "GetItem")
TAKING_OVER, TAKEN_OVER = "Take over rollout", "Wait for in-flight invocations"
"""Between these two an execution holds nothing yet, and changes nothing."""
TRIES = 2
"""A part that fails is tried once more: one refusal is no reason to keep a thing."""

Thing = tuple[str, str]
"""A setting, and of what."""


@dataclass(frozen=True)
class Left:
    """The region as it stood when the execution came to its end, and what the report said of it."""

    report: dict[str, Any]
    now: Snapshot
    old: int
    new: int
    even: dict[str, bool]  # by group: whether no zone has two instances more than another
    full: frozenset[str]  # groups with instances
    holds: bool  # it was this execution's to give anything back

    @property
    def named(self) -> set[Thing]:
        """What the report says is not restored."""
        return {(one["what"], one["resource"]) for one in self.report.get("details", {}).get("not_restored", ())}


class Leavings:
    """Watches for the end, and for calls that are refused for good."""

    def __init__(self, region: Region, baseline: Baseline) -> None:
        self._region, self._baseline = region, baseline
        self._refused: set[str] = set()
        self._blurred = False
        self._fenced: set[str] = set()
        self.left: Left | None = None
        region.bus.subscribe(FaultStruck, self._struck)
        region.bus.subscribe(StateEntered, self._entered)

    def judge(self, judge: Judge, meddling: Meddling) -> None:
        """Note what was kept though it could have been given back, and where the report and the region disagree."""
        left = self.left
        if left is None:
            return
        for thing in self._kept(left, meddling):
            if thing not in left.named:
                judge.note(REMAINDER, f"{thing[0]} of {thing[1]} is not as before, and the report does not say so")
            if left.holds and not self._excused(thing[0]):
                judge.note(GIVEN_BACK, f"{thing[0]} of {thing[1]} could have been given back")
        if (length := len(left.report.get("cause", ""))) > CAUSE_CHARACTERS:
            judge.note(CAUSE, f"{length} characters")
        details = left.report.get("details", {})
        if "unread" in details and not self._refused:
            judge.note(REMAINDER, f"nothing kept the region from being read, and it was not: {details['unread']}")
        if self._blurred or not {"old", "new"} <= details.keys():
            return
        if (details["old"], details["new"]) != (left.old, left.new):
            said = f"{details['old']} old and {details['new']} new"
            judge.note(REMAINDER, f"the report says {said}, and there are {left.old} and {left.new}")

    def _kept(self, left: Left, meddling: Meddling) -> Iterator[Thing]:
        before = self._baseline.before
        for name, was in before.groups.items():
            now = left.now.groups.get(name)
            if now is not None and self._baseline.involves(name):
                yield from self._kept_of(name, was, now, meddling, even=left.even[name])
        for name, service in before.services.items():
            stands = left.now.services.get(name)
            changed = stands is not None and stands.zone_rebalancing != service.zone_rebalancing
            if changed and "zone_rebalancing" not in meddling.touched(name):
                yield REBALANCING, name

    @staticmethod
    def _kept_of(
        name: str, was: GroupSettings, now: GroupSettings, meddling: Meddling, *, even: bool
    ) -> Iterator[Thing]:
        allowed = as_far_as_instances_allow(was, now, even=even)
        if now.suspended != allowed.suspended:
            yield PROCESSES, name
        before, after = dict(was.provider), dict(now.provider)
        for what in (SCALING, PROTECTION):
            if before.get(what) != after.get(what):
                yield what, str(was.provider_name)
        theirs = meddling.sized(name)
        if "minimum" not in theirs and now.minimum != allowed.minimum:
            yield MIN, name
        if "maximum" not in theirs and now.maximum != allowed.maximum:
            yield MAX, name

    def _excused(self, what: str) -> bool:
        """Whether a fault refuses the call that gives it back, or a read that comes before, for good."""
        return bool(self._refused & {CALLS[what], "*", *READS})

    def _struck(self, event: FaultStruck) -> None:
        self._blurred = self._blurred or event.kind in ("stale_reads", "throttle")
        if event.kind == "throttle":
            self._refused.add("*")
        if event.kind == "fail_api" and event.parameters.get("times", 1) >= TRIES:
            self._refused.add(event.parameters["operation"])

    def _entered(self, event: StateEntered) -> None:
        if event.state == TAKING_OVER:
            self._fenced.add(event.execution)
        if event.state == TAKEN_OVER:
            self._fenced.discard(event.execution)
        if event.state == NEEDS_A_HUMAN:
            self.left = self._look(event.report or {}, holds=event.execution not in self._fenced)

    def _look(self, report: dict[str, Any], *, holds: bool) -> Left:
        region, baseline = self._region, self._baseline
        groups = [name for name in region.scaling.groups if baseline.involves(name)]
        hosts = [host for name in groups for host in hosts_of(region, name) if not _leaves(region, host.instance_id)]
        new = [one for one in hosts if one.image_id == baseline.target_ami and one.group != baseline.group]
        if not baseline.asked.two_groups:
            new = [one for one in hosts if one.image_id == baseline.target_ami]
        zones = {name: even(region, name) for name in groups}
        full = frozenset(name for name in region.scaling.groups if hosts_of(region, name))
        return Left(report, take(region), len(hosts) - len(new), len(new), zones, full, holds)


def as_far_as_instances_allow(was: GroupSettings, now: GroupSettings, *, even: bool) -> GroupSettings:
    """The settings before, bounds stretched to the group's size; what evens out uneven zones may stay suspended."""
    suspended = set(was.suspended) | ({BALANCES} & set(now.suspended) if not even else set())
    minimum, maximum = min(was.minimum, now.desired), max(was.maximum, now.desired)
    return replace(was, suspended=tuple(sorted(suspended)), minimum=minimum, maximum=maximum)


def _leaves(region: Region, instance_id: str) -> bool:
    host = region.scaling.instance(instance_id)
    return region.scaling.group(host.group).members[instance_id].lifecycle in LEAVING


def even(region: Region, name: str) -> bool:
    """Of the instances in service, as Auto Scaling would count them."""
    group = region.scaling.group(name)
    counts = Counter(dict.fromkeys(group.subnets, 0))
    counts.update(one.instance.availability_zone for one in group.members.values() if one.lifecycle == "InService")
    return max(counts.values()) - min(counts.values()) <= TOLERATED
