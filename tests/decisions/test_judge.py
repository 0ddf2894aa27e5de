"""When a rollout gives up, and when it does not."""

import random
from dataclasses import replace

import pytest

from handlers import errors
from handlers.domain.decision import replacement
from handlers.domain.decision.decide import decide
from handlers.domain.decision.failure_conditions import check_failure_conditions
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.timeouts import check_timeouts
from handlers.domain.model.fleet import Owner, Task
from handlers.domain.model.observation import FailedLaunch, Observation
from handlers.domain.model.plan import Plan
from handlers.payloads import Direction, StepKind
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD, ONE_TASK, Machine, ToyFleet, a_plan

LATE = 100_000.0
NOTHING_LEFT = (0,)  # no reading is better than this


def fleet_of(size: int = 3) -> ToyFleet:
    return ToyFleet.full(a_plan(size, 1), 2, 1, seed=1)


def waits(plan: Plan, observation: Observation) -> None:
    stalled = replace(
        observation,
        progress=with_fields(
            observation.progress, best_score=NOTHING_LEFT, deployments_digest=observation.deployments_digest
        ),
    )
    check_timeouts(Situation(plan, stalled), decide(Situation(plan, stalled)))


def launched(toy: ToyFleet, *, boots_in: int = 99) -> Observation:
    toy.desired += 1
    toy.machines.append(Machine("i-new", NEW, 0.0, boots_in=boots_in))
    return toy.observe()


def draining(toy: ToyFleet) -> Observation:
    launched(toy, boots_in=0)
    toy.machines[0].draining = True
    toy.progress = with_fields(toy.progress, started_at={toy.machines[0].name: 0.0})
    return toy.observe()


def test_an_alarm_stops_the_rollout_and_not_the_way_back() -> None:
    toy = fleet_of()
    observation = replace(toy.observe(), alarms_firing=("errors",))
    with pytest.raises(errors.AlarmFired, match="errors is in ALARM"):
        check_failure_conditions(Situation(toy.plan, observation))
    check_failure_conditions(
        Situation(toy.plan, replace(observation, progress=with_fields(observation.progress, direction=Direction.BACK)))
    )


def test_an_agent_that_never_registers_is_named() -> None:
    toy = fleet_of()
    observation = launched(toy)
    check_failure_conditions(Situation(toy.plan, replace(observation, now=899.0)))
    with pytest.raises(errors.AgentNeverConnected, match="i-new"):
        check_failure_conditions(Situation(toy.plan, replace(observation, now=901.0)))


def test_an_agent_that_is_away_for_a_moment_ends_no_wait_however_long_that_was() -> None:
    toy = fleet_of()
    launched(toy, boots_in=0)
    new = replace(toy.observe().fleet.incoming[0], connected=False)
    observation = replace(toy.observe(), now=LATE)
    observation = replace(observation, fleet=replace(observation.fleet, incoming=(new,)))
    waits(toy.plan, observation)
    gone = with_fields(observation.progress, absent_since={new.instance_id: LATE - 901.0})
    with pytest.raises(errors.AgentNeverConnected, match="i-new"):
        waits(toy.plan, replace(observation, progress=gone))


def test_a_registered_agent_that_flaps_is_no_failure() -> None:
    toy = fleet_of()
    launched(toy, boots_in=0)
    new = replace(toy.observe().fleet.incoming[0], connected=False)
    observation = toy.observe()
    check_failure_conditions(
        Situation(toy.plan, replace(observation, now=LATE, fleet=replace(observation.fleet, incoming=(new,))))
    )


def failing(message: str = "no capacity", *, image: str = "available") -> tuple[Plan, Observation]:
    """One attempt in three zones has failed at 50 s, and an instance is missing."""
    toy = fleet_of()
    toy.desired += 1
    failed = tuple(FailedLaunch(50.0 + n, message) for n in range(3))
    return toy.plan, replace(toy.observe(), failed_launches=failed, launch_image=image)


def hopeless_since(observation: Observation, at: float) -> Observation:
    return replace(observation, now=at + 30, progress=with_fields(observation.progress, hopeless_at=at))


def test_launches_may_fail_as_long_as_they_are_given_however_often_they_fail() -> None:
    plan, observation = failing("We have no capacity. (InsufficientInstanceCapacity)")
    check_failure_conditions(Situation(plan, replace(observation, now=50.0 + 3300)))
    with pytest.raises(errors.LaunchFailed, match=r"1 instance of g for 3301 s \(launch_seconds is 2700\)"):
        check_failure_conditions(Situation(plan, replace(observation, now=50.0 + 3301)))


def test_an_attempt_that_fails_past_the_limit_is_the_last() -> None:
    plan, observation = failing()
    for at, gives_up in ((2750.0, False), (2751.0, True)):
        late = replace(
            observation, now=2760.0, failed_launches=(FailedLaunch(at, "no capacity"), *observation.failed_launches)
        )
        if not gives_up:
            check_failure_conditions(Situation(plan, late))
            continue
        with pytest.raises(errors.LaunchFailed, match="for 2710 s"):
            check_failure_conditions(Situation(plan, late))


