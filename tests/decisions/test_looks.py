"""Looks are frequent while a wait is young, and few enough over its whole length."""

from collections.abc import Callable

import pytest

from handlers.domain.decision.poll_interval import look_seconds, look_seconds_outside_windows
from handlers.domain.model.operator_command import PAUSED_AT_MOST_SECONDS

EVENTS_A_LOOK = 14
HALF_A_LEASE = 1800


def looks(every: Callable[[float], int], length: float) -> int:
    waited, count = 0.0, 0
    while waited < length:
        waited += every(waited)
        count += 1
    return count


@pytest.mark.parametrize("every", [look_seconds, look_seconds_outside_windows])
def test_the_first_hour_is_looked_at_every_minute_and_no_look_outlasts_half_a_lease(
    every: Callable[[float], int],
) -> None:
    assert {every(waited) for waited in range(3600)} == {60}
    assert max(every(waited) for waited in range(0, PAUSED_AT_MOST_SECONDS, 60)) <= HALF_A_LEASE


def test_the_longest_hold_or_pause_fits_into_a_history() -> None:
    assert looks(look_seconds, PAUSED_AT_MOST_SECONDS) * EVENTS_A_LOOK < 20_000


def test_four_weeks_outside_of_windows_fit_into_a_history() -> None:
    assert 4 * looks(look_seconds_outside_windows, 6.9 * 86_400) * EVENTS_A_LOOK < 25_000
