"""How the execution and the region stand when it has ended."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.aws.autoscaling.fleet import LEAVING
from simulator.aws.ecs.state import Task
from simulator.invariants.baseline import Baseline
from simulator.invariants.region_reads import even, hosts_of
from simulator.invariants.snapshot import Snapshot
from simulator.invariants.snapshot_capture import capture_snapshot
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.region import Region


@dataclass(frozen=True)
class Placed:
    """A task of a service that is no daemon, and the machine that it is to run on."""

    service: str
    host: SimulatedInstance


@dataclass(frozen=True)
class FinalState:
    """What is checked. `hosts` are the instances of the groups involved, less those that managed scaling takes away."""

    status: str
    last_state: str
    now: Snapshot
    even: dict[str, bool]  # by group: whether no zone has two instances more than another
    hosts: tuple[SimulatedInstance, ...]
    placed: tuple[Placed, ...]
    draining: tuple[str, ...]
    locks: tuple[str, ...]
    history_events: int
    peak_payload_bytes: int

    def of(self, belongs: Callable[[str], bool]) -> list[SimulatedInstance]:
        """Those instances whose group's name is such a one."""
        return [host for host in self.hosts if belongs(host.group)]


def read_final_state(
    region: Region, baseline: Baseline, *, status: str, last_state: str, history_events: int, peak_payload_bytes: int
) -> FinalState:
    """The execution's end as it was told, the region as it is."""
    hosts = [
        host
        for name, group in region.scaling.groups.items()
        if baseline.involves(name)
        for host in hosts_of(region, name)
        if not (baseline.expected.managed and group.members[host.instance_id].lifecycle in LEAVING)
    ]
    ids = {host.instance_id for host in hosts}
    instances = region.cluster.instances.values()
    return FinalState(
        status=status,
        last_state=last_state,
        now=capture_snapshot(region),
        even={name: even(region, name) for name in region.scaling.groups},
        hosts=tuple(hosts),
        placed=tuple(
            Placed(task.service.name, task.instance.ec2_instance)
            for task in region.cluster.tasks.values()
            if task.wanted and task.service is not None and not task.service.is_daemon and is_on_a_machine(task)
        ),
        draining=tuple(
            instance.ec2_instance.instance_id
            for instance in instances
            if instance.status == "DRAINING" and instance.ec2_instance.instance_id in ids
        ),
        locks=tuple(region.lock_keys()),
        history_events=history_events,
        peak_payload_bytes=peak_payload_bytes,
    )


def is_on_a_machine(task: Task) -> bool:
    """Whether it has one of EC2's: a task on Fargate has none, nor has one that waits for room."""
    return not task.instance.fargate and task.last_status != "PROVISIONING"
