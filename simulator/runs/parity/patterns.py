"""Event patterns that EventBridge itself has judged, judged by the triggers' own matcher."""

import json
from dataclasses import dataclass
from pathlib import Path

from moto.events.exceptions import InvalidEventPatternException

from simulator.triggers.event_patterns import PatternRefused, load_pattern

RAISES = "raises"


@dataclass(frozen=True)
class PatternParity:
    """Names of patterns: decided as AWS did, refused by name though AWS decides them, and decided otherwise."""

    equal: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


def judge(folder: Path) -> PatternParity:
    """Every pattern of `folder/event_patterns.json`; none where it is not there."""
    found: dict[str, list[str]] = {"equal": [], "refused": [], "differs": []}
    path = folder / "event_patterns.json"
    for case in json.loads(path.read_text())["cases"] if path.is_file() else ():
        try:
            ours = load_pattern(case["pattern"]).matches_event(case["event"])
        except (PatternRefused, InvalidEventPatternException):
            verdict = "equal" if case["matches"] == RAISES else "refused"
        else:
            verdict = "equal" if case["matches"] is ours else "differs"
        found[verdict].append(case["name"])
    return PatternParity(**{verdict: tuple(names) for verdict, names in found.items()})
