"""The table decides an answer: of an answer and of silence the first one counts, whoever looked at it when."""

from dataclasses import replace

import pytest

from handlers.domain.decision.stage_end import UNASKED, Closed
from handlers.domain.model.observation import Gate
from handlers.store.approvals import AlreadyDecided, Gates
from tests.handlers.conftest import Open

KEY, QUESTION = ("prod", "nodes"), "approval"


@pytest.fixture
def gates(stage: Open) -> Gates:
    """A question that was asked at 100 and is to be answered before 200."""
    gates = stage().world.gates
    assert gates.ask(KEY, Gate("r", QUESTION, 100.0, "token", answer_by=200.0))
    return gates


def read(gates: Gates) -> Gate:
    gate = gates.read(KEY)
    assert gate is not None
    return gate


def answered(gates: Gates, action: str = "approve") -> Gate:
    return replace(read(gates), answer=action, by="ops", execution="e")


def test_an_answer_that_was_read_open_and_written_late_is_refused(gates: Gates) -> None:
    seen_open = answered(gates)
    gates.time_out(KEY, read(gates), "reject")
    with pytest.raises(AlreadyDecided):
        gates.answer(KEY, seen_open, 199.0)
    assert (read(gates).answer, read(gates).closed, read(gates).silence) == ("", Closed.TIMED_OUT, "reject")


def test_silence_that_was_read_and_written_after_an_answer_says_nothing(gates: Gates) -> None:
    unanswered = read(gates)
    gates.answer(KEY, answered(gates), 199.0)
    gates.time_out(KEY, unanswered, "reject")
    assert (read(gates).answer, read(gates).closed, read(gates).silence) == ("approve", "", "")


def test_at_its_time_an_answer_is_too_late_though_nobody_has_written_down_silence(gates: Gates) -> None:
    with pytest.raises(AlreadyDecided):
        gates.answer(KEY, answered(gates), 200.0)


@pytest.mark.parametrize(("action", "taken"), [("roll_back", True), ("flip", False)])
def test_unasked_a_roll_back_is_taken_after_the_time_and_a_flip_is_not(gates: Gates, action: str, taken: bool) -> None:
    unasked = Gate("r", UNASKED, 300.0, "", action, "ops", execution="e")
    if taken:
        gates.answer(KEY, unasked, 300.0)
    else:
        with pytest.raises(AlreadyDecided):
            gates.answer(KEY, unasked, 300.0)
    assert read(gates).answer == (action if taken else "")


@pytest.mark.parametrize("action", ["roll_back", "flip"])
@pytest.mark.parametrize("rollout", ["r", "another"])
def test_on_its_way_back_nothing_is_answered_whatever_was_asked_before(gates: Gates, action: str, rollout: str) -> None:
    gates.turn_back(KEY, rollout)
    with pytest.raises(AlreadyDecided):
        gates.answer(KEY, Gate(rollout, UNASKED, 150.0, "", action, "ops", execution="e"), 150.0)
    assert (read(gates).rollout_id, read(gates).question) == (rollout, QUESTION if rollout == "r" else "")


def test_the_next_question_is_open_again(gates: Gates) -> None:
    gates.time_out(KEY, read(gates), "promote")
    assert gates.ask(KEY, Gate("r", "2. all", 300.0, "token", answer_by=400.0))
    gates.answer(KEY, answered(gates, "promote"), 350.0)
    assert read(gates).answer == "promote"
