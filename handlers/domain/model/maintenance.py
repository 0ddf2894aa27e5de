"""Maintenance windows: when a rollout may act, in the local time of a place, and how much at once.

A window belongs to the day on which it opens: `{"days": ["fri"], "from": "22:00", "to": "04:00"}` closes on Saturday.
Local times that a change of the clocks skips or repeats are taken as `datetime` takes them (the first of two).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from handlers.domain.model.amount import Amount

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FINISH, PAUSE, ROLL_BACK = "finish", "pause", "roll_back"


@dataclass(frozen=True)
class Window:
    """A time of the week. `at_most` is how many instances may be replaced at once then; None: as the strategy says."""

    days: tuple[str, ...]
    opens: str
    closes: str
    time_zone: str
    at_most: Amount | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it from an input, or back from the table."""
        return cls(
            days=tuple(data.get("days", DAYS)),
            opens=data.get("from", data.get("opens", "00:00")),
            closes=data.get("to", data.get("closes", "00:00")),
            time_zone=data.get("time_zone", "UTC"),
            at_most=data.get("at_most"),
        )

    def around(self, now: float) -> list[tuple[float, float]]:
        """When it opens and closes, as epoch seconds: all times from the day before `now` to a week after it."""
        zone = ZoneInfo(self.time_zone)
        today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
        days = [today + timedelta(days=offset) for offset in range(-1, 9)]
        return [self._on(day, zone) for day in days if DAYS[day.weekday()] in self.days]

    def _on(self, day: date, zone: ZoneInfo) -> tuple[float, float]:
        opens, closes = time.fromisoformat(self.opens), time.fromisoformat(self.closes)
        until = day if closes > opens else day + timedelta(days=1)
        return (
            datetime.combine(day, opens, zone).timestamp(),
            datetime.combine(until, closes, zone).timestamp(),
        )


@dataclass(frozen=True)
class Maintenance:
    """The windows of a rollout, and what it does when one closes on it; no windows: always open."""

    windows: tuple[Window, ...] = ()
    on_close: str = FINISH

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it from an input, or back from the table."""
        windows = tuple(Window.from_json(window) for window in data.get("windows", ()))
        return cls(windows, data.get("on_close", FINISH))

    def open_window(self, now: float) -> Window | None:
        """The window that is open, the first where several are."""
        return next((window for window in self.windows if any(a <= now < b for a, b in window.around(now))), None)

    def closed(self, now: float) -> bool:
        """Whether there are windows, and none is open."""
        return bool(self.windows) and self.open_window(now) is None

    def next_opening(self, now: float) -> float:
        """When the next window opens, as epoch seconds; now, where one is open or there are none."""
        if not self.closed(now):
            return now
        return min(opens for window in self.windows for opens, _closes in window.around(now) if opens > now)


def said(moment: float) -> str:
    """A time as the reports say it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
