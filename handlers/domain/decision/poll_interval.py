"""How often a rollout looks while only an operator's answer, or the clock, takes it on: rarer the longer that takes.

Tasks can begin to fail at any time, and each look costs about 13 of an execution's 25,000 events: a hold of seven days
takes 1,100 of them, a week outside of maintenance windows 450.
"""

HOUR = 3600
LONG_AT_FIRST = ((HOUR, 60), (48 * HOUR, 300))
LATER, MUCH_LATER = 900, 1800  # never longer than half a lease


def look_seconds(waited: float) -> int:
    """Seconds until the next look of an operator's who has waited for so long: a hold, or a pause."""
    return next((every for until, every in LONG_AT_FIRST if waited < until), LATER)


def turn_seconds(waited: float) -> int:
    """The same of one that waits for another rollout to end, which may be paused for weeks: it holds nothing.

    Each look costs 9 events. In a year, which is as long as an execution may take, they come to 17,000.
    """
    return 600 if waited < 24 * HOUR else HOUR if waited < 14 * 24 * HOUR else 6 * HOUR


def look_seconds_outside_windows(waited: float) -> int:
    """The same while a maintenance window is closed: that may be for most of several weeks."""
    return 60 if waited < HOUR else 300 if waited < 6 * HOUR else MUCH_LATER
