"""Patterns match as EventBridge's do; what EventBridge refuses is refused before it could match anything."""

from typing import Any

import pytest
from moto.events.exceptions import InvalidEventPatternException

from simulator.triggers.event_patterns import PatternRefused, load_pattern

EVENT = {
    "source": "aws.states",
    "detail": {"status": "FAILED", "input": '{"action":"recover"}', "tries": 3, "names": ["a", "b"]},
}


@pytest.mark.parametrize(
    ("detail", "matches"),
    [
        ({"status": ["FAILED", "TIMED_OUT"]}, True),
        ({"status": ["ABORTED"]}, False),
        ({"missing": ["FAILED"]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"input": [{"anything-but": {"wildcard": '*"action":*'}}]}, False),
        ({"input": [{"anything-but": {"wildcard": '*"keep":*'}}]}, True),
        ({"status": [{"prefix": "FAIL"}], "tries": [{"numeric": [">", 2, "<=", 3]}]}, True),
        ({"names": ["b"]}, True),
        ({"$or": [{"status": ["ABORTED"]}, {"names": ["a"]}]}, True),
    ],
)
def test_a_pattern_matches_as_eventbridge_says(detail: dict[str, Any], matches: bool) -> None:
    assert load_pattern({"source": ["aws.states"], "detail": detail}).matches_event(EVENT) is matches


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ({}, "is empty"),
        ({"detail": {}}, "detail is empty"),
        ({"detail": {"status": [{"anything": "FAILED"}]}}, "unrecognized match type 'anything'"),
        ({"detail": {"status": [{"prefix": "F", "suffix": "D"}]}}, "an operator stands alone"),
        ({"$or": [{"detail": {"status": [{"like": "F"}]}}]}, "unrecognized match type 'like'"),
    ],
)
def test_what_eventbridge_refuses_and_moto_takes_is_refused(pattern: dict[str, Any], said: str) -> None:
    with pytest.raises(PatternRefused, match=said):
        load_pattern(pattern)


@pytest.mark.parametrize("pattern", [{"source": "aws.states"}, {"source": []}])
def test_a_leaf_is_a_filled_list(pattern: dict[str, Any]) -> None:
    with pytest.raises(InvalidEventPatternException):
        load_pattern(pattern)
