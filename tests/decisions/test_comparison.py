"""Noise and likeness are the exact probabilities that they say they are, and grow and fall as they have to."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.comparison import Tally, alike, judge, noise

counts = st.integers(0, 40)
hours = st.floats(0.01, 200.0)
tallies = st.lists(st.builds(Tally, counts, counts, hours, hours), min_size=1, max_size=4)


@given(counts, st.floats(0.0, 100.0))
def test_noise_is_the_tail_of_a_poisson_distribution(events: int, expected: float) -> None:
    below = math.fsum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(events))
    assert noise(events, expected) == pytest.approx(1.0 - below, abs=1e-9)


@given(counts, st.floats(0.001, 100.0))
def test_more_events_are_less_likely_noise_and_more_hours_make_them_likelier(events: int, expected: float) -> None:
    assert noise(events + 1, expected) <= noise(events, expected) + 1e-12
    assert noise(events, expected) <= noise(events, 2 * expected) + 1e-12


def test_likeness_is_how_events_divide_by_exposure() -> None:
    """Three of four on a tenth of the fleet: 4 · 0.1³ · 0.9 + 0.1⁴."""
    assert alike([Tally(3, 1, 1.0, 9.0)]) == pytest.approx(0.0037)
    assert alike([Tally(2, 2, 1.0, 1.0)]) == 1.0


def test_likeness_of_several_services_is_that_of_their_sum() -> None:
    chance = random.Random(5)
    found = [Tally(3, 2, 1.0, 4.0), Tally(2, 1, 2.0, 3.0)]

    def drawn() -> int:
        return sum(chance.random() < 0.2 for _ in range(5)) + sum(chance.random() < 0.4 for _ in range(3))

    times = 40_000
    assert alike(found) == pytest.approx(sum(drawn() >= 5 for _ in range(times)) / times, abs=0.005)


def test_a_service_that_crashes_on_both_alike_hides_behind_no_other() -> None:
    """Added up, thirty crashes on new instances in a twelfth of all hours would look bad."""
    crashy, calm = Tally(30, 31, 10.0, 10.0), Tally(0, 0, 1.0, 100.0)
    assert not judge([crashy, calm], 50.0).guilty


@given(tallies)
def test_likeness_is_a_probability_and_more_on_old_instances_never_lowers_it(found: list[Tally]) -> None:
    more = [Tally(each.new, each.old + 1, each.hours_new, each.hours_old) for each in found]
    assert 0.0 <= alike(found) <= 1.0 + 1e-9
    assert alike(found) <= alike(more) + 1e-9 or not any(each.new for each in found)


@given(tallies)
def test_what_old_instances_showed_before_can_only_excuse(found: list[Tally]) -> None:
    before = [Tally(each.new, each.old, each.hours_new, each.hours_old, 5, 1.0) for each in found]
    assert not judge(before, 50.0).guilty or judge(found, 50.0).guilty


@pytest.mark.parametrize(("tasks", "needed"), [(4, 2), (20, 3), (50, 4)])
def test_so_many_failures_of_so_many_tasks_in_a_quarter_of_an_hour_are_no_noise(tasks: int, needed: int) -> None:
    exposed = [Tally(needed, 0, tasks / 4, 1.0)]
    assert judge(exposed, 50.0).guilty
    assert not judge([Tally(needed - 1, 0, tasks / 4, 1.0)], 50.0).guilty


def test_thousands_of_events_are_no_trouble() -> None:
    assert judge([Tally(4000, 3000, 500.0, 500.0)], 50.0).guilty
