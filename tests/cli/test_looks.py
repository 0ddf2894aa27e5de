"""What a view looks like, on a terminal and as a line."""

import pytest
from rich.console import Console

from cli.clock_face import clock_face, in_words
from cli.plain import line
from cli.screen import WIDEST_FLEET, fleet_bar, picture
from handlers import catalogue
from simulator.runs.rehearsal.view import Margin, View


def view(**changes: object) -> View:
    given: dict[str, object] = {
        "seconds": 754.0,
        "state": catalogue.WAIT_FOR_DRAIN.forward,
        "direction": "forward",
        "because": "3 tasks are left on 1 draining instances",
        "terminating": 1,
        "draining": 1,
        "launching": 2,
        "old": 4,
        "new": 3,
        "size": 10,
        "percent": 40,
        "seconds_left": 600.0,
        "margins": (Margin("web", 12, 10, 12), Margin("worker", 5, 5, 6)),
    }
    return View(**{**given, **changes})  # type: ignore[arg-type]


def drawn(shown: View) -> str:
    console = Console(width=100, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(picture(shown))
    return captured.get()


def test_a_line_tells_phase_reason_counts_and_the_tightest_margin() -> None:
    assert line(view()) == (
        "0:12:34   40 %  Wait for drain (3 tasks are left on 1 draining instances): "
        "old 4, draining 1, launching 2, new 3, worker +0 above its floor"
    )


def test_the_panel_tells_time_percent_estimate_and_every_margin() -> None:
    text = drawn(view())

    for words in (
        catalogue.WAIT_FOR_DRAIN.forward,
        "40 %",
        "0:12:34",
        "about 10 min 0 s left",
        "+2 above the floor",
        "+0 above the floor",
    ):
        assert words in text


def test_the_panel_names_the_people_who_came() -> None:
    assert 'operator: person-1 {"action": "promote"}' in drawn(view(operators=('person-1 {"action": "promote"}',)))
    assert "operator" not in drawn(view())


def test_the_panel_says_when_it_goes_back() -> None:
    assert "rolling back" in drawn(view(direction="back"))


def test_the_bar_has_a_cell_for_each_instance() -> None:
    assert len(fleet_bar(view())) == 4 + 1 + 1 + 2 + 3


def test_the_bar_of_a_thousand_instances_is_scaled_down_and_hides_no_kind() -> None:
    bar = fleet_bar(view(old=990, draining=1, new=5))

    assert len(bar) <= WIDEST_FLEET + 5
    assert "▓" in bar.plain


@pytest.mark.parametrize(("seconds", "face"), [(0, "0:00:00"), (59.9, "0:00:59"), (3661, "1:01:01")])
def test_the_clock_face(seconds: float, face: str) -> None:
    assert clock_face(seconds) == face


@pytest.mark.parametrize(("seconds", "words"), [(45, "45 s"), (452, "7 min 32 s"), (7500, "2 h 5 min")])
def test_durations_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
