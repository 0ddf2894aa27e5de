"""Progress where there is no terminal: one line whenever what the rollout does or waits for changes."""

from rich.console import Console

from cli.clock_face import clock_face
from simulator.runs.rehearsal.view import View
from simulator.scenario.model import Scenario

QUIET_SECONDS = 60.0
"""A line at least this often in virtual time, so that a long wait does not look like a hang."""


class PlainProgress:
    """Prints views as lines."""

    def __init__(self, console: Console, scenario: Scenario, seed: int) -> None:
        self._console = console
        self._last: View | None = None
        console.print(f"Simulated rollout of cluster {scenario.cluster}: {scenario.name}, seed {seed}", markup=False)

    def show(self, view: View) -> None:
        """Print the view, unless it says what the last line said."""
        if self._last is None or self._says_more(self._last, view):
            self._last = view
            self._console.print(line(view), markup=False)

    def _says_more(self, last: View, view: View) -> bool:
        return (last.state, last.because) != (view.state, view.because) or view.seconds - last.seconds >= QUIET_SECONDS


def line(view: View) -> str:
    """The view in one line."""
    counts = f"old {view.old}, draining {view.draining}, launching {view.launching}, new {view.new}"
    tightest = view.tightest
    margin = f", {tightest.service} {tightest.spare:+} above its floor" if tightest else ""
    because = f" ({view.because})" if view.because else ""
    return f"{clock_face(view.seconds)}  {view.percent:3} %  {view.state}{because}: {counts}{margin}"
