"""All invariants over one rollout: take the baseline when it starts, watch the bus, judge the end.

The watchers look at the region's own state and events, after every event. They know nothing of the code under test but
the name of the state where it turns back, and its lock in the table.
"""

from functools import partial

from simulator.invariants.alarms import firing
from simulator.invariants.baseline import Baseline
from simulator.invariants.by_hand import run_by_hand
from simulator.invariants.capacity import Capacity
from simulator.invariants.drains import Drains
from simulator.invariants.endings import NEEDS_A_HUMAN, judge_end
from simulator.invariants.external_changes import Meddling
from simulator.invariants.final_state import how_it_ended
from simulator.invariants.floors import Floors
from simulator.invariants.region_reads import (
    brought,
    hosts_of,
    is_back,
    leaves_by_managed_scaling,
    max_size,
    protected,
    slowest_start,
)
from simulator.invariants.remaining_work import Leavings
from simulator.invariants.rollout_direction import Course
from simulator.invariants.snapshot_capture import take
from simulator.invariants.target import group_of, second_group_of, target_of
from simulator.invariants.terminations import Terminations
from simulator.invariants.violation import Violation
from simulator.invariants.violation_log import Judge
from simulator.invariants.zones import Zones, spread
from simulator.region import Region
from simulator.scenario.input_expectations import Allowance, Asked


class Watch:
    """The invariants of the rollout that is about to start in `region`."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._human = False
        self.baseline = _baseline_of(region)
        self._judge = Judge(region.clock, region.started_at)
        bus, cluster, baseline = region.bus, region.cluster, self.baseline
        hosts = [host for name in baseline.before.groups if baseline.involves(name) for host in hosts_of(region, name)]
        zones = tuple(region.scaling.group(baseline.group).subnets)
        self.meddling = Meddling(bus)
        self.leavings = Leavings(region, baseline)
        self.floors = Floors(
            bus,
            region.clock,
            self._judge,
            cluster,
            partial(brought, region, baseline),
            partial(is_back, baseline),
            partial(slowest_start, region),
        )
        self.capacity = Capacity(bus, self._judge, baseline, hosts, cluster, partial(max_size, region))
        self.course = Course(
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
            self._judge,
            baseline,
            cluster,
            self.capacity,
            self.course,
            Zones(zones, baseline.spread),
            partial(firing, region, baseline.asked.alarms),
            self.floors.harmed,
        )
        self.terminations = Terminations(bus, self._judge, baseline, self.drains, self.course)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was broken so far, in order."""
        return tuple(self._judge.violations)

    def judge_end(self, *, status: str, last_state: str, history_events: int, peak_payload_bytes: int) -> str:
        """Judge the end; returns which of the three it is."""
        ended = how_it_ended(
            self._region,
            self.baseline,
            status=status,
            last_state=last_state,
            history_events=history_events,
            peak_payload_bytes=peak_payload_bytes,
        )
        self._human = last_state == NEEDS_A_HUMAN
        if self._human:
            self.leavings.judge(self._judge, self.meddling)
        return judge_end(self._judge, self.baseline, self.meddling, ended)

    def judge_commands(self) -> None:
        """Judge, after everything else, what a human is told to run: it changes the region."""
        left = self.leavings.left
        if self._human and left is not None:
            run_by_hand(self._region, self.baseline, self.meddling, self._judge, left, back=self.course.back)


def _baseline_of(region: Region) -> Baseline:
    """The region as it stands now."""
    before, asked = take(region), Asked.of(region.scenario.input)
    group = group_of(region.scenario)
    originals = [host for name in before.groups for host in hosts_of(region, name)]
    instances = [one for one in region.cluster.instances.values() if one.ec2_instance.group == group]
    return Baseline(
        started_at=region.started_at,
        group=group,
        target_ami=target_of(region),
        original_ids=frozenset(host.instance_id for host in originals),
        original_amis=frozenset(host.image_id for host in originals),
        ready=sum(one.status == "ACTIVE" for one in instances),
        spread=spread([one for one in instances if one.open], tuple(region.scaling.group(group).subnets)),
        before=before,
        allowance=Allowance.of(region.scenario.input, before.groups[group].desired),
        asked=asked,
        target_group=second_group_of(before, asked.target) if asked.two_groups else None,
    )
