"""The watchers tell what the rollout did from what others took."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from handlers import catalogue
from simulator.api.clients import client
from simulator.cdk_output import ensure_synthesized
from simulator.faults.faults import Faults
from simulator.invariants import capacity, drains, endings, floors, terminations
from simulator.invariants.monitor import Monitor
from simulator.scenario.load import load
from simulator.scenario.model import Fault
from simulator.simulation import Simulation

SCENARIO = replace(load(Path(__file__).parents[2] / "examples" / "mixed-instances.json"), faults=())
GROUP = SCENARIO.node_groups[0].name


@pytest.fixture
def region() -> Iterator[Simulation]:
    with Simulation(SCENARIO, 1, ensure_synthesized()) as opened:
        yield opened


@pytest.fixture
def monitor(region: Simulation) -> Monitor:
    return Monitor(region)


def broken(monitor: Monitor) -> set[str]:
    return {violation.invariant for violation in monitor.violations}


def drain(region: Simulation, instance_id: str) -> None:
    instance = region.ecs.instance_on(instance_id)
    assert instance is not None
    client("ecs", SCENARIO.region).update_container_instances_state(
        cluster=SCENARIO.cluster, containerInstances=[instance.arn], status="DRAINING"
    )


def by_age(region: Simulation) -> list[str]:
    return [host.instance_id for host in sorted(region.instances(GROUP), key=lambda host: host.launched_at)]


def test_terminating_an_instance_that_holds_tasks_breaks_floor_capacity_and_emptiness(
    region: Simulation, monitor: Monitor
) -> None:
    client("autoscaling", SCENARIO.region).terminate_instance_in_auto_scaling_group(
        InstanceId=by_age(region)[0], ShouldDecrementDesiredCapacity=True
    )

    assert broken(monitor) >= {floors.FLOOR, capacity.FLOOR, terminations.EMPTY}


def test_what_a_fault_takes_is_not_the_rollouts_doing(region: Simulation, monitor: Monitor) -> None:
    Faults(region).strike(Fault("interrupt_instance", at=0.0, with_={"which": "oldest"}))
    region.clock.advance(300)

    assert broken(monitor) == set()


def test_what_is_left_after_a_fault_may_not_be_taken_too(region: Simulation, monitor: Monitor) -> None:
    Faults(region).strike(Fault("interrupt_instance", at=0.0, with_={"which": "oldest"}))
    drain(region, by_age(region)[0])

    assert broken(monitor) >= {capacity.FLOOR, drains.COVER}


def test_tasks_that_another_actor_newly_wants_are_not_missing(region: Simulation, monitor: Monitor) -> None:
    Faults(region).strike(Fault("scale_service", at=0.0, with_={"service": "web", "count": 6}))
    region.clock.advance(120)

    assert broken(monitor) == set()


def test_tasks_that_exit_by_themselves_are_not_the_rollouts_doing(region: Simulation, monitor: Monitor) -> None:
    Faults(region).strike(Fault("stop_tasks", at=0.0, with_={"service": "web", "count": 2}))
    region.clock.advance(120)

    assert broken(monitor) == set()


def test_draining_without_new_capacity_and_out_of_order_is_seen(region: Simulation, monitor: Monitor) -> None:
    drain(region, by_age(region)[-1])

    assert broken(monitor) == {capacity.FLOOR, drains.COVER, drains.ORDER}


def test_an_untouched_cluster_that_says_it_was_rolled_out_is_seen(monitor: Monitor) -> None:
    end = monitor.check_end(
        status="SUCCEEDED", last_state=catalogue.ROLLED_OUT.forward, history_events=1, peak_payload_bytes=1
    )

    assert end == "all_old"
    assert broken(monitor) == {endings.STATUS}


def test_a_process_that_stays_suspended_is_seen(region: Simulation, monitor: Monitor) -> None:
    client("autoscaling", SCENARIO.region).suspend_processes(
        AutoScalingGroupName=GROUP, ScalingProcesses=["AlarmNotification"]
    )
    monitor.check_end(status="FAILED", last_state=catalogue.ROLLED_BACK.back, history_events=1, peak_payload_bytes=1)

    assert broken(monitor) == {endings.RESTORED}
    assert "AlarmNotification" in monitor.violations[0].detail


@pytest.mark.parametrize(("events", "payload", "promise"), [(25_000, 1, endings.HISTORY), (1, 9_000, endings.PAYLOAD)])
def test_what_outgrows_step_functions_is_seen(monitor: Monitor, events: int, payload: int, promise: str) -> None:
    monitor.check_end(
        status="FAILED", last_state=catalogue.ROLLED_BACK.back, history_events=events, peak_payload_bytes=payload
    )

    assert broken(monitor) == {promise}
