"""The table decides an answer: of an answer and of silence the first one counts, whoever looked at it when."""

from dataclasses import replace

import pytest

from handlers.domain.model.approval import UNSOLICITED, ApprovalRequest, Closed
from handlers.store.approvals import AlreadyDecided, ApprovalStore
from tests.handlers.conftest import Open

KEY, ABOUT = ("prod", "nodes"), "approval"


@pytest.fixture
def gates(stage: Open) -> ApprovalStore:
    """A question that was asked at 100 and is to be answered before 200."""
    gates = stage().clients.approvals
    assert gates.ask(KEY, ApprovalRequest("r", ABOUT, 100.0, "token", prompt="approval?", respond_by=200.0))
    return gates


def read(gates: ApprovalStore) -> ApprovalRequest:
    approval = gates.read(KEY)
    assert approval is not None
    return approval


def answered(gates: ApprovalStore, action: str = "approve") -> ApprovalRequest:
    return replace(read(gates), response=action, by="ops", execution="e")


def test_an_answer_that_was_read_open_and_written_late_is_refused(gates: ApprovalStore) -> None:
    seen_open = answered(gates)
    gates.time_out(KEY, read(gates), "reject")
    with pytest.raises(AlreadyDecided):
        gates.record(KEY, seen_open, 199.0)
    assert (read(gates).response, read(gates).closed, read(gates).silence) == ("", Closed.TIMED_OUT, "reject")


def test_silence_that_was_read_and_written_after_an_answer_says_nothing(gates: ApprovalStore) -> None:
    unanswered = read(gates)
    gates.record(KEY, answered(gates), 199.0)
    gates.time_out(KEY, unanswered, "reject")
    assert (read(gates).response, read(gates).closed, read(gates).silence) == ("approve", "", "")


def test_at_its_time_an_answer_is_too_late_though_nobody_has_written_down_silence(gates: ApprovalStore) -> None:
    with pytest.raises(AlreadyDecided):
        gates.record(KEY, answered(gates), 200.0)


@pytest.mark.parametrize(("action", "taken"), [("roll_back", True), ("flip", False)])
def test_unasked_a_roll_back_is_taken_after_the_time_and_a_flip_is_not(
    gates: ApprovalStore, action: str, taken: bool
) -> None:
    unasked = ApprovalRequest("r", UNSOLICITED, 300.0, "", action, "ops", execution="e")
    if taken:
        gates.record(KEY, unasked, 300.0)
    else:
        with pytest.raises(AlreadyDecided):
            gates.record(KEY, unasked, 300.0)
    assert read(gates).response == (action if taken else "")


@pytest.mark.parametrize("action", ["roll_back", "flip"])
@pytest.mark.parametrize("rollout", ["r", "another"])
def test_on_its_way_back_nothing_is_answered_whatever_was_asked_before(
    gates: ApprovalStore, action: str, rollout: str
) -> None:
    gates.turn_back(KEY, rollout)
    with pytest.raises(AlreadyDecided):
        gates.record(KEY, ApprovalRequest(rollout, UNSOLICITED, 150.0, "", action, "ops", execution="e"), 150.0)
    assert (read(gates).rollout_id, read(gates).about) == (rollout, ABOUT if rollout == "r" else "")


def test_the_next_question_is_open_again(gates: ApprovalStore) -> None:
    gates.time_out(KEY, read(gates), "promote")
    assert gates.ask(KEY, ApprovalRequest("r", "2. all", 300.0, "token", prompt="approval?", respond_by=400.0))
    gates.record(KEY, answered(gates, "promote"), 350.0)
    assert read(gates).response == "promote"
