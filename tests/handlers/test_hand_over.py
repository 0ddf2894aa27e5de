"""Handing over: one successor, found by its name, with the leases; whatever dies or is refused in between."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.domain.decision.succession import EVENTS_AT_LAST
from handlers.domain.input.action_input import read_action
from handlers.domain.input.rollout_input import read_input
from handlers.domain.model.progress import Pause
from handlers.errors import HandedOver, InputInvalid, LeaseLost, NotHandedOver, PayloadOfAnotherVersion
from handlers.payloads import CONTINUE, FUNCTION_SECONDS, HISTORY, RECOVER, VERSION, Direction, Outcome, Way
from handlers.runtime.rollout_context import load
from handlers.states.assess_fleet import handler as assess_fleet
from handlers.states.begin_roll_back import handler as begin_roll_back
from handlers.states.hand_over import handler as hand_over
from handlers.states.hand_over_after_deployment import handler as hand_over_after_deployment
from handlers.states.plan_rollout import plan_action, plan_rollout
from handlers.states.scale_out import handler as scale_out
from handlers.states.take_over_rollout import handler as take_over
from simulator.aws.messages import EventPut
from tests.handlers.conftest import EXECUTION, NEW, Open, Rehearsal, calls_on
from tests.handlers.test_twice_equals_once import moving

SECOND = f"{EXECUTION}-2"
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no right"}}, "StartExecution")
CAUGHT = {"failure": {"Error": "PayloadOfAnotherVersion", "Cause": "The payload is of version 2."}}


@dataclass
class Started:
    """Step Functions as far as a hand-over asks for it: who was started, with what, and who runs."""

    taken: set[str] = field(default_factory=set)
    refusing: bool = False
    lost: bool = False  # the answer, not the effect
    started: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: set[str] = field(default_factory=lambda: {"run"})
    events: int = 0

    def start(self, machine: str, name: str, given: dict[str, Any]) -> bool:
        assert machine == "arn:aws:states:eu-west-1:123456789012:stateMachine:Rollout"
        if self.refusing:
            raise DENIED
        if name in self.taken or (name in self.started and (name not in self.running or self.started[name] != given)):
            return False
        self.started[name] = given
        self.running.add(name)
        if self.lost:
            raise DENIED
        return True

    def runs(self, arn: str, *, unknown: bool = False) -> bool:
        name = arn.rsplit(":", 1)[-1]
        return name in self.running or (unknown and name not in self.started and name != "run")


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> Started:
    started = Started()
    where = "handlers.aws.executions.Executions"
    monkeypatch.setattr(f"{where}.start", started.start)
    monkeypatch.setattr(f"{where}.running", started.runs)
    monkeypatch.setattr(f"{where}.events", lambda _self, _arn: started.events)
    monkeypatch.setattr(f"{where}.ending", lambda _self, _arn: "")
    return started


def successor(rehearsal: Rehearsal, name: str = "run-2", before: str = EXECUTION, because: str = HISTORY) -> Rehearsal:
    """The rollout as the successor's plan finds it, taken over by it."""
    arn = EXECUTION.replace(":run", f":{name}")
    spec = read_action({"action": CONTINUE, "execution": before, "because": because, "input": {"cluster": "prod"}})
    rollout = plan_action(spec, arn, rehearsal.stage.clients)
    assert rollout.outcome is Outcome.TAKE_OVER, rollout.summary
    return Rehearsal(rehearsal.stage, rollout)


def taken_over(rehearsal: Rehearsal, name: str = "run-2", before: str = EXECUTION, **more: str) -> dict[str, Any]:
    following = successor(rehearsal, name, before, **more)
    return take_over({**following.event(), "execution_id": EXECUTION.replace(":run", f":{name}")}, None)


def holder(rehearsal: Rehearsal) -> tuple[str, str]:
    """Who has the lease, and who acts by the record."""
    clients = rehearsal.stage.clients
    lease, saved = clients.leases.read("prod", "nodes"), clients.rollouts.load("run")
    assert lease is not None
    assert saved is not None
    assert lease.owner == "run"
    return lease.holder, saved.holder


