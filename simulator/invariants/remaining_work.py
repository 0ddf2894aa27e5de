"""What a rollout leaves that needs a human: everything that could be restored was, the rest is named, as it is.

Seen when the execution enters its end, so that nothing has changed since the report was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from handlers import catalogue
from simulator.aws.autoscaling.fleet import LEAVING
from simulator.faults.faults import FaultStruck
from simulator.iam.patterns import like, names_action
from simulator.invariants.baseline import Baseline
from simulator.invariants.external_changes import ExternalChanges
from simulator.invariants.region_reads import even, hosts_of
from simulator.invariants.snapshot import GroupSettings, Snapshot
from simulator.invariants.snapshot_capture import capture_snapshot
from simulator.invariants.violation_log import ViolationLog
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.region import Region
from simulator.stepfunctions.events import StateEntered

REPORTING, NEEDS_A_HUMAN = catalogue.REPORT_REMAINING_WORK.back, catalogue.NEEDS_A_HUMAN.back
RESTORED = "what can be restored is, whatever fails"
REMAINDER = "the remainder that a human is told is the region's"
CAUSE = "a cause fits into a Fail state"
CAUSE_CHARACTERS = 32_768
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
"""By setting, the call that restores it."""
RECORD = "GetItem"
"""By this read alone a report knows what there was; where it is refused for good, nobody can say what is missing."""
READS = ("DescribeAutoScalingGroups", "DescribeServices", "DescribeCapacityProviders", "ListServices", RECORD)
OF_A_LAUNCH = ("ec2:RunInstances", "iam:PassRole")
"""What Auto Scaling asks of who gives a group its launch template."""
TAKING_OVER, TAKEN_OVER = catalogue.TAKE_OVER.forward, catalogue.WAIT_FOR_INVOCATIONS.forward
"""Between these two an execution holds nothing yet, and changes nothing."""
TRIES = 2
"""A part that fails is tried once more: one refusal is no reason to leave a thing."""

Thing = tuple[str, str]
"""A setting, and of what."""


@dataclass(frozen=True)
class RemainingWork:
    """The region as it stood when the execution came to its end, and what the report said of it.

    A group whose deletion has begun does not stand any more: nothing of it can be restored.
    """

    report: dict[str, Any]
    now: Snapshot
    old: int
    new: int
    even: dict[str, bool]  # by group: whether no zone has two instances more than another
    full: frozenset[str]  # groups with instances
    holds: bool  # it was this execution's to restore anything
    launchable: bool  # the AMI of before was there

    @property
    def named(self) -> set[Thing]:
        """What the report says is not restored."""
        return {(each["what"], each["resource"]) for each in self.report.get("details", {}).get("not_restored", ())}


class RemainingWorkCheck:
    """Watches for the end, and for calls that are refused for good."""

    def __init__(self, region: Region, baseline: Baseline) -> None:
        self._region, self._baseline = region, baseline
        self._refused: set[str] = set()
        self._blurred = False
        self._fenced: set[str] = set()
        self._reporting_at = inf
        self.remaining: RemainingWork | None = None
        region.bus.subscribe(FaultStruck, self._struck)
        region.bus.subscribe(StateEntered, self._entered)

    def check(self, log: ViolationLog, changes: ExternalChanges) -> None:
        """Note what was not restored though it could have been, and where the report and the region disagree."""
        remaining = self.remaining
        if remaining is None:
            return
        details = remaining.report.get("details", {})
        unrecorded = "unread" in details and RECORD in self._refused
        for thing in self._not_restored(remaining, changes):
            if thing not in remaining.named and not unrecorded:
                log.note(REMAINDER, f"{thing[0]} of {thing[1]} is not as before, and the report does not say so")
            if remaining.holds and not self._excused(thing[0]):
                log.note(RESTORED, f"{thing[0]} of {thing[1]} could have been restored")
        if (length := len(remaining.report.get("cause", ""))) > CAUSE_CHARACTERS:
            log.note(CAUSE, f"{length} characters")
        if "unread" in details and not self._refused:
            log.note(REMAINDER, f"nothing kept the region from being read, and it was not: {details['unread']}")
        if self._blurred or not {"old", "new"} <= details.keys():
            return
        if (details["old"], details["new"]) != (remaining.old, remaining.new):
            said = f"{details['old']} old and {details['new']} new"
            log.note(REMAINDER, f"the report says {said}, and there are {remaining.old} and {remaining.new}")

    def _not_restored(self, remaining: RemainingWork, changes: ExternalChanges) -> Iterator[Thing]:
        before = self._baseline.before
        for name, was in before.groups.items():
            now = remaining.now.groups.get(name)
            if now is not None and self._baseline.involves(name):
                yield from self._not_restored_of(name, was, now, changes, even=remaining.even[name])
        for name, service in before.services.items():
            stands = remaining.now.services.get(name)
            changed = stands is not None and stands.zone_rebalancing != service.zone_rebalancing
            if changed and "zone_rebalancing" not in changes.touched(name):
                yield REBALANCING, name

    @staticmethod
    def _not_restored_of(
        name: str, was: GroupSettings, now: GroupSettings, changes: ExternalChanges, *, even: bool
    ) -> Iterator[Thing]:
        allowed = as_far_as_instances_allow(was, now, even=even)
        if now.suspended != allowed.suspended:
            yield PROCESSES, name
        before, after = dict(was.provider), dict(now.provider)
        for what in (SCALING, PROTECTION):
            if before.get(what) != after.get(what):
                yield what, str(was.provider_name)
        theirs = changes.sized(name)
        if "minimum" not in theirs and now.minimum != allowed.minimum:
            yield MIN, name
        if "maximum" not in theirs and now.maximum != allowed.maximum:
            yield MAX, name

    def _excused(self, what: str) -> bool:
        """Whether a fault refuses the call that restores it, or a read that comes before, for good."""
        return bool(self._refused & {CALLS[what], "*", *READS})

    def _struck(self, event: FaultStruck) -> None:
        self._blurred = self._blurred or event.kind in ("stale_reads", "throttle")
        if event.kind == "throttle":
            self._refused.add("*")
        if event.kind == "fail_api" and event.parameters.get("times", 1) >= TRIES:
            self._refused.add(event.parameters["operation"])
        if event.kind == "take_permission":
            self._refused.update(_denied(event.parameters["action"]))

    def _entered(self, event: StateEntered) -> None:
        if event.state == TAKING_OVER:
            self._fenced.add(event.execution)
        if event.state == TAKEN_OVER:
            self._fenced.discard(event.execution)
        if event.state == REPORTING:
            self._reporting_at = self._region.clock.now
        if event.state == NEEDS_A_HUMAN:
            self.remaining = self._look(event.report or {}, holds=event.execution not in self._fenced)

    def _look(self, report: dict[str, Any], *, holds: bool) -> RemainingWork:
        region, baseline = self._region, self._baseline
        groups = [name for name in region.scaling.groups if baseline.involves(name)]
        listed = [host for name in groups for host in _listed(region, name)]
        hosts = [host for host in listed if host.launched_at < self._reporting_at]  # the others came while it was made
        new = [
            instance
            for instance in hosts
            if instance.image_id == baseline.target_ami and instance.group != baseline.group
        ]
        if not baseline.expected.two_groups:
            new = [instance for instance in hosts if instance.image_id == baseline.target_ami]
        zones = {name: even(region, name) for name in groups}
        full = frozenset(name for name in region.scaling.groups if hosts_of(region, name))
        now = capture_snapshot(region)
        now = replace(now, groups={name: each for name, each in now.groups.items() if not self._retires(name, now)})
        launchable = is_launchable(region, baseline.settings.launches_ami)
        return RemainingWork(report, now, len(hosts) - len(new), len(new), zones, full, holds, launchable)

    def _retires(self, name: str, now: Snapshot) -> bool:
        """Whether its deletion has begun, as the input asked: first its capacity provider leaves the cluster."""
        baseline, provider = self._baseline, self._baseline.settings.provider_name
        left = provider in baseline.before.providers and provider not in now.providers
        return self._region.scaling.group(name).deleting or (
            baseline.expected.deletes and name == baseline.group and left
        )


def is_launchable(region: Region, image_id: str) -> bool:
    """Whether Auto Scaling would launch from that AMI."""
    image = region.ec2.images.get(image_id)
    return image is not None and image.state == "available"


def as_far_as_instances_allow(was: GroupSettings, now: GroupSettings, *, even: bool) -> GroupSettings:
    """The settings before, bounds stretched to the group's size; what evens out uneven zones may stay suspended."""
    minimum, maximum = min(was.minimum, now.desired), max(was.maximum, now.desired)
    return replace(was.balanced_like(now, even=even), minimum=minimum, maximum=maximum)


def _listed(region: Region, name: str) -> list[SimulatedInstance]:
    """The group's instances as it lists them: of a machine that died this moment nobody has heard yet."""
    members = region.scaling.group(name).members.values()
    return [member.instance for member in members if member.lifecycle not in LEAVING]


def _denied(pattern: str) -> Iterator[str]:
    """The operations that a denied action refuses, and each of those that restore or look by name."""
    operation = pattern.partition(":")[2]
    yield operation
    yield from (call for call in (*CALLS.values(), *READS) if like(operation, call))
    if any(names_action(pattern, action) for action in OF_A_LAUNCH):
        yield "UpdateAutoScalingGroup"
