"""The input: what is refused names the key and what is allowed, and the published schema says the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from handlers.contract import InputInvalid
from handlers.domain.plan import Timeouts
from handlers.domain.rollout_input import KEYS, STRATEGY_KEYS, TIMEOUT_KEYS, Rolling, read_input

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "input.schema.json").read_text())

words = st.text(alphabet="abzAZ09-_./%#: ", max_size=12)
amounts = st.one_of(st.integers(-1, 5001), st.sampled_from(["0%", "1%", "25%", "100%", "101%", "%", "1 %"]), st.none())
junk = st.one_of(st.none(), st.booleans(), st.integers(-1, 10), words, st.just([]), st.just({}), st.just(1.5))
amis = st.sampled_from(["ami-12345678", "ami-0123456789abcdef0", "ami-xyz", "/ami/ecs/latest", "plain", "ami-1234567"])
seconds = st.one_of(st.integers(58, 62), st.integers(604_798, 604_802), junk)


def maybe(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: value | junk for key, value in keys.items()})


inputs = maybe(
    cluster=words | st.just("arn:aws:ecs:eu-west-1:123456789012:cluster/prod") | st.just("prod"),
    capacity_provider=words,
    auto_scaling_group=words,
    ami=amis | words,
    strategy=maybe(type=st.sampled_from(["rolling", "other"]), surge=amounts, max_unavailable=amounts, extra=junk),
    bake_seconds=st.integers(-1, 2) | st.integers(86_399, 86_401),
    alarms=st.lists(words, max_size=3),
    dry_run=st.booleans(),
    standalone_tasks=st.sampled_from(["wait", "stop", "skip", "kill"]),
    protected_instances=st.sampled_from(["refuse", "replace", "wait"]),
    timeouts=maybe(**dict.fromkeys(TIMEOUT_KEYS, seconds), extra=junk),
    surprise=junk,
)


def accepted(data: object) -> bool:
    try:
        read_input(data)
    except InputInvalid:
        return False
    return True


@given(inputs | junk)
def test_the_schema_and_the_code_accept_the_same(data: object) -> None:
    assert accepted(data) == Draft202012Validator(SCHEMA).is_valid(data)


def test_the_schema_names_the_same_keys_and_defaults() -> None:
    properties = SCHEMA["properties"]
    assert set(properties) == set(KEYS)
    assert set(properties["strategy"]["properties"]) == set(STRATEGY_KEYS)
    assert set(properties["timeouts"]["properties"]) == set(TIMEOUT_KEYS)
    default = read_input({"cluster": "prod"})
    for key in ("bake_seconds", "dry_run", "standalone_tasks", "protected_instances"):
        assert properties[key]["default"] == getattr(default, key)
    for key in TIMEOUT_KEYS:
        assert properties["timeouts"]["properties"][key].get("default", 0) == getattr(Timeouts(), key)
    assert default.strategy == Rolling(surge=1, max_unavailable=0)


@pytest.mark.parametrize(
    ("data", "names", "allows"),
    [
        ({}, "cluster is missing", "ECS cluster's name"),
        ({"cluster": 3}, "cluster is 3", "name or ARN"),
        ({"cluster": "c", "amis": "x"}, "amis is not a key", "allowed are cluster, "),
        ({"cluster": "c", "ami": "ami-xyz"}, "ami is 'ami-xyz'", "SSM parameter"),
        ({"cluster": "c", "strategy": {"surge": "0%"}}, "strategy.surge is '0%'", 'percentage "1%" to "100%"'),
        ({"cluster": "c", "strategy": {"type": "magic"}}, "strategy.type is 'magic'", '"rolling"'),
        ({"cluster": "c", "strategy": {"surge": 0}}, "both 0", "at least 1"),
        ({"cluster": "c", "timeouts": {"drain": 5}}, "timeouts.drain is not a key", "drain_seconds"),
        ({"cluster": "c", "timeouts": {"drain_seconds": 5}}, "timeouts.drain_seconds is 5", "whole seconds"),
        ({"cluster": "c", "dry_run": "yes"}, "dry_run is 'yes'", "true or false"),
        ({"cluster": "c", "alarms": ["a", "a"]}, "alarms is ['a', 'a']", "different CloudWatch alarm names"),
        (
            {"cluster": "c", "capacity_provider": "p", "auto_scaling_group": "g"},
            "capacity_provider and auto_scaling_group are both given",
            "one of them",
        ),
        ("prod", "not 'prod'", '{"cluster": "prod"}'),
    ],
)
def test_a_refusal_names_the_key_and_what_is_allowed(data: object, names: str, allows: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        read_input(data)
    assert names in str(refused.value)
    assert allows in str(refused.value)


def test_all_problems_come_in_one_message() -> None:
    with pytest.raises(InputInvalid, match=r"3 problem\(s\)"):
        read_input({"cluster": "", "bake_seconds": -1, "nonsense": 1})
