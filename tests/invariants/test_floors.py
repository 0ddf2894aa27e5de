"""Whose doing a missing task is: what fails on instances that the rollout brought is the rollout's."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cli.report import report
from handlers.errors import PlanImpossible
from simulator.faults.faults import Faults
from simulator.invariants import floors
from simulator.invariants.floor_ledger import FloorLedger, FloorRecord
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import load
from simulator.scenario.model import Fault, Scenario
from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted
from tests.invariants.one_group import OneGroup, one_group
from tests.invariants.two_groups import NEW_AMI, OLD, OLD_AMI

EXAMPLES = Path(__file__).parents[2] / "examples"
BLUE_GREEN = {"type": "blue-green"}
LATE = floors.ANSWER_SECONDS + 60.0


def crash(seen: OneGroup, ami: str | None) -> None:
    which = {"service": "web"} | ({"ami": ami} if ami else {})
    Faults(seen.region).strike(Fault("crash_tasks", at=0.0, with_=which))


def on_the_new_ami(seen: OneGroup) -> None:
    seen.point_at_the_target()
    seen.pin(OLD_AMI)
    seen.resize(OLD, 8)
    seen.pin(NEW_AMI)


def test_tasks_that_fail_on_the_new_ami_are_the_rollouts_and_have_to_be_answered() -> None:
    with one_group(BLUE_GREEN) as seen:
        on_the_new_ami(seen)
        crash(seen, NEW_AMI)
        seen.region.clock.advance(floors.ANSWER_SECONDS / 2)
        assert floors.ANSWER not in seen.broken
        seen.region.clock.advance(LATE)
        assert floors.ANSWER in seen.broken
        record = seen.monitor.floors.records()["web"]
    assert record.lowest_margin == -2
    assert record.by_the_rollout == record.task_seconds_below_floor > 0


def test_the_time_between_a_stopped_execution_and_the_next_one_is_nobodys_to_answer() -> None:
    with one_group(BLUE_GREEN) as seen:
        on_the_new_ami(seen)
        crash(seen, NEW_AMI)
        seen.region.bus.emit(
            ExecutionEnded("rehearsal", "ABORTED", PlanImpossible.__name__, None)
        )  # one that no rule recovers
        seen.region.clock.advance(10 * LATE)
        assert floors.ANSWER not in seen.broken
        seen.region.bus.emit(ExecutionStarted("another", {}))
        seen.region.clock.advance(floors.ANSWER_SECONDS / 2)
        assert floors.ANSWER not in seen.broken
        seen.region.clock.advance(LATE)
        assert floors.ANSWER in seen.broken


@pytest.mark.parametrize("ami", [OLD_AMI, None])
def test_what_fails_on_the_ami_before_just_so_is_not_the_rollouts_doing(ami: str | None) -> None:
    with one_group(BLUE_GREEN) as seen:
        if ami is None:
            on_the_new_ami(seen)
        crash(seen, ami)
        seen.region.clock.advance(LATE)
        record = seen.monitor.floors.records()["web"]
        assert not seen.broken & {floors.ANSWER, floors.FLOOR}
    assert record.lowest_margin == -2
    assert record.by_the_rollout == 0.0


def ledger(floor: int, running: int, desired: int = 4) -> FloorLedger:
    made = FloorLedger(floor, desired, FloorRecord(running - floor), 0.0)
    made.running = dict.fromkeys(map(str, range(running)))
    return made


def test_what_others_took_is_paid_first() -> None:
    one = ledger(4, 1)
    one.others, one.harm = 1, 2
    one.running["back"] = None
    one.weigh()
    assert (one.others, one.harm) == (0, 2)


def test_a_floor_of_zero_needs_one_task_all_the_same() -> None:
    one = ledger(0, 0)
    assert (one.missing, one.is_held) == (1, True)
    assert ledger(0, 0, desired=0).missing == 0


def test_a_raised_floor_is_theirs_to_reach() -> None:
    one = ledger(0, 0, desired=1)
    one.resize(1, 1)
    one.weigh()
    assert (one.others, one.is_held) == (1, True)


def test_time_below_the_floor_is_counted_in_tasks_and_by_whom() -> None:
    one = ledger(4, 1)
    one.others = 1
    one.pass_until(10.0)
    assert (one.record.task_seconds_below_floor, one.record.by_the_rollout) == (30.0, 20.0)
    one.running.clear()
    one.pass_until(20.0)
    assert one.record.task_seconds_at_zero == 40.0


def printed(scenario: Scenario, **floors: FloorRecord) -> str:
    outcome, sink = simulate(scenario, fast=True), io.StringIO()
    seen = replace(outcome, floors={**outcome.floors, **floors})
    Console(width=200, file=sink).print(report(seen, scenario))
    return sink.getvalue()


def test_no_promise_broken_never_stands_beside_a_negative_margin() -> None:
    short = FloorRecord(-2, task_seconds_below_floor=60.0, task_seconds_at_zero=40.0, by_the_rollout=60.0)
    text = printed(load(EXAMPLES / "one-in-one-out.json"), web=short)
    assert "No promise broken" not in text
    assert "web -2 at its lowest: 60 task-seconds below its floor, by the rollout" in text
    assert "40 task-seconds at zero" in text


def test_it_does_not_where_others_took_the_tasks_either() -> None:
    calm = load(EXAMPLES / "one-in-one-out.json")
    name = next(service.name for service in calm.services if service.scheduling == "REPLICA")
    taken = Fault("stop_tasks", at=20.0, with_={"service": name, "count": 50})
    text = printed(replace(calm, faults=(taken,)))
    assert "No promise broken" not in text
    assert "by others" in text
