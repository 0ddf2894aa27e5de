"""A scenario's faults: what goes wrong, and when.

Each kind of `schema.json` is one function below. A fault that takes tasks or instances names them in `FaultStruck`
before it acts, so that the invariants can tell what it took from what the rollout did.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulator.core.host import Host
from simulator.engine.events import StateEntered
from simulator.scenario.model import Fault
from simulator.wire import ApiFault

if TYPE_CHECKING:
    from simulator.region import Region

NO_CAPACITY = (
    "We currently do not have sufficient capacity in the Availability Zone you requested. "
    "Launching EC2 instance failed. (InsufficientInstanceCapacity)"
)
ALWAYS = 10**9


@dataclass(frozen=True)
class FaultStruck:
    """A fault is about to happen; `takes` are the ids of instances and tasks that it takes away."""

    kind: str
    takes: tuple[str, ...]
    parameters: dict[str, Any]


class Faults:
    """Arms the scenario's faults, from the execution's start on."""

    def __init__(self, region: "Region") -> None:
        self._region = region
        self._entered: Counter[str] = Counter()
        self._by_state = [fault for fault in region.scenario.faults if fault.state is not None]
        for fault in region.scenario.faults:
            if fault.at is not None:
                region.clock.after(fault.at, lambda fault=fault: self.strike(fault))  # type: ignore[misc]
        region.bus.subscribe(StateEntered, self._on_state)

    def strike(self, fault: Fault) -> None:
        """Let it happen now."""
        kind = KINDS[fault.kind]
        takes = TAKES[fault.kind](self._region, fault.with_) if fault.kind in TAKES else ()
        self._region.bus.emit(FaultStruck(fault.kind, tuple(takes), fault.with_))
        kind(self._region, fault.with_, takes)

    def _on_state(self, event: StateEntered) -> None:
        if event.execution != self._region.main_execution:
            return
        self._entered[event.state] += 1
        for fault in self._by_state:
            if fault.state == event.state and fault.nth == self._entered[event.state]:
                self._region.clock.after(0.0, lambda fault=fault: self.strike(fault))  # type: ignore[misc]


Parameters = dict[str, Any]
Takes = tuple[str, ...]


def _set_alarm(region: "Region", given: Parameters, _takes: Takes) -> None:
    region.set_alarm(given["name"], given["state"])


def _fail_api(region: "Region", given: Parameters, _takes: Takes) -> None:
    code = given.get("code", "ThrottlingException")
    times, after = given.get("times", 1), given.get("after", False)
    region.wire.faults.append(ApiFault(given["service"], given["operation"], code, times, after))


def _fail_launches(region: "Region", given: Parameters, _takes: Takes) -> None:
    until = region.clock.now + given["for_seconds"] if "for_seconds" in given else float("inf")
    left = given.get("times", 1 if "for_seconds" not in given else ALWAYS)

    def refuses(group: str, zone: str) -> str | None:
        nonlocal left
        elsewhere = given.get("auto_scaling_group", group) != group or not zone.endswith(
            given.get("availability_zone", "")
        )
        if elsewhere or left <= 0 or region.clock.now > until:
            return None
        left -= 1
        return str(given.get("message", NO_CAPACITY))

    region.scaling.launch_faults.append(refuses)


def _interrupted(region: "Region", given: Parameters) -> Takes:
    group = given.get("auto_scaling_group", region.scenario.node_groups[0].name)
    hosts = sorted(region.hosts(group), key=lambda host: (host.launched_at, host.instance_id))
    there = {
        "old": [host for host in hosts if host.launched_at < region.started_at],
        "new": [host for host in reversed(hosts) if host.launched_at >= region.started_at],
        "oldest": hosts,
        "newest": hosts[::-1],
    }
    return tuple(host.instance_id for host in there[given["which"]][:1])


def _interrupt(region: "Region", _given: Parameters, takes: Takes) -> None:
    for instance_id in takes:
        host: Host = region.scaling.host(instance_id)
        region.ec2.terminate(host, "Server.SpotInstanceTermination")


def _stopped_tasks(region: "Region", given: Parameters) -> Takes:
    tasks = region.cluster.services[given["service"]].tasks.values()
    running = [task.id for task in tasks if task.wanted and task.last_status == "RUNNING"]
    return tuple(running[: given.get("count", 1)])


def _stop_tasks(region: "Region", _given: Parameters, takes: Takes) -> None:
    for task in takes:
        region.ecs.stop_task(cluster=region.cluster.name, task=task, reason="Stopped by the scenario")


def _deregister_ami(region: "Region", given: Parameters, _takes: Takes) -> None:
    ami = region.ec2.images.get(given["image_id"])
    region.ec2.register(replace(ami, state="deregistered"))


def _scale_service(region: "Region", given: Parameters, _takes: Takes) -> None:
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], desiredCount=given["count"])


def _deploy_service(region: "Region", given: Parameters, _takes: Takes) -> None:
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], forceNewDeployment=True)


KINDS: dict[str, Callable[["Region", Parameters, Takes], None]] = {
    "set_alarm": _set_alarm,
    "fail_api": _fail_api,
    "fail_launches": _fail_launches,
    "interrupt_instance": _interrupt,
    "stop_tasks": _stop_tasks,
    "deregister_ami": _deregister_ami,
    "scale_service": _scale_service,
    "deploy_service": _deploy_service,
}

TAKES: dict[str, Callable[["Region", Parameters], Takes]] = {
    "interrupt_instance": _interrupted,
    "stop_tasks": _stopped_tasks,
}
