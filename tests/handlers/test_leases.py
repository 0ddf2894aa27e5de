"""Leases: who was taken over changes nothing any more, whatever it was in the middle of."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.domain.input.action_input import read_action
from handlers.domain.input.rollout_input import read_input
from handlers.domain.model.operator_command import PAUSE, OperatorCommand
from handlers.domain.model.progress import Pause, Recovery
from handlers.errors import AlreadyRunning, LeaseLost, RecoveredInVain
from handlers.payloads import Direction, Outcome, StepKind, Way
from handlers.runtime.rollout_context import load, load_for_update
from handlers.states.begin_roll_back import handler as begin_roll_back
from handlers.states.plan_rollout import plan_action, plan_rollout
from handlers.states.scale_out import scale_out
from handlers.states.take_over_rollout import handler as take_over
from handlers.store.fence import Fence
from tests.handlers.conftest import EXECUTION, NEW, Open, Rehearsal, calls_on
from tests.handlers.test_twice_equals_once import SPOKES, moving, until

OTHER = EXECUTION.replace(":run", ":recovery")


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """No execution runs any more, whoever asks."""
    monkeypatch.setattr("handlers.aws.executions.Executions.running", lambda _self, _arn, **_more: False)


def recovery(rehearsal: Rehearsal) -> dict[str, Any]:
    """The event of a take-over by another execution."""
    asked = read_action({"action": "recover", "execution": EXECUTION})
    rollout = plan_action(asked, OTHER, rehearsal.stage.clients)
    assert rollout.outcome is Outcome.TAKE_OVER
    return {"rollout": rollout.to_state(), "direction": "forward", "execution_id": OTHER}


@pytest.mark.usefixtures("ended")
def test_who_was_taken_over_changes_nothing(stage: Open) -> None:
    rehearsal = moving(stage)
    until(rehearsal, StepKind.SCALE_OUT)
    assert take_over(recovery(rehearsal), None)["outcome"] == "back"
    calls = calls_on(rehearsal.stage.region.bus)
    for spoke in SPOKES.values():
        with pytest.raises(LeaseLost, match="execution recovery"):
            spoke(rehearsal.event(), None)
    assert {call.service for call in calls} == {"dynamodb"}


def test_a_way_back_that_finds_another_rollout_on_the_group_is_no_start_too_many(stage: Open) -> None:
    """AlreadyRunning is what a start ends with that changed nothing; this one has changed something."""
    rehearsal = moving(stage)
    clients, context = rehearsal.stage.clients, rehearsal.context
    clients.leases.release(context.plan, context.holder)
    clients.leases.take(replace(context.plan, rollout_id="another"), "another", clients.now())
    back = Rehearsal(rehearsal.stage, rehearsal.rollout, Direction.BACK)
    with pytest.raises(LeaseLost, match="Rollout another holds nodes"):
        begin_roll_back(back.event(state={"failure": {"Error": "AlarmFired", "Cause": "it rang"}}), None)


@pytest.mark.usefixtures("ended")
def test_a_handler_in_the_middle_of_its_work_is_stopped_by_the_fence(stage: Open) -> None:
    rehearsal = moving(stage)
    until(rehearsal, StepKind.SCALE_OUT)
    context = load_for_update(rehearsal.event(), rehearsal.stage.clients)
    take_over(recovery(rehearsal), None)
    with pytest.raises(LeaseLost):
        context.clients.autoscaling.set_desired("nodes", 9)
    with pytest.raises(LeaseLost):
        scale_out(context)
    assert rehearsal.fleet().desired == 3


@pytest.mark.usefixtures("ended")
def test_taking_over_twice_equals_once(stage: Open) -> None:
    rehearsal = moving(stage)
    event = recovery(rehearsal)
    assert take_over(event, None) == take_over(event, None)
    assert rehearsal.context.progress.recovery.taken_over == 1


@pytest.mark.usefixtures("ended")
def test_of_two_that_take_over_one_is_too_late(stage: Open) -> None:
    rehearsal = moving(stage)
    event = recovery(rehearsal)
    take_over(event, None)
    refused = take_over({**event, "execution_id": EXECUTION.replace(":run", ":third")}, None)
    assert (refused["outcome"], refused["error"]) == (Way.TAKEN_OVER, AlreadyRunning.__name__)
    assert "by another actor" in refused["cause"]


@pytest.mark.usefixtures("ended")
def test_the_same_input_resumes_and_another_one_returns(stage: Open) -> None:
    rehearsal = moving(stage)
    clients = rehearsal.stage.clients
    same = plan_rollout(read_input({"cluster": "prod", "ami": NEW}), OTHER, clients)
    other = plan_rollout(read_input({"cluster": "prod", "ami": NEW, "bake_seconds": 60}), OTHER, clients)
    assert (same.outcome, same.details["way"]) == (Outcome.TAKE_OVER, "forward")
    assert (other.outcome, other.details["way"]) == (Outcome.TAKE_OVER, "back")


def test_a_rollout_that_runs_is_not_taken_over(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.aws.executions.Executions.running", lambda _self, _arn, **_more: True)
    clients = moving(stage).stage.clients
    assert plan_rollout(read_input({"cluster": "prod", "ami": NEW}), OTHER, clients).outcome is Outcome.PROCEED


@pytest.mark.usefixtures("ended")
def test_after_a_human_was_called_the_rule_does_nothing_more(stage: Open) -> None:
    rehearsal = moving(stage)
    rehearsal.context.save_progress(recovery=Recovery(needs_human=True))
    clients = rehearsal.stage.clients
    by_rule = plan_action(read_action({"action": "recover", "execution": EXECUTION}), OTHER, clients)
    by_hand = plan_action(read_action({"action": "recover", "cluster": "prod"}), OTHER, clients)
    assert by_rule.outcome is Outcome.UP_TO_DATE
    assert by_hand.outcome is Outcome.TAKE_OVER


def test_nobody_changes_anything_before_being_let_in() -> None:
    with pytest.raises(RuntimeError, match="holds no lease"):
        Fence().check()


def test_a_command_made_twice_is_made_once(stage: Open) -> None:
    operator_commands = moving(stage).stage.clients.operator_commands
    command = OperatorCommand("run", PAUSE, "ops", 1.0, "execution-1")
    operator_commands.make(("prod", "nodes"), command)
    operator_commands.make(("prod", "nodes"), command)
    assert operator_commands.made(("prod", "nodes"), "run") == [{"wish": PAUSE, "by": "ops", "at": "1.0"}]


def died_on_its_way_back(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    """An execution of that error has ended on the way back before, and so did the one that took it over."""
    monkeypatch.setattr("handlers.aws.executions.Executions.ending", lambda _self, _arn: error)
    rehearsal.context.save_progress(direction=Direction.BACK, recovery=Recovery(ends=("States.Runtime",)))


@pytest.mark.usefixtures("ended")
def test_a_recovery_that_meets_the_same_end_stops_and_says_so(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsal = moving(stage)
    died_on_its_way_back(rehearsal, monkeypatch, "States.Runtime")
    event = recovery(rehearsal)
    for _again in range(2):
        with pytest.raises(
            RecoveredInVain, match=r"ended with States\.Runtime, was recovered, and ended with it again"
        ):
            take_over(event, None)
    assert load(event, rehearsal.stage.clients).acts


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("error", ["", "States.Timeout"])
def test_a_recovery_that_meets_another_end_goes_on(stage: Open, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    rehearsal = moving(stage)
    died_on_its_way_back(rehearsal, monkeypatch, error)
    assert take_over(recovery(rehearsal), None)["outcome"] == "back"


@pytest.mark.usefixtures("ended")
def test_a_person_who_recovers_by_hand_gets_the_whole_time_again(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsal = moving(stage)
    died_on_its_way_back(rehearsal, monkeypatch, "States.Runtime")
    rehearsal.context.save_progress(began_at=1.0, pause=Pause(idle_seconds=5.0))
    asked = read_action({"action": "recover", "cluster": "prod"})
    rollout = plan_action(asked, OTHER, rehearsal.stage.clients)
    event = {"rollout": rollout.to_state(), "direction": "forward", "execution_id": OTHER}
    assert take_over(event, None)["outcome"] == "back"
    progress = load(event, rehearsal.stage.clients).progress
    assert (progress.recovery.ends, progress.pause.idle_seconds) == ((), 0.0)
    assert progress.began_at > 1.0
