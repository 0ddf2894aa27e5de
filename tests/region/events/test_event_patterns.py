"""Patterns match as EventBridge's do; what EventBridge refuses is refused before it could match anything."""

from typing import Any

import pytest
from moto.events.exceptions import InvalidEventPatternException

from simulator.triggers.event_patterns import PatternRefused, load_pattern

EVENT = {
    "source": "aws.states",
    "detail": {
        "status": "FAILED",
        "input": '{"action":"recover"}',
        "tries": 3,
        "names": ["a", "b"],
        "parts": [{"id": 1, "state": "ok"}, {"id": 2, "state": "lost"}],
    },
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
        ({"parts": {"id": [{"exists": True}]}}, True),
        ({"parts": {"id": [2], "state": ["lost"]}}, True),
        ({"parts": {"id": [1], "state": ["lost"]}}, False),
        ({"status": [{"anything-but": {"wildcard": ""}}]}, True),
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
        ({"a": [["b"]]}, "a list in a list"),
        ({"a": [{"exists": "true"}]}, "exists is true or false"),
        ({"a": [{"prefix": ["b"]}]}, "prefix takes a string"),
        ({"a": [{"equals-ignore-case": ["b"]}]}, "equals-ignore-case takes a string"),
        ({"a": [{"wildcard": ["b"]}]}, "wildcard takes a string"),
        ({"a": [{"wildcard": "b**"}]}, "no two asterisks"),
        ({"a": [{"wildcard": r"b\c"}]}, "escapes nothing but"),
        ({"a": [{"cidr": "xx.11.xx/8"}]}, "cidr takes a range of addresses"),
        ({"a": [{"cidr": "bad-/64filter"}]}, "cidr takes a range of addresses"),
        ({"a": [{"numeric": [">", 0, "<"]}]}, "each with its number"),
        ({"a": [{"numeric": ["!=", 0]}]}, "compares by"),
        ({"a": [{"numeric": [">", "0"]}]}, "compares with numbers"),
        ({"a": [{"anything-but": ["b", None]}]}, "a list of these"),
        ({"a": [{"anything-but": {"prefix": ""}}]}, "prefix with filled strings"),
        ({"a": [{"anything-but": {"suffix": {"equals-ignore-case": "b"}}}]}, "suffix with filled strings"),
        ({"a": [{"anything-but": {"exists": True}}]}, "stands before no exists"),
        ({"a": [{"anything-but": {"wildcard": "**"}}]}, "no two asterisks"),
    ],
)
def test_what_eventbridge_refuses_and_moto_takes_is_refused(pattern: dict[str, Any], said: str) -> None:
    with pytest.raises(PatternRefused, match=said):
        load_pattern(pattern)


@pytest.mark.parametrize("pattern", [{"source": "aws.states"}, {"source": []}])
def test_a_leaf_is_a_filled_list(pattern: dict[str, Any]) -> None:
    with pytest.raises(InvalidEventPatternException):
        load_pattern(pattern)
