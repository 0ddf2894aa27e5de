"""docs/parity.md, from a folder of recordings."""

from collections.abc import Iterable, Iterator

from simulator.runs.parity.patterns import PatternParity
from simulator.runs.parity.replay import FULL, MODES, WALKER, Comparison

HEAD = """# Against what AWS recorded

`make parity RECORDINGS=folder` writes this page. It replays `folder/executions/*.json`, executions that AWS itself ran, in both interpreters on virtual time: moto's, which the full mode runs with the patches in `simulator/stepfunctions/moto_interpreter`, and the walker of the in-process mode. Equal means: status, error, cause and output of the execution, and the types of its history's events in their order. What is another text each time (ids, dates, stack traces, the call's own metadata) is not compared. The patterns of `folder/event_patterns.json` are judged by `simulator/triggers/event_patterns.py`.

The recordings are those of LocalStack's tests (Apache License 2.0), not part of this repository. Recorded Tasks that wait for a token hand it out through SQS, and somebody answers: for that alone both interpreters get a queue. An interpreter refuses by name what it does not know, before anything runs.
"""  # noqa: E501
FOOT = """
A test (`tests/parity`) replays them where they lie beside the checkout, and compares this page with what comes of it.
"""


def page(comparisons: list[Comparison], patterns: PatternParity) -> str:
    """The page, as Markdown."""
    return "\n".join([HEAD, *_table(comparisons), *_lists(comparisons), *_patterns(patterns)]) + "\n" + FOOT


def _table(comparisons: list[Comparison]) -> Iterator[str]:
    yield "## Executions"
    yield ""
    yield "Ours: those whose definition has only types of states, and fields of these, that our state machine's has."
    yield ""
    yield "| | recorded | full mode equal | walker equal | refused by the walker | ours | full mode equal | walker equal | refused |"  # noqa: E501
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for category in sorted({each.category for each in comparisons}):
        yield _row(category, [each for each in comparisons if each.category == category])
    yield _row("**all**", comparisons)


def _row(title: str, all_of_it: list[Comparison]) -> str:
    cells = [title]
    for some in (all_of_it, [each for each in all_of_it if each.only_ours]):
        cells += [
            str(len(some)), *(str(sum(each.equal(mode) for each in some)) for mode in MODES),
            str(sum(WALKER in each.refused for each in some)),
        ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _lists(comparisons: list[Comparison]) -> Iterator[str]:
    for mode in (FULL, WALKER):
        yield from _list(f"Refused by name: {mode}", {each: each.refused.get(mode, "") for each in comparisons})
        yield from _list(f"Different: {mode}", {each: ", ".join(each.differs.get(mode, ())) for each in comparisons})
    yield from _list("Not replayed", {each: each.not_replayed for each in comparisons})


def _list(title: str, reasons: dict[Comparison, str]) -> Iterator[str]:
    yield f"\n### {title}\n"
    told = {each: why for each, why in reasons.items() if why}
    yield from (f"- `{each.name}`{'' if each.only_ours else ' (not ours)'}: {why}" for each, why in told.items())
    if not told:
        yield "None."


def _patterns(patterns: PatternParity) -> Iterator[str]:
    total = len(patterns.equal) + len(patterns.refused) + len(patterns.differs)
    yield "\n## Event patterns\n"
    yield f"{len(patterns.equal)} of {total} decided as AWS did. Refused by name: {_names(patterns.refused)}. "
    yield f"Decided otherwise: {_names(patterns.differs)}."


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
