"""The summary of a sweep as a page: figures, what broke, and one matrix of fault by phase for each strategy."""

from collections.abc import Iterator
from html import escape

from simulator.runs.sweep.summary import Summary
from simulator.runs.sweep.verdict import phases

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
td.none { color: #999; }
.broken { color: #c22; }
.fine { color: #2a7a3a; }
figure { margin: 0; overflow-x: auto; }
"""


def page(summary: Summary, title: str) -> str:
    """The page, whole: no other file is needed."""
    return "".join(
        (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>',
            f"<style>{STYLE}</style><h1>{escape(title)}</h1>",
            *_figures(summary),
            *_broken(summary),
            *_matrices(summary),
            "</html>\n",
        )
    )


def _figures(summary: Summary) -> Iterator[str]:
    yield f"<p>{summary.runs} simulated rollouts in {summary.real_seconds} s, {summary.rollouts_a_second} a second.</p>"
    yield "<table><tr><th>ended</th><th>runs</th></tr>"
    yield from (f"<tr><td>{escape(end)}</td><td>{count}</td></tr>" for end, count in summary.ends.items())
    yield "</table><table><tr><th>slowest: seed</th><th>seconds</th></tr>"
    yield from (f"<tr><td>{each['seed']}</td><td>{each['seconds']}</td></tr>" for each in summary.slowest)
    yield "</table><table><tr><th>most eventful: seed</th><th>history events</th></tr>"
    yield from (f"<tr><td>{each['seed']}</td><td>{each['history_events']}</td></tr>" for each in summary.most_eventful)
    yield "</table>"


def _broken(summary: Summary) -> Iterator[str]:
    if not summary.broken:
        yield '<p class="fine">No promise was broken.</p>'
        return
    yield f'<h2 class="broken">{len(summary.broken)} broke a promise</h2><ul>'
    for each in summary.broken:
        said = "; ".join(each["complaints"])[:600]
        yield f"<li><code>{escape(each['replay'])}</code> ({escape(each['strategy'])}): {escape(said)}</li>"
    yield "</ul>"


def _matrices(summary: Summary) -> Iterator[str]:
    for strategy, kinds in summary.matrix.items():
        yield f"<h2>{escape(strategy)}: which fault struck in which phase</h2><figure><table><tr><th>fault</th>"
        yield from (f"<th>{escape(phase)}</th>" for phase in phases())
        yield "</tr>"
        for kind, counts in kinds.items():
            cells = "".join(f'<td class="{"" if count else "none"}">{count}</td>' for count in counts.values())
            yield f"<tr><td>{escape(kind)}</td>{cells}</tr>"
        yield "</table></figure>"
