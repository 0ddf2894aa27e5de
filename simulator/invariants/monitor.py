"""All invariants over one rollout: record the baseline when it starts, listen to the bus, check the end.

They look at the region's own state and events, after every event. They know nothing of the code under test but
the name of the state where it turns back, and its lock in the table.
"""

from functools import partial

from simulator.invariants.alarms import firing
from simulator.invariants.baseline import Baseline
from simulator.invariants.by_hand import run_by_hand
from simulator.invariants.capacity import Capacity
from simulator.invariants.drains import Drains
from simulator.invariants.endings import NEEDS_A_HUMAN, check_end
from simulator.invariants.external_changes import ExternalChanges
from simulator.invariants.final_state import read_final_state
from simulator.invariants.floors import Floors
from simulator.invariants.permissions import watch_permissions
from simulator.invariants.region_reads import (
    brought,
    hosts_of,
    is_back,
    leaves_by_managed_scaling,
    max_size,
    protected,
    slowest_start,
)
from simulator.invariants.remaining_work import RemainingWorkCheck
from simulator.invariants.rollout_direction import RolloutDirection
from simulator.invariants.snapshot_capture import capture_snapshot
from simulator.invariants.target import group_of, second_group_of, target_of
from simulator.invariants.terminations import Terminations
from simulator.invariants.violation import Violation
from simulator.invariants.violation_log import ViolationLog
from simulator.invariants.zones import Zones, spread
from simulator.region import Region
from simulator.scenario.input_expectations import Allowance, InputExpectations


class Monitor:
    """The invariants of the rollout that is about to start in `region`."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._human = False
        self.baseline = _baseline_of(region)
        self._log = ViolationLog(region.clock, region.started_at)
        bus, cluster, baseline = region.bus, region.cluster, self.baseline
        hosts = [host for name in baseline.before.groups if baseline.involves(name) for host in hosts_of(region, name)]
        zones = tuple(region.scaling.group(baseline.group).subnets)
        self.changes = ExternalChanges(bus)
        self.remaining_work = RemainingWorkCheck(region, baseline)
        self.floors = Floors(
            bus,
            region.clock,
            self._log,
            cluster,
            partial(brought, region, baseline),
            partial(is_back, baseline),
            partial(slowest_start, region),
        )
        self.capacity = Capacity(bus, self._log, baseline, hosts, cluster, partial(max_size, region))
        self.direction = RolloutDirection(
            region.clock,
            bus,
            baseline,
            self.capacity.alive,
            zones,
            partial(protected, region),
            partial(leaves_by_managed_scaling, region),
        )
        self.drains = Drains(
            bus,
            self._log,
            baseline,
            cluster,
            self.capacity,
            self.direction,
            Zones(zones, baseline.spread),
            partial(firing, region, baseline.expected.alarms),
            self.floors.harmed,
        )
        watch_permissions(bus, self._log)
        self.terminations = Terminations(bus, self._log, baseline, self.drains, self.direction)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was broken so far, in order."""
        return tuple(self._log.violations)

    def check_end(self, *, status: str, last_state: str, history_events: int, peak_payload_bytes: int) -> str:
        """Check the end; returns which of the three it is."""
        final = read_final_state(
            self._region,
            self.baseline,
            status=status,
            last_state=last_state,
            history_events=history_events,
            peak_payload_bytes=peak_payload_bytes,
        )
        self._human = last_state == NEEDS_A_HUMAN
        if self._human:
            self.remaining_work.check(self._log, self.changes)
        return check_end(self._log, self.baseline, self.changes, final)

    def check_commands(self) -> None:
        """Check, after everything else, what an operator is told to run: it changes the region."""
        remaining = self.remaining_work.remaining
        if self._human and remaining is not None:
            run_by_hand(self._region, self.baseline, self.changes, self._log, remaining, back=self.direction.back)


def _baseline_of(region: Region) -> Baseline:
    """The region as it stands now."""
    before, expected = capture_snapshot(region), InputExpectations.of(region.scenario.input)
    group = group_of(region.scenario)
    originals = [host for name in before.groups for host in hosts_of(region, name)]
    instances = [instance for instance in region.cluster.instances.values() if instance.ec2_instance.group == group]
    return Baseline(
        started_at=region.started_at,
        group=group,
        target_ami=target_of(region),
        original_ids=frozenset(host.instance_id for host in originals),
        original_amis=frozenset(host.image_id for host in originals),
        ready=sum(instance.status == "ACTIVE" for instance in instances),
        spread=spread(
            [instance for instance in instances if instance.open], tuple(region.scaling.group(group).subnets)
        ),
        before=before,
        allowance=Allowance.of(region.scenario.input, before.groups[group].desired),
        expected=expected,
        target_group=second_group_of(before, expected.target) if expected.two_groups else None,
    )
