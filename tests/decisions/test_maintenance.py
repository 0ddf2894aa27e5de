"""Maintenance windows: when they are open, in local time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.input.rollout_input import read_input
from handlers.domain.model.maintenance import DAYS, Maintenance, Window
from handlers.errors import InputInvalid

ZURICH = ZoneInfo("Europe/Zurich")
NIGHTS = Maintenance((Window(("mon", "fri"), "22:00", "04:00", "Europe/Zurich"),))
WEEK = 7 * 86_400


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH).timestamp()


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2026-11-20T21:59:59", True),  # a Friday
        ("2026-11-20T22:00:00", False),
        ("2026-11-21T03:59:59", False),  # Friday's, past midnight
        ("2026-11-21T04:00:00", True),
        ("2026-11-21T23:00:00", True),
        ("2026-11-24T03:00:00", False),  # Monday's
    ],
)
def test_a_window_belongs_to_the_day_on_which_it_opens(moment: str, closed: bool) -> None:
    assert NIGHTS.closed(at(moment)) is closed


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_local_time_counts_when_the_clocks_change(day: str) -> None:
    nightly = Maintenance((Window(DAYS, "22:00", "06:00", "Europe/Zurich"),))
    opens = at(f"{day}T22:00:00")
    following = datetime.fromtimestamp(opens + 9 * 3600, ZURICH)
    assert nightly.next_opening(opens - 1) == opens
    assert not nightly.closed(at(f"{following.date()}T05:59:59"))
    assert nightly.closed(at(f"{following.date()}T06:00:00"))


def test_without_windows_it_is_always_open() -> None:
    assert not Maintenance().closed(at("2026-11-20T12:00:00"))


times = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
windows = st.builds(
    Window, st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple), times, times,
    st.sampled_from(["UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)  # fmt: skip


@given(st.lists(windows, min_size=1, max_size=3).map(tuple), st.integers(1_780_000_000, 1_830_000_000))
def test_the_next_opening_is_within_eight_days_and_opens(some: tuple[Window, ...], now: int) -> None:
    maintenance = Maintenance(some)
    opens = maintenance.next_opening(now)
    assert now <= opens <= now + WEEK + 86_400 + 3600
    assert not maintenance.closed(opens)
    if opens > now:
        assert maintenance.closed(opens - 1)


@given(st.lists(windows, max_size=3).map(tuple))
def test_a_plan_keeps_its_windows(some: tuple[Window, ...]) -> None:
    kept = Maintenance(some, "pause")
    written = {"windows": [vars(window) for window in kept.windows], "on_close": kept.on_close}
    assert Maintenance.from_json(written) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows": []},
        {"windows": [{"from": "22:00"}]},
        {"windows": [{"from": "22:00", "to": "24:00"}]},
        {"windows": [{"from": "9:00", "to": "10:00"}]},
        {"windows": [{"from": "09:00", "to": "10:00", "time_zone": "Europe/Zurch"}]},
        {"windows": [{"from": "09:00", "to": "10:00", "days": ["monday"]}]},
        {"windows": [{"from": "09:00", "to": "10:00"}], "on_close": "abort"},
        {"on_close": "pause"},
    ],
)
def test_what_is_no_window_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputInvalid, match="maintenance is"):
        read_input({"cluster": "prod", "maintenance": wrong})


def test_a_budget_is_for_rolling_only() -> None:
    windows = [{"from": "09:00", "to": "10:00", "at_most": 1}]
    with pytest.raises(InputInvalid, match="rolling only"):
        read_input({"cluster": "p", "strategy": {"type": "blue-green"}, "maintenance": {"windows": windows}})
