"""When an execution hands over: before its history is full, between two steps, and not for ever in vain."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.decide import decide, passes
from handlers.domain.decision.poll_interval import turn_seconds
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.succession import ASK_AGAIN_SECONDS, EVENTS_A_SECOND, EVENTS_AT_LAST, look_is_due
from handlers.domain.model.plan import HAND_OVER_AT, Policies
from handlers.domain.model.progress import Pause, Progress, Succession
from handlers.payloads import Direction, StepKind
from handlers.runtime.succession import NAME_LENGTH, successor_name
from handlers.store.rollouts import as_json
from tests.decisions.toy_fleet import ToyFleet, a_plan

FULL = Succession(events=HAND_OVER_AT, looks=2)
YEAR = 365 * 86_400
PASS_EVENTS = 9  # wait, plan, choice


def a_situation(succession: Succession, **progress: object) -> Situation:
    """A fleet in which everything is still to be done."""
    toy = ToyFleet.full(a_plan(4, 1), 3, 6, 1)
    observation = toy.observe()
    return Situation(
        toy.plan,
        replace(observation, now=10_000.0, progress=replace(Progress(), succession=succession, **progress)),
    )


@given(events=st.integers(0, 25_000), looks=st.integers(0, 3))
def test_it_hands_over_once_its_history_is_long_and_never_before(events: int, looks: int) -> None:
    step = decide(a_situation(Succession(events=events, looks=looks)))
    assert (step.kind is StepKind.HAND_OVER) is (events >= HAND_OVER_AT and looks > 1)


@pytest.mark.parametrize("direction", list(Direction))
def test_it_hands_over_in_both_directions(direction: Direction) -> None:
    assert decide(a_situation(FULL, direction=direction)).kind is StepKind.HAND_OVER


def test_it_hands_over_in_a_pause() -> None:
    assert decide(a_situation(FULL, pause=Pause(paused_at=9_000.0))).kind is StepKind.HAND_OVER


def test_what_is_at_its_end_takes_the_last_step_itself() -> None:
    toy = ToyFleet.full(a_plan(4, 1), 3, 6, 1)
    assert toy.run(500) is StepKind.DONE
    at_the_end = replace(toy.observe(), progress=replace(toy.progress, succession=FULL))
    assert decide(Situation(toy.plan, at_the_end)).kind is StepKind.DONE


def test_what_hands_over_goes_on_to_no_other_stage() -> None:
    assert not passes(a_situation(FULL))


@given(waited=st.floats(0, 5_000), events=st.integers(HAND_OVER_AT, 25_000))
def test_one_that_was_refused_goes_on_and_asks_again_unless_it_has_no_room(waited: float, events: int) -> None:
    step = decide(a_situation(replace(FULL, events=events, refused_at=10_000.0 - waited)))
    asks = waited >= ASK_AGAIN_SECONDS or events >= EVENTS_AT_LAST
    assert (step.kind is StepKind.HAND_OVER) is asks


@given(
    growth=st.lists(st.tuples(st.floats(1, 3_600), st.floats(0, 1)), min_size=50, max_size=400),
    threshold=st.integers(100, HAND_OVER_AT),
)
def test_no_history_comes_to_that_length_unseen(growth: list[tuple[float, float]], threshold: int) -> None:
    """Each pass takes so many seconds, in which the history grows by a share of what it can grow by at most."""
    policies, succession, now, events = Policies(hand_over_at=threshold), Succession(), 0.0, 30.0
    for seconds, share in growth:
        before, now = events, now + seconds
        events += seconds * share * EVENTS_A_SECOND
        if look_is_due(succession, policies, now):
            succession = Succession(events=int(events), seen_at=now, looks=succession.looks + 1)
        elif succession.looks:
            assert before < threshold + 1
            assert events < threshold + 1


def test_a_look_is_rare_while_the_history_is_short() -> None:
    """A pause with a look of the fleet every minute: 18,000 events take 27 hours."""
    policies, succession, looks = Policies(), Succession(), 0
    for minute in range(27 * 60):
        now = minute * 60.0
        if look_is_due(succession, policies, now):
            looks += 1
            succession = Succession(events=11 * minute, seen_at=now, looks=looks)
    assert looks < 100  # of 1,620


def test_a_year_of_waiting_for_another_rollout_fits_into_one_history() -> None:
    waited = passes_made = 0
    while waited < YEAR:
        waited, passes_made = waited + turn_seconds(waited), passes_made + 1
    assert passes_made * PASS_EVENTS < HAND_OVER_AT


@given(rollout=st.text("abcdef-0123456789_", min_size=1, max_size=80), number=st.integers(2, 10_000))
def test_a_successors_name_is_one_and_tells_its_rollout_apart(rollout: str, number: int) -> None:
    name = successor_name(rollout, number)
    assert len(name) <= NAME_LENGTH
    assert name == successor_name(rollout, number) != successor_name(rollout, number + 1)
    assert name not in (rollout, successor_name(f"x{rollout[:-1]}", number))


def test_a_record_of_before_there_were_successors_is_read() -> None:
    data = json.loads(as_json(Progress()))
    del data["succession"]
    assert Progress.from_json(data) == Progress()
    given = replace(Progress(), succession=FULL.passed_on("one", for_version=True).taken_over("two"))
    assert Progress.from_json(json.loads(as_json(given))) == given


def test_who_acts_after_whom() -> None:
    succession = replace(FULL.passed_on("one", for_version=False).taken_over("two"), successor="four")
    assert [succession.after(name) for name in ("one", "two", "three")] == ["two", "", "four"]
    assert (succession.before, succession.handed_over) == (("one", "two"), ("one",))