def test_launches_that_fail_are_waited_for_and_said() -> None:
    plan, observation = failing("We have no capacity. (InsufficientInstanceCapacity)")
    step = decide(Situation(plan, replace(observation, now=140.0)))
    assert step.kind is StepKind.WAIT_FOR_AGENTS
    assert step.because == (
        "no capacity for 90 s: Auto Scaling could not launch 1 instance (InsufficientInstanceCapacity); "
        "given up after 2700 s"
    )


def test_no_other_time_out_strikes_while_launches_fail() -> None:
    plan, observation = failing()
    waits(plan, replace(observation, now=2700.0))
    with pytest.raises(errors.AgentNeverConnected):
        waits(plan, replace(observation, now=2700.0, failed_launches=()))


@pytest.mark.parametrize(
    "message",
    [
        "The image id '[ami-0]' does not exist (InvalidAMIID.NotFound)",
        "Instance became unhealthy. Termination Reason: Client.InternalError: Client error on launch",
        "InvalidLaunchTemplateId.VersionNotFound: gone",
        "Launching EC2 instance failed. (InvalidKeyPair.NotFound)",
        "You are not authorized to perform this operation. (UnauthorizedOperation)",
    ],
)
def test_what_no_time_heals_turns_at_the_second_reading(message: str) -> None:
    plan, observation = failing(message)
    check_failure_conditions(Situation(plan, replace(observation, now=60.0)))
    check_failure_conditions(Situation(plan, replace(hopeless_since(observation, 60.0), now=60.0)))
    with pytest.raises(errors.LaunchFailed, match="no later attempt can"):
        check_failure_conditions(Situation(plan, hopeless_since(observation, 60.0)))


@pytest.mark.parametrize(
    "message",
    [
        "(InsufficientInstanceCapacity)",
        "(VcpuLimitExceeded)",
        "(InsufficientFreeAddressesInSubnet)",
        "(RequestLimitExceeded)",
        "InternalError: An internal error has occurred",
        "Server.InternalError: Internal error on launch",
        "Unavailable",
        "Something nobody has ever read.",
    ],
)
def test_what_may_heal_is_waited_for(message: str) -> None:
    plan, observation = failing(message)
    check_failure_conditions(Situation(plan, hopeless_since(observation, 60.0)))


def test_an_ami_that_is_gone_is_a_fact_whatever_the_message_says() -> None:
    plan, observation = failing("Launching EC2 instance failed.", image="deregistered")
    with pytest.raises(errors.LaunchFailed, match=f"the AMI {NEW} is deregistered"):
        check_failure_conditions(Situation(plan, hopeless_since(observation, 60.0)))
    back = replace(observation, progress=with_fields(observation.progress, direction=Direction.BACK))
    with pytest.raises(errors.LaunchFailed, match=f"the AMI {OLD} is deregistered"):
        check_failure_conditions(Situation(plan, hopeless_since(back, 60.0)))


def test_the_whole_rollout_has_a_time_out() -> None:
    toy = fleet_of()
    plan = with_fields(toy.plan, timeouts=replace(toy.plan.policies.timeouts, rollout_seconds=60))
    with pytest.raises(errors.RolloutTimedOut):
        check_failure_conditions(Situation(plan, replace(toy.observe(), now=61.0)))


def test_the_way_back_has_the_same_time_of_its_own() -> None:
    toy = fleet_of()
    plan = with_fields(toy.plan, timeouts=replace(toy.plan.policies.timeouts, rollout_seconds=60))
    toy.progress = with_fields(toy.progress, direction=Direction.BACK, began_at=1000.0, idle_seconds=10.0)
    check_failure_conditions(Situation(plan, replace(toy.observe(), now=1070.0)))
    with pytest.raises(errors.RolloutTimedOut, match="way back has taken 61 s"):
        check_failure_conditions(Situation(plan, replace(toy.observe(), now=1071.0)))


def test_what_a_promotion_waited_for_an_answer_does_not_count() -> None:
    toy = fleet_of()
    plan = with_fields(toy.plan, timeouts=replace(toy.plan.policies.timeouts, rollout_seconds=60))
    toy.progress = with_fields(toy.progress, phases={"wait-for-promotion": 1000.0})
    check_failure_conditions(Situation(plan, replace(toy.observe(), now=1060.0)))
    with pytest.raises(errors.RolloutTimedOut):
        check_failure_conditions(Situation(plan, replace(toy.observe(), now=1061.0)))


def stopping(observation: Observation) -> Observation:
    """ECS has asked the tasks on draining instances to stop."""
    outgoing = tuple(
        replace(instance, tasks=tuple(replace(task, desired_status="STOPPED") for task in instance.tasks or ()))
        if instance.draining
        else instance
        for instance in observation.fleet.outgoing
    )
    return replace(observation, fleet=replace(observation.fleet, outgoing=outgoing))


