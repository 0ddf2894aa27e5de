"""All invariants over one rollout: take the baseline when it starts, watch the bus, judge the end.

The watchers look at the region's own state and events, after every event. They know nothing of the code under test but
the name of the state where it turns back, and its lock in the table.
"""

from functools import partial
from typing import TYPE_CHECKING

from moto.dynamodb.models import dynamodb_backends

from simulator.ecs.context import ACCOUNT
from simulator.invariants.baseline import Allowance, Baseline
from simulator.invariants.capacity import Capacity
from simulator.invariants.direction import Course
from simulator.invariants.drains import Drains
from simulator.invariants.endings import Ended, judge_end
from simulator.invariants.floors import Floors
from simulator.invariants.judge import Judge
from simulator.invariants.reading import hosts_of, protected, read_settings
from simulator.invariants.target import group_of, target_of
from simulator.invariants.terminations import Terminations
from simulator.invariants.violation import Violation

if TYPE_CHECKING:
    from simulator.region import Region


class Watch:
    """The invariants of the rollout that is about to start in `region`."""

    def __init__(self, region: "Region") -> None:
        self._region = region
        group = group_of(region.scenario)
        settings = read_settings(region, group)
        instances = [one for one in region.cluster.instances.values() if one.host.group == group]
        hosts = hosts_of(region, group)
        self.baseline = Baseline(
            started_at=region.started_at,
            group=group,
            target_ami=target_of(region),
            original_ids=frozenset(host.instance_id for host in hosts),
            ready=sum(one.status == "ACTIVE" for one in instances),
            settings=settings,
            allowance=Allowance.of(region.scenario.input, settings.desired),
        )
        self._judge = Judge(region.clock, region.started_at)
        bus, cluster = region.bus, region.cluster
        self.floors = Floors(bus, self._judge, cluster)
        self.capacity = Capacity(
            bus, self._judge, self.baseline, hosts, cluster, lambda: region.scaling.group(group).max_size
        )
        zones = tuple(region.scaling.group(group).subnets)
        is_protected = partial(protected, region, group)
        self.course = Course(region.clock, bus, self.baseline, self.capacity.alive, zones, is_protected)
        self.drains = Drains(bus, self._judge, self.baseline, cluster, self.capacity, self.course)
        self.terminations = Terminations(bus, self._judge, self.baseline, self.drains, self.course)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was broken so far, in order."""
        return tuple(self._judge.violations)

    def judge_end(self, *, status: str, last_state: str, history_events: int, peak_payload_bytes: int) -> str:
        """Judge the end; returns which of the three it is."""
        group = self.baseline.group
        ended = Ended(
            status=status,
            last_state=last_state,
            settings=read_settings(self._region, group),
            hosts=tuple(hosts_of(self._region, group)),
            draining=tuple(
                one.host.instance_id
                for one in self._region.cluster.instances.values()
                if one.status == "DRAINING" and one.host.group == group and one.host.alive
            ),
            locks=self._locks(),
            history_events=history_events,
            peak_payload_bytes=peak_payload_bytes,
        )
        return judge_end(self._judge, self.baseline, ended)

    def _locks(self) -> tuple[str, ...]:
        """Keys of the items in the region's tables that are locks."""
        tables = dynamodb_backends[ACCOUNT][self._region.scenario.region].tables.values()
        keys = (item.attrs["pk"].value for table in tables for item in table.all_items() if "pk" in item.attrs)
        return tuple(sorted(key for key in keys if key.startswith("lock#")))
