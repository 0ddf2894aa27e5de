"""When a rollout gives up, and when it does not."""

import random
from dataclasses import replace

import pytest

from handlers import contract
from handlers.contract import Direction
from handlers.domain import window
from handlers.domain.decide import decide
from handlers.domain.fleet import Owner, Task
from handlers.domain.judge import judge, judge_wait
from handlers.domain.observation import FailedLaunch, Observation
from handlers.domain.plan import Plan
from tests.decisions.toy_fleet import NEW, ONE_TASK, Machine, ToyFleet, a_plan

LATE = 100_000.0
NOTHING_LEFT = (0,)  # no reading is better than this


def fleet_of(size: int = 3) -> ToyFleet:
    return ToyFleet.full(a_plan(size, 1), 2, 1, seed=1)


def waits(plan: Plan, seen: Observation) -> None:
    stalled = replace(seen, progress=replace(seen.progress, best=NOTHING_LEFT, standing=seen.standing))
    judge_wait(plan, stalled, decide(plan, stalled))


def launched(toy: ToyFleet, *, boots_in: int = 99) -> Observation:
    toy.desired += 1
    toy.machines.append(Machine("i-new", NEW, 0.0, boots_in=boots_in))
    return toy.observe()


def draining(toy: ToyFleet) -> Observation:
    launched(toy, boots_in=0)
    toy.machines[0].draining = True
    toy.progress = replace(toy.progress, drains={toy.machines[0].name: 0.0})
    return toy.observe()


def test_an_alarm_stops_the_rollout_and_not_the_way_back() -> None:
    toy = fleet_of()
    seen = replace(toy.observe(), alarms_firing=("errors",))
    with pytest.raises(contract.AlarmFired, match="errors is in ALARM"):
        judge(toy.plan, seen)
    judge(toy.plan, replace(seen, progress=replace(seen.progress, direction=Direction.BACK)))


def test_an_agent_that_never_registers_is_named() -> None:
    toy = fleet_of()
    seen = launched(toy)
    judge(toy.plan, replace(seen, now=899.0))
    with pytest.raises(contract.AgentNeverConnected, match="i-new"):
        judge(toy.plan, replace(seen, now=901.0))


def test_a_registered_agent_that_flaps_is_no_failure() -> None:
    toy = fleet_of()
    launched(toy, boots_in=0)
    new = replace(toy.observe().fleet.incoming[0], connected=False)
    seen = toy.observe()
    judge(toy.plan, replace(seen, now=LATE, fleet=replace(seen.fleet, incoming=(new,))))


@pytest.mark.parametrize(("failures", "now", "fails"), [(1, 100.0, False), (3, 100.0, True), (1, 2000.0, True)])
def test_launches_may_fail_once_and_not_for_long(failures: int, now: float, fails: bool) -> None:
    toy = fleet_of()
    toy.desired += 1
    failed = tuple(FailedLaunch(50.0 + n, f"no capacity {n}") for n in range(failures))
    seen = replace(toy.observe(), now=now, failed_launches=failed)
    if not fails:
        judge(toy.plan, seen)
        return
    with pytest.raises(contract.LaunchFailed, match=f"no capacity {failures - 1}"):
        judge(toy.plan, seen)


def test_the_whole_rollout_has_a_time_out() -> None:
    toy = fleet_of()
    plan = replace(toy.plan, timeouts=replace(toy.plan.timeouts, rollout_seconds=60))
    with pytest.raises(contract.RolloutTimedOut):
        judge(plan, replace(toy.observe(), now=61.0))


def stopping(seen: Observation) -> Observation:
    """ECS has asked the tasks on draining instances to stop."""
    outgoing = tuple(
        replace(one, tasks=tuple(replace(task, desired_status="STOPPED") for task in one.tasks or ()))
        if one.draining
        else one
        for one in seen.fleet.outgoing
    )
    return replace(seen, fleet=replace(seen.fleet, outgoing=outgoing))


def test_tasks_that_are_asked_to_stop_and_do_not_time_out() -> None:
    toy = fleet_of()
    seen = stopping(draining(toy))
    waits(toy.plan, replace(seen, now=3599.0))
    with pytest.raises(contract.DrainTimedOut, match="i-old000/0"):
        waits(toy.plan, replace(seen, now=3601.0))


