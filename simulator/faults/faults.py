"""A scenario's faults: what goes wrong, and when.

Each kind of `schema.json` is one function: of `failures` what fails, of `functions` what goes wrong with Lambda, of
`others` what other actors do. A fault that takes tasks or instances names them in `FaultStruck` before it acts, so
that the invariants can tell what it took from what the rollout did.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import ServiceException

from simulator.faults import failures, functions, others
from simulator.faults.failures import Parameters, Takes
from simulator.region import Region
from simulator.scenario.model import Fault
from simulator.stepfunctions.events import StateEntered


@dataclass(frozen=True)
class FaultStruck:
    """A fault is about to happen; `takes` are the ids of instances and tasks that it takes away."""

    kind: str
    takes: tuple[str, ...]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class FaultRefused:
    """AWS would not let it happen: the error code. Nothing has changed."""

    kind: str
    error: str


class Faults:
    """Arms the scenario's faults, from the execution's start on."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._entered: Counter[str] = Counter()
        self._by_state = [fault for fault in region.scenario.faults if fault.state is not None]
        for fault in region.scenario.faults:
            if fault.at is not None:
                region.clock.after(fault.at, lambda fault=fault: self.strike(fault))  # type: ignore[misc]
        region.bus.subscribe(StateEntered, self._on_state)

    def strike(self, fault: Fault) -> None:
        """Let it happen now."""
        takes = TAKES[fault.kind](self._region, fault.with_) if fault.kind in TAKES else ()
        self.strike_those(fault.kind, fault.with_, tuple(takes))

    def strike_those(self, kind: str, given: Parameters, takes: Takes) -> None:
        """Let it happen now, to those instances or tasks."""
        self._region.bus.emit(FaultStruck(kind, takes, given))
        try:
            KINDS[kind](self._region, given, takes)
        except ServiceException as error:
            self._region.bus.emit(FaultRefused(kind, error.code))

    def _on_state(self, event: StateEntered) -> None:
        if event.execution != self._region.main_execution:
            return
        self._entered[event.state] += 1
        for fault in self._by_state:
            if fault.state == event.state and fault.nth == self._entered[event.state]:
                self._region.clock.after(0.0, lambda fault=fault: self.strike(fault))  # type: ignore[misc]


KINDS: dict[str, Callable[[Region, Parameters, Takes], None]] = {
    "set_alarm": others.set_alarm,
    "fail_api": failures.fail_api,
    "take_permission": failures.take_permission,
    "fail_launches": failures.fail_launches,
    "interrupt_instance": failures.interrupt,
    "disconnect_agent": failures.disconnect_agent,
    "reboot_instance": failures.reboot_instance,
    "fail_status_checks": failures.fail_status_checks,
    "stop_tasks": failures.stop_tasks,
    "deregister_ami": others.deregister_ami,
    "scale_service": others.scale_service,
    "deploy_service": others.deploy_service,
    "set_parameter": others.set_parameter,
    "update_service": others.update_service,
    "set_desired": others.set_desired,
    "drain_instance": others.drain_instance,
    "never_healthy": failures.never_healthy,
    "crash_tasks": failures.crash_tasks,
    "stop_execution": others.stop_execution,
    "throttle": failures.throttle,
    "stale_reads": failures.stale_reads,
    "zone_outage": failures.interrupt,
    "slow_pulls": failures.slow_pulls,
    "slow_stops": failures.slow_stops,
    "kill_handler": functions.kill_handler,
    "refuse_invocations": functions.refuse_invocations,
    "invoke_twice": functions.invoke_twice,
    "other_version": functions.other_version,
    "protect_tasks": others.protect_tasks,
    "run_task": others.run_task,
    "edit_template": others.edit_template,
    "edit_group": others.edit_group,
    "start_again": others.start_again,
}

TAKES: dict[str, Callable[[Region, Parameters], Takes]] = {
    "interrupt_instance": failures.instances_named,
    "disconnect_agent": failures.agents_named,
    "reboot_instance": failures.agents_named,
    "fail_status_checks": failures.agents_named,
    "drain_instance": failures.instances_named,
    "zone_outage": failures.instances_in_zone,
    "stop_tasks": failures.stopped_tasks,
}
