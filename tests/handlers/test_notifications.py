"""News that cannot be sent: it stops nothing, is counted, and is not taken for sent."""

from typing import Any

import pytest

from handlers.errors import NotToldYet, PartialFailure
from handlers.payloads import TELLS
from handlers.runtime import notifications
from handlers.runtime.task_handler import metrics
from handlers.states.report_remaining_work import handler as report_remaining_work
from handlers.states.wait_for_approval import wait_for_approval
from simulator.api.dispatch import ApiFault
from simulator.aws.messages import EventPut, Published
from tests.handlers.conftest import EXECUTION, Open, Stage

REFUSED = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "AccessDeniedException", "ErrorMessage": "no right"}]}


@pytest.fixture(autouse=True)
def _fresh_metrics() -> Any:
    yield
    metrics.clear_metrics()


def refusing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """EventBridge answers HTTP 200, and that it has not taken the entry."""

    class Events:
        def put_events(self, **_request: Any) -> dict[str, Any]:
            return REFUSED

    monkeypatch.setattr(stage.clients.messages, "_events", Events)
    return stage


def sent(stage: Stage, kind: type) -> list[Any]:
    observation: list[Any] = []
    stage.region.bus.subscribe(kind, observation.append)
    return observation


def test_an_entry_that_eventbridge_refuses_is_an_error_with_its_reason(
    stage: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = refusing(stage(), monkeypatch)
    with pytest.raises(PartialFailure, match="'Baking' on the bus default: AccessDeniedException: no right"):
        opened.clients.messages.put("Baking", {})


def test_a_refused_event_stops_nothing_and_is_not_taken_for_told(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsal = stage().locked()
    published = sent(rehearsal.stage, Published)
    refusing(rehearsal.stage, monkeypatch)
    after = notifications.notify(rehearsal.context, rehearsal.event(), notifications.BAKING, "It bakes.")
    assert len(published) == 1
    assert notifications.BAKING not in after.progress.notified
    assert metrics.metric_set["NotTold"]["Value"] == [1.0]


def test_a_message_that_cannot_be_published_keeps_no_event_back(stage: Open) -> None:
    rehearsal = stage().locked()
    put = sent(rehearsal.stage, EventPut)
    rehearsal.stage.region.dispatch.faults.append(ApiFault("sns", "Publish", "AuthorizationError", times=99))
    after = notifications.notify(rehearsal.context, rehearsal.event(), notifications.BAKING, "It bakes.")
    assert [machine.detail_type for machine in put] == [notifications.BAKING]
    assert notifications.BAKING not in after.progress.notified


def test_a_question_is_asked_even_where_nobody_can_be_told(stage: Open) -> None:
    opened = stage()
    opened.region.dispatch.faults += [
        ApiFault("sns", "Publish", "AuthorizationError", times=99),
        ApiFault("events", "PutEvents", "InternalException", times=99),
    ]
    rollout = opened.plan(dry_run=True)
    with pytest.raises(NotToldYet):
        wait_for_approval(rollout, "token", EXECUTION, opened.clients)
    approval = opened.clients.approvals.read((rollout.cluster, rollout.auto_scaling_group))
    assert approval is not None
    assert approval.token == "token"
    assert metrics.metric_set["NotTold"]["Value"] == [1.0, 1.0]


def test_who_was_told_of_a_question_is_not_told_again_and_the_other_one_is(stage: Open) -> None:
    opened = stage()
    published, put = sent(opened, Published), sent(opened, EventPut)
    opened.region.dispatch.faults.append(ApiFault("sns", "Publish", "AuthorizationError", times=2))
    rollout = opened.plan(dry_run=True)
    for _ in range(2):
        with pytest.raises(NotToldYet):
            wait_for_approval(rollout, "token", EXECUTION, opened.clients)
    for _ in range(2):
        wait_for_approval(rollout, "token", EXECUTION, opened.clients)
    assert (len(published), len(put)) == (1, 1)


def test_a_function_that_dies_between_asking_and_telling_tells_when_it_runs_again(
    stage: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = stage()
    published = sent(opened, Published)
    rollout = opened.plan(dry_run=True)
    with monkeypatch.context() as patched:
        patched.setattr(opened.clients.messages, "publish", _dies)
        with pytest.raises(MemoryError):
            wait_for_approval(rollout, "token", EXECUTION, opened.clients)
    wait_for_approval(rollout, "token", EXECUTION, opened.clients)
    assert len(published) == 1


def _dies(*_message: str) -> None:
    raise MemoryError


def test_what_half_went_out_is_sent_to_the_other_half_only(stage: Open) -> None:
    rehearsal = stage().locked()
    published, put = sent(rehearsal.stage, Published), sent(rehearsal.stage, EventPut)
    rehearsal.stage.region.dispatch.faults.append(ApiFault("sns", "Publish", "AuthorizationError", times=1))
    for _ in range(3):
        notifications.notify(rehearsal.context, rehearsal.event(), notifications.BAKING, "It bakes.")
    assert (len(published), len(put)) == (1, 1)
    assert notifications.was_told(rehearsal.context, notifications.BAKING)


def test_that_a_human_is_needed_is_sent_until_it_went_out_and_the_report_is_never_lost(stage: Open) -> None:
    rehearsal = stage().locked()
    published, put = sent(rehearsal.stage, Published), sent(rehearsal.stage, EventPut)
    event = rehearsal.event(state={"failure": {"Error": "AlarmFired", "Cause": "it rang"}})
    rehearsal.stage.region.dispatch.faults.append(ApiFault("sns", "Publish", "AuthorizationError", times=2))
    for tries in range(2):
        with pytest.raises(NotToldYet):
            report_remaining_work({**event, "tries": tries}, None)
    assert (len(published), len(put)) == (0, 1)
    assert report_remaining_work({**event, "tries": 2}, None)["error"] == "AlarmFired"
    assert report_remaining_work({**event, "tries": 3}, None)["error"] == "AlarmFired"
    assert (len(published), len(put)) == (1, 1)


def test_the_last_try_reports_though_nobody_could_be_told(stage: Open) -> None:
    rehearsal = stage().locked()
    rehearsal.stage.region.dispatch.faults.append(ApiFault("sns", "Publish", "AuthorizationError", times=99))
    event = rehearsal.event(state={"failure": {"Error": "AlarmFired", "Cause": "it rang"}}, tries=TELLS)
    assert report_remaining_work(event, None)["status"] == "needs-a-human"