def test_progress_renews_the_time_out() -> None:
    toy = fleet_of()
    toy.progress = replace(toy.progress, since=3000.0)
    waits(toy.plan, replace(draining(toy), now=3601.0))


def test_tasks_that_never_run_on_the_new_ami_are_said_to_be_the_services() -> None:
    toy = fleet_of()
    seen = draining(toy)
    waits(toy.plan, replace(seen, now=1799.0))
    with pytest.raises(contract.ServiceDidNotStabilize, match="tasks of web have stayed"):
        waits(toy.plan, replace(seen, now=1801.0))


def test_standalone_tasks_are_said_to_be_the_reason() -> None:
    toy = fleet_of()
    seen = draining(toy)
    batch = Task("batch/1", Owner.STANDALONE, "", "RUNNING", "RUNNING", ONE_TASK)
    outgoing = tuple(replace(one, tasks=(batch,)) if one.draining else one for one in seen.fleet.outgoing)
    seen = replace(seen, fleet=replace(seen.fleet, outgoing=outgoing))
    with pytest.raises(contract.StandaloneTasksStillRunning, match="batch/1"):
        waits(toy.plan, replace(seen, now=3601.0))


def test_old_instances_whose_tasks_fit_nowhere_are_said_to_be_stuck() -> None:
    toy = fleet_of()
    launched(toy, boots_in=0)
    toy.machines[-1].tasks = toy.slots
    for one in toy.machines:
        one.tasks = toy.slots
    seen = toy.observe()
    assert not decide(toy.plan, seen).instances
    with pytest.raises(contract.NoRoomToDrain, match="i-old000"):
        waits(toy.plan, replace(seen, now=1801.0))


def test_terminations_that_never_end_time_out() -> None:
    toy = fleet_of(0)
    seen = toy.observe()
    seen = replace(seen, fleet=replace(seen.fleet, terminating=1), now=4501.0)
    with pytest.raises(contract.ScaleInTimedOut, match="lifecycle hook"):
        waits(toy.plan, seen)


def test_nothing_times_out_while_there_is_something_to_do() -> None:
    toy = ToyFleet.full(a_plan(5, 2), 3, 1, seed=random.Random(3).randint(0, 99))
    waits(toy.plan, replace(toy.observe(), now=LATE))


def test_on_the_way_back_an_overdue_instance_goes_unless_its_tasks_cannot_be_spared_or_are_standalone() -> None:
    toy = fleet_of()
    launched(toy, boots_in=0)
    toy.machines[-1].draining = True
    toy.machines[-1].tasks = 1
    toy.progress = replace(toy.progress, direction=Direction.BACK, drains={"i-new": 0.0})
    seen = toy.observe()
    assert not window.to_terminate(toy.plan, replace(seen, now=3601.0))
    spared = tuple(replace(one, minimum_healthy_percent=0, running=max(1, one.running)) for one in seen.services)
    seen = replace(seen, services=spared)
    assert not window.to_terminate(toy.plan, replace(seen, now=3599.0))
    assert window.to_terminate(toy.plan, replace(seen, now=3601.0))
    batch = Task("batch/1", Owner.STANDALONE, "", "RUNNING", "RUNNING", ONE_TASK)
    fleet = replace(seen.fleet, outgoing=tuple(replace(one, tasks=(batch,)) for one in seen.fleet.outgoing))
    assert not window.to_terminate(toy.plan, replace(seen, now=3601.0, fleet=fleet))
    assert not window.standalone_to_stop(toy.plan, replace(seen, now=3601.0, fleet=fleet))


def test_a_group_that_may_not_get_smaller_is_named_as_what_holds_drained_instances_up() -> None:
    toy = fleet_of()
    seen = draining(toy)
    emptied = tuple(replace(one, tasks=(), task_count=0) if one.draining else one for one in seen.fleet.outgoing)
    held = replace(seen, fleet=replace(seen.fleet, outgoing=emptied, minimum=seen.fleet.desired), now=LATE)
    with pytest.raises(contract.ScaleInTimedOut, match=r"MinSize of .* is 4 now"):
        waits(toy.plan, held)