def test_tasks_that_are_asked_to_stop_and_do_not_time_out() -> None:
    toy = fleet_of()
    observation = stopping(draining(toy))
    waits(toy.plan, replace(observation, now=3599.0))
    with pytest.raises(errors.DrainTimedOut, match="i-old000/0"):
        waits(toy.plan, replace(observation, now=3601.0))


def test_progress_renews_the_time_out() -> None:
    toy = fleet_of()
    toy.progress = with_fields(toy.progress, last_progress_at=3000.0)
    waits(toy.plan, replace(draining(toy), now=3601.0))


def test_tasks_that_never_run_on_the_new_ami_are_said_to_be_the_services() -> None:
    toy = fleet_of()
    observation = draining(toy)
    waits(toy.plan, replace(observation, now=1799.0))
    with pytest.raises(errors.ServiceDidNotStabilize, match="task of web stayed"):
        waits(toy.plan, replace(observation, now=1801.0))


def test_standalone_tasks_are_said_to_be_the_reason() -> None:
    toy = fleet_of()
    observation = draining(toy)
    batch = Task("batch/1", Owner.STANDALONE, "", "RUNNING", "RUNNING", ONE_TASK)
    outgoing = tuple(
        replace(instance, tasks=(batch,)) if instance.draining else instance for instance in observation.fleet.outgoing
    )
    observation = replace(observation, fleet=replace(observation.fleet, outgoing=outgoing))
    with pytest.raises(errors.StandaloneTasksStillRunning, match="batch/1"):
        waits(toy.plan, replace(observation, now=3601.0))


def test_old_instances_whose_tasks_fit_nowhere_are_said_to_be_stuck() -> None:
    toy = fleet_of()
    launched(toy, boots_in=0)
    toy.machines[-1].tasks = toy.slots
    for machine in toy.machines:
        machine.tasks = toy.slots
    observation = toy.observe()
    assert not decide(Situation(toy.plan, observation)).instances
    with pytest.raises(errors.NoRoomToDrain, match="i-old000"):
        waits(toy.plan, replace(observation, now=1801.0))


def test_terminations_that_never_end_time_out() -> None:
    toy = fleet_of(0)
    observation = toy.observe()
    observation = replace(observation, fleet=replace(observation.fleet, terminating=1), now=4501.0)
    with pytest.raises(errors.ScaleInTimedOut, match="lifecycle hook"):
        waits(toy.plan, observation)


def test_nothing_times_out_while_there_is_something_to_do() -> None:
    toy = ToyFleet.full(a_plan(5, 2), 3, 1, seed=random.Random(3).randint(0, 99))
    waits(toy.plan, replace(toy.observe(), now=LATE))


def test_on_the_way_back_an_overdue_instance_goes_unless_its_tasks_cannot_be_spared_or_are_standalone() -> None:
    toy = fleet_of()
    launched(toy, boots_in=0)
    toy.machines[-1].draining = True
    toy.machines[-1].tasks = 1
    toy.progress = with_fields(toy.progress, direction=Direction.BACK, started_at={"i-new": 0.0})
    observation = toy.observe()
    assert not replacement.to_terminate(Situation(toy.plan, replace(observation, now=3601.0)))
    spared = tuple(
        replace(service, minimum_healthy_percent=0, running=max(1, service.running)) for service in observation.services
    )
    observation = replace(observation, services=spared)
    assert not replacement.to_terminate(Situation(toy.plan, replace(observation, now=3601.0)))
    drains = replace(observation.progress.drains, spared_since={"i-new": 0.0})
    observation = replace(observation, progress=replace(observation.progress, drains=drains))
    assert not replacement.to_terminate(Situation(toy.plan, replace(observation, now=3599.0)))
    assert replacement.to_terminate(Situation(toy.plan, replace(observation, now=3601.0)))
    batch = Task("batch/1", Owner.STANDALONE, "", "RUNNING", "RUNNING", ONE_TASK)
    fleet = replace(
        observation.fleet, outgoing=tuple(replace(instance, tasks=(batch,)) for instance in observation.fleet.outgoing)
    )
    assert not replacement.to_terminate(Situation(toy.plan, replace(observation, now=3601.0, fleet=fleet)))
    assert not replacement.standalone_to_stop(Situation(toy.plan, replace(observation, now=3601.0, fleet=fleet)))


def test_a_group_that_may_not_get_smaller_is_named_as_what_holds_drained_instances_up() -> None:
    toy = fleet_of()
    observation = draining(toy)
    emptied = tuple(
        replace(instance, tasks=(), task_count=0) if instance.draining else instance
        for instance in observation.fleet.outgoing
    )
    held = replace(
        observation, fleet=replace(observation.fleet, outgoing=emptied, minimum=observation.fleet.desired), now=LATE
    )
    with pytest.raises(errors.ScaleInTimedOut, match=r"MinSize of .* is 4 now"):
        waits(toy.plan, held)
