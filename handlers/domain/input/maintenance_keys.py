"""The keys of an input's `maintenance`: what each allows, in words, and the test for it."""

from datetime import time
from zoneinfo import available_timezones

from handlers.domain.input.input_keys import AMOUNT, Key, list_of, object_of, one_of
from handlers.domain.model.maintenance import DAYS, FINISH, PAUSE, ROLL_BACK

WINDOWS_AT_MOST = 20


def _clock(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == len("00:00") and bool(time.fromisoformat(value) or True)
    except ValueError:
        return False


def _zone(value: object) -> bool:
    return isinstance(value, str) and value in available_timezones()


CLOCK = Key('a time of day such as "22:00"', _clock)
WINDOW = object_of(
    {
        "days": Key(f"a list of {', '.join(DAYS)}", list_of(one_of(*DAYS), 1, len(DAYS))),
        "from": CLOCK,
        "to": CLOCK,
        "time_zone": Key('an IANA time zone such as "Europe/Zurich"', _zone),
        "at_most": AMOUNT,
    },
    "from",
    "to",
)
MAINTENANCE = Key(
    '{"windows": [{"days": ["mon", …], "from": "22:00", "to": "04:00", "time_zone": "Europe/Zurich", "at_most": "10%"}]'
    f' (1 to {WINDOWS_AT_MOST}; days, time_zone and at_most have defaults), "on_close": "finish", "pause" or '
    '"roll_back"}',
    object_of(
        {
            "windows": Key("", list_of(WINDOW, 1, WINDOWS_AT_MOST)),
            "on_close": Key("", one_of(FINISH, PAUSE, ROLL_BACK)),
        },
        "windows",
    ),
)
