"""Progress on a terminal: one panel that is redrawn while the rollout runs."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.clock_face import clock_face, in_words
from simulator.runs.rehearsal.view import Margin, View
from simulator.scenario.model import Scenario

FRAMES_PER_SECOND = 12
WIDEST_FLEET = 64
"""More instances than this share the bar's cells."""

KINDS = (
    ("old", "blue", "█"),
    ("draining", "yellow", "▓"),
    ("terminating", "red", "░"),
    ("launching", "bright_black", "▒"),
    ("new", "green", "█"),
)


class Screen:
    """Shows views, at most `FRAMES_PER_SECOND` of them a second: a rollout of an hour passes in a few."""

    def __init__(self, console: Console, scenario: Scenario, seed: int) -> None:
        self._title = f"[b]Simulated[/b] rollout · {scenario.cluster} · {scenario.name} · seed {seed}"
        self._live = Live(Panel("Setting the region up …", title=self._title), console=console, auto_refresh=False)
        self._drawn_at = 0.0

    def __enter__(self) -> Self:
        self._live.__enter__()
        self._live.refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, view: View) -> None:
        """Draw the view, unless the last drawing is too young by `perf_counter`: the wall clock is simulated."""
        now = time.perf_counter()
        if now - self._drawn_at >= 1 / FRAMES_PER_SECOND or view.percent == 100:
            self._drawn_at = now
            self._live.update(Panel(picture(view), title=self._title, title_align="left"), refresh=True)


def picture(view: View) -> RenderableType:
    """The view as a panel's content."""
    operators = [Text(f"operator: {operator}", style="magenta") for operator in view.operators]
    parts = (_phase(view), Text(), fleet_bar(view), _legend(view), Text(), _progress(view), Text(), _margins(view))
    return Group(*parts, *operators)


def fleet_bar(view: View) -> Text:
    """One cell an instance, old on the left, new on the right; a large fleet is scaled down."""
    counts = [getattr(view, name) for name, _, _ in KINDS]
    scale = min(1.0, WIDEST_FLEET / max(1, sum(counts)))
    bar = Text()
    for (_, colour, cell), count in zip(KINDS, counts, strict=True):
        bar.append(cell * (max(1, round(count * scale)) if count else 0), style=colour)
    return bar


def _phase(view: View) -> Text:
    text = Text()
    text.append(
        "◀ rolling back  " if view.direction == "back" else "▶ ", style="red" if view.direction == "back" else ""
    )
    text.append(view.state, style="bold")
    text.append(f"\n  {view.because}" if view.because else "\n", style="italic")
    return text


def _legend(view: View) -> Text:
    text = Text()
    for name, colour, cell in KINDS:
        text.append(f"{cell} {getattr(view, name)} {name}  ", style=colour)
    text.append(f"({view.size} before)", style="dim")
    return text


def _progress(view: View) -> Table:
    left = f"about {in_words(view.seconds_left)} left" if view.seconds_left else ""
    table = Table.grid(padding=(0, 2))
    table.add_row(
        ProgressBar(total=100, completed=view.percent, width=40),
        f"{view.percent} %",
        Text(f"virtual time {clock_face(view.seconds)}", style="cyan"),
        Text(left, style="dim"),
    )
    return table


def _margins(view: View) -> Table:
    table = Table.grid(padding=(0, 2))
    for margin in view.margins:
        table.add_row(
            margin.service, f"{margin.running}/{margin.desired} running", f"floor {margin.floor}", _spare(margin)
        )
    return table


def _spare(margin: Margin) -> Text:
    colour = "red" if margin.spare < 0 else "green" if margin.spare else "yellow"
    return Text(f"{margin.spare:+} above the floor", style=colour)