def test_the_successor_has_the_leases_and_the_record_and_is_found_by_its_name(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    assert hand_over(rehearsal.event(), None) == {"successor": SECOND}
    assert holder(rehearsal) == ("run-2", "run-2")
    assert rehearsal.stage.clients.rollouts.rollout_of("run-2") == "run"
    assert executions.started == {
        "run-2": {
            "action": CONTINUE,
            "cluster": "prod",
            "auto_scaling_group": "nodes",
            "execution": EXECUTION,
            "because": HISTORY,
            "input": {"cluster": "prod", "ami": NEW},
        }
    }


def test_handing_over_twice_equals_once(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    for _ in range(2):
        assert hand_over(rehearsal.event(), None) == {"successor": SECOND}
    taken_over(rehearsal)
    assert hand_over(rehearsal.event(), None) == {"successor": SECOND}
    assert list(executions.started) == ["run-2"]
    assert holder(rehearsal) == ("run-2", "run-2")


@pytest.mark.usefixtures("executions")
def test_who_has_handed_over_finds_it_so_and_changes_nothing(stage: Open) -> None:
    rehearsal = moving(stage)
    hand_over(rehearsal.event(), None)
    calls = calls_on(rehearsal.stage.region.bus)
    for after_the_take_over in (False, True):
        if after_the_take_over:
            taken_over(rehearsal)
        for state in (assess_fleet, scale_out):
            with pytest.raises(HandedOver, match="run-2 goes on with rollout run"):
                state(rehearsal.event(), None)
        with pytest.raises(HandedOver):
            begin_roll_back(rehearsal.event(state={}), None)
    assert {call.service for call in calls} <= {"dynamodb", "events", "sns"}


@pytest.mark.usefixtures("executions")
def test_the_successor_goes_on_from_what_is_in_the_table_and_nothing_begins_anew(stage: Open) -> None:
    rehearsal = moving(stage, hand_over_at=100)
    before = rehearsal.context.progress
    told: list[EventPut] = []
    rehearsal.stage.region.bus.subscribe(EventPut, told.append)
    hand_over(rehearsal.event(), None)
    rehearsal.stage.pass_time(40)
    event = {**successor(rehearsal).event(), "execution_id": SECOND}
    answer = take_over(event, None)
    assert (answer["outcome"], answer["wait_seconds"]) == (Way.FORWARD, 0)
    assert answer == take_over(event, None)
    after = load({**rehearsal.event(), "execution_id": SECOND}, rehearsal.stage.clients)
    assert after.acts
    assert after.plan == rehearsal.plan
    assert (after.progress.succession.before, after.progress.succession.handed_over) == (("run",), ("run",))
    assert after.progress.succession.looks == 0
    assert after.progress.recovery == before.recovery  # nobody was taken over
    assert after.progress.pause.idle_seconds == pytest.approx(40, abs=5)
    assert after.progress.stall.last_progress_at == pytest.approx(before.stall.last_progress_at + 40, abs=5)
    assert [event.detail_type for event in told].count("Handed over") == 1


@pytest.mark.usefixtures("executions")
def test_a_pause_goes_on_in_the_successor(stage: Open) -> None:
    rehearsal = moving(stage)
    rehearsal.context.save_progress(pause=Pause(paused_at=5.0, idle_seconds=7.0))
    hand_over(rehearsal.event(), None)
    rehearsal.stage.pass_time(40)
    taken_over(rehearsal)
    assert rehearsal.context.progress.pause == Pause(paused_at=5.0, idle_seconds=7.0)


@pytest.mark.usefixtures("executions")
def test_the_way_back_is_handed_over_as_the_way_back(stage: Open) -> None:
    rehearsal = moving(stage)
    begin_roll_back(rehearsal.event(state={"failure": {"Error": "AlarmFired", "Cause": "it rang"}}), None)
    hand_over(Rehearsal(rehearsal.stage, rehearsal.rollout, Direction.BACK).event(), None)
    assert taken_over(rehearsal)["outcome"] == Way.BACK
    assert (rehearsal.context.progress.failure or {})["error"] == "AlarmFired"


@pytest.mark.parametrize("dies_at", ["announce", "start", "take_over", "pass_on"])
def test_a_handler_that_dies_anywhere_is_finished_by_the_next(
    stage: Open, executions: Started, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    rehearsal = moving(stage)
    place = {
        "announce": "handlers.store.rollouts.Table.announce",
        "start": "handlers.aws.executions.Executions.start",
        "take_over": "handlers.store.leases.Leases.take_over",
        "pass_on": "handlers.store.rollouts.Table.pass_on",
    }[dies_at]
    with monkeypatch.context() as dying:
        dying.setattr(place, _dies)
        with pytest.raises(MemoryError):
            hand_over(rehearsal.event(), None)
    hand_over(rehearsal.event(), None)
    assert list(executions.started) == ["run-2"]
    assert holder(rehearsal) == ("run-2", "run-2")


def _dies(*_given: object, **_more: object) -> None:
    raise MemoryError


@pytest.mark.parametrize("dies_at", ["take_over", "pass_on"])
def test_a_successor_that_is_quicker_than_the_rest_of_the_hand_over_takes_all(
    stage: Open, executions: Started, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    rehearsal = moving(stage)
    place = {"take_over": "handlers.store.leases.Leases.take_over", "pass_on": "handlers.store.rollouts.Table.pass_on"}
    with monkeypatch.context() as dying:
        dying.setattr(place[dies_at], _dies)
        with pytest.raises(MemoryError):
            hand_over(rehearsal.event(), None)
    assert taken_over(rehearsal)["outcome"] == Way.FORWARD
    assert holder(rehearsal) == ("run-2", "run-2")
    assert hand_over(rehearsal.event(), None) == {"successor": SECOND}
    assert list(executions.started) == ["run-2"]


def test_a_name_that_was_used_is_passed_over(stage: Open, executions: Started) -> None:
    executions.taken = {"run-2", "run-3"}
    rehearsal = moving(stage)
    hand_over(rehearsal.event(), None)
    assert list(executions.started) == ["run-4"]
    assert holder(rehearsal) == ("run-4", "run-4")


def test_a_successor_that_ended_before_it_had_the_leases_is_replaced(
    stage: Open, executions: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal = moving(stage)
    with monkeypatch.context() as dying:
        dying.setattr("handlers.store.leases.Leases.take_over", _dies)
        with pytest.raises(MemoryError):
            hand_over(rehearsal.event(), None)
    executions.running.discard("run-2")
    hand_over(rehearsal.event(), None)
    assert list(executions.started) == ["run-2", "run-3"]
    assert holder(rehearsal) == ("run-3", "run-3")


def test_a_lost_answer_starts_nobody_else(stage: Open, executions: Started) -> None:
    executions.lost = True
    rehearsal = moving(stage)
    assert hand_over(rehearsal.event(), None) == {"successor": SECOND}
    assert list(executions.started) == ["run-2"]


def test_one_that_is_refused_goes_on_and_is_no_successors_any_more(stage: Open, executions: Started) -> None:
    executions.refusing = True
    rehearsal = moving(stage)
    assert hand_over(rehearsal.event(), None) == {"successor": None}
    succession = rehearsal.context.progress.succession
    assert succession.successor == ""
    assert succession.refused_at == pytest.approx(rehearsal.stage.clients.now())
    assert holder(rehearsal) == ("run", "run")
    scale_out(rehearsal.event(), None)
    executions.refusing = False
    assert hand_over(rehearsal.event(), None) == {"successor": SECOND}


def test_one_that_is_refused_and_has_no_room_left_says_so(stage: Open, executions: Started) -> None:
    executions.refusing = True
    rehearsal = moving(stage)
    context = rehearsal.context
    context.save_progress(succession=replace(context.progress.succession, events=EVENTS_AT_LAST, looks=9))
    with pytest.raises(NotHandedOver, match=r"24000 events of the 25,000.*no right.*permit it"):
        hand_over(rehearsal.event(), None)


@pytest.mark.usefixtures("executions")
def test_who_was_taken_over_hands_nothing_over(stage: Open) -> None:
    rehearsal = moving(stage)
    rehearsal.stage.clients.rollouts.take_over("run", "recovery")
    with pytest.raises(LeaseLost, match="Another execution acts"):
        hand_over(rehearsal.event(), None)


def test_a_successor_that_dies_at_its_first_state_is_recovered(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    hand_over(rehearsal.event(), None)
    executions.running.clear()
    recovered = read_action({"action": RECOVER, "execution": SECOND})
    rollout = plan_action(recovered, EXECUTION.replace(":run", ":recovery"), rehearsal.stage.clients)
    assert (rollout.outcome, rollout.details["way"]) == (Outcome.TAKE_OVER, "back")
    assert rollout.details["wait_seconds"] == FUNCTION_SECONDS
    event = {
        "rollout": rollout.to_state(),
        "direction": "forward",
        "execution_id": EXECUTION.replace(":run", ":recovery"),
    }
    assert take_over(event, None)["outcome"] == Way.BACK
    assert rehearsal.context.progress.succession.before == ("run-2",)


def test_a_recovery_of_the_one_that_handed_over_finds_nothing(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    hand_over(rehearsal.event(), None)
    executions.running.discard("run")
    recovered = read_action({"action": RECOVER, "execution": EXECUTION})
    rollout = plan_action(recovered, EXECUTION.replace(":run", ":recovery"), rehearsal.stage.clients)
    assert rollout.outcome is Outcome.UP_TO_DATE


def test_nobody_takes_the_group_from_a_successor_that_is_not_shown_yet(stage: Open, executions: Started) -> None:
    """DescribeExecution is eventually consistent: the lease is new, so its holder lives."""
    rehearsal = moving(stage)
    hand_over(rehearsal.event(), None)
    executions.running = {"run-2"}
    executions.started.clear()
    executions.running.clear()
    spec = read_input({"cluster": "prod", "auto_scaling_group": "nodes", "ami": NEW})
    another = EXECUTION.replace(":run", ":another")
    assert plan_rollout(spec, another, rehearsal.stage.clients).outcome is not Outcome.TAKE_OVER
    rehearsal.stage.pass_time(600)
    assert plan_rollout(spec, another, rehearsal.stage.clients).outcome is Outcome.TAKE_OVER


@pytest.mark.usefixtures("executions")
def test_nobody_else_continues_a_rollout(stage: Open) -> None:
    rehearsal = moving(stage)
    hand_over(rehearsal.event(), None)
    spec = read_action({"action": CONTINUE, "execution": EXECUTION})
    other = plan_action(spec, EXECUTION.replace(":run", ":curious"), rehearsal.stage.clients)
    assert other.outcome is Outcome.UP_TO_DATE
    assert holder(rehearsal) == ("run-2", "run-2")


@pytest.mark.parametrize(
    "given",
    [
        {"action": CONTINUE, "cluster": "prod"},
        {"action": "pause", "cluster": "prod", "because": HISTORY},
        {"action": RECOVER, "cluster": "prod", "input": {}},
        {"action": CONTINUE, "execution": EXECUTION, "because": "boredom"},
    ],
)
def test_what_continues_nothing_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid):
        read_action(given)


def another_version(rehearsal: Rehearsal, execution: str = EXECUTION) -> dict[str, Any]:
    """The event of the state after a box in which a function met a payload of another version."""
    event = rehearsal.event(state=CAUGHT)
    return {**event, "rollout": {**event["rollout"], "version": 2}, "execution_id": execution}


def test_after_a_deployment_another_execution_goes_on(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    for _ in range(2):
        answer = hand_over_after_deployment(another_version(rehearsal), None)
        assert answer == {
            "successor": SECOND,
            "error": "HandedOver",
            "cause": "Execution run-2 goes on with rollout run.",
        }
    assert executions.started["run-2"]["because"] == VERSION
    taken_over(rehearsal, because=VERSION)
    assert rehearsal.context.progress.succession.for_version


def test_a_successor_that_meets_it_again_at_once_starts_nobody(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    hand_over_after_deployment(another_version(rehearsal), None)
    taken_over(rehearsal, because=VERSION)
    with pytest.raises(PayloadOfAnotherVersion, match=r"is of version 2\. A new execution met it, too"):
        hand_over_after_deployment(another_version(rehearsal, SECOND), None)
    assert list(executions.started) == ["run-2"]


def test_a_successor_under_which_something_moved_may_meet_another_deployment(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    hand_over_after_deployment(another_version(rehearsal), None)
    taken_over(rehearsal, because=VERSION)
    following = {**rehearsal.event(), "execution_id": SECOND}
    assess_fleet(following, None)
    scale_out(following, None)
    rehearsal.stage.pass_time(300)
    assess_fleet(following, None)
    assert hand_over_after_deployment(another_version(rehearsal, SECOND), None)["cause"].startswith("Execution run-3")
    assert list(executions.started) == ["run-2", "run-3"]


def test_after_a_deployment_a_refusal_is_tried_again(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    executions.refusing = True
    for _ in range(2):
        with pytest.raises(NotHandedOver, match="deployed in mid-rollout"):
            hand_over_after_deployment(another_version(rehearsal), None)
    executions.refusing = False
    assert hand_over_after_deployment(another_version(rehearsal), None)["error"] == "HandedOver"


def test_a_rollout_that_had_ended_is_not_begun_again(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage)
    rehearsal.context.save_progress(report={"status": "rolled-out"})
    with pytest.raises(PayloadOfAnotherVersion):
        hand_over_after_deployment(another_version(rehearsal), None)
    assert executions.started == {}


def test_the_length_of_the_history_is_looked_at_when_it_may_be_full(stage: Open, executions: Started) -> None:
    rehearsal = moving(stage, hand_over_at=100)
    executions.events = 60
    assert assess_fleet(rehearsal.event(), None)["step"] != "hand-over"
    succession = rehearsal.context.progress.succession
    assert (succession.events, succession.looks) == (60, 1)
    rehearsal.stage.pass_time(5)
    executions.events = 80  # 40 events take ten seconds at least
    assess_fleet(rehearsal.event(), None)
    assert rehearsal.context.progress.succession.looks == 1
    rehearsal.stage.pass_time(10)
    executions.events = 120
    assert assess_fleet(rehearsal.event(), None)["step"] == "hand-over"


def test_a_history_that_cannot_be_read_turns_nothing_back(
    stage: Open, executions: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal = moving(stage)

    def refused(_self: object, _arn: str) -> int:
        raise DENIED

    monkeypatch.setattr("handlers.aws.executions.Executions.events", refused)
    assert assess_fleet(rehearsal.event(), None)["step"]
    assert rehearsal.context.progress.succession.looks == 0
