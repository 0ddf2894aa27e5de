"""News that cannot be sent: it stops nothing, is counted, and is not taken for sent."""

from typing import Any

import pytest

from handlers.errors import PartialFailure
from handlers.runtime import notifications
from handlers.runtime.task_handler import metrics
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
    wait_for_approval(rollout, "token", EXECUTION, opened.clients)
    approval = opened.clients.approvals.read((rollout.cluster, rollout.auto_scaling_group))
    assert approval is not None
    assert approval.token == "token"
    assert metrics.metric_set["NotTold"]["Value"] == [1.0, 1.0]
