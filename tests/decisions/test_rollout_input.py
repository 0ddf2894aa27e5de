"""The input: what is refused names the key and what is allowed, and the published schema says the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from handlers.domain.input.action_input import ACTION_KEYS, ACTIONS, is_action, read_action
from handlers.domain.input.rollout_input import KEYS, TIMEOUT_KEYS, read_input
from handlers.domain.input.strategy_input import BlueGreen, ByProvider, Rolling
from handlers.domain.input.strategy_keys import KEYS_OF
from handlers.domain.model.plan import ApprovalPolicy, Timeouts
from handlers.errors import InputInvalid

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "input.schema.json").read_text())

words = st.text(alphabet="abzAZ09-_./%#: ", max_size=12)
amounts = st.one_of(st.integers(-1, 5001), st.sampled_from(["0%", "1%", "25%", "100%", "101%", "%", "1 %"]), st.none())
junk = st.one_of(st.none(), st.booleans(), st.integers(-1, 10), words, st.just([]), st.just({}), st.just(1.5))
amis = st.sampled_from(["ami-12345678", "ami-0123456789abcdef0", "ami-xyz", "/ami/ecs/latest", "plain", "ami-1234567"])
seconds = st.one_of(st.integers(58, 62), st.integers(604_798, 604_802), junk)


def maybe(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: value | junk for key, value in keys.items()})


whole = st.integers(-1, 2) | st.integers(99, 101) | st.integers(999, 1001)
names = st.sampled_from(["prod", "x-1", "", "no space"])
approval = {"bake_seconds": whole, "promotion": st.booleans()}
shares = st.lists(maybe(capacity_provider=names, base=whole, weight=whole, extra=junk), max_size=2)
steps = st.lists(
    st.sampled_from(["all", "some"])
    | maybe(canary_tasks=whole, percent=whole, strategy=shares, **approval)
    | st.fixed_dictionaries({"percent": whole}, optional=approval)
    | st.fixed_dictionaries({"canary_tasks": whole}, optional=approval)
    | st.fixed_dictionaries({"strategy": shares}, optional=approval),
    max_size=3,
)
targets = names | maybe(
    name=names, instance_types=st.lists(st.sampled_from(["m7g.large", "m5", "c6i.xlarge"]), max_size=2)
)
afters = st.sampled_from(["keep_empty", "delete", "burn"])
rolling = maybe(
    type=st.just("rolling") | st.just("other"),
    surge=amounts,
    max_unavailable=amounts,
    cordon=st.sampled_from(["rollout.cordoned", "", "a b"]),
    prepare_cordon=st.booleans(),
    canary=maybe(instances=amounts, extra=junk, **approval),
    checkpoints=st.lists(maybe(percent=whole, **approval), max_size=2),
    promotion=st.booleans(),
    extra=junk,
)
by_provider = maybe(
    type=st.just("capacity-provider"),
    target=targets,
    target_size=whole,
    steps=steps,
    services=st.dictionaries(names, st.just("leave_alone") | maybe(steps=steps), max_size=2),
    scale=st.sampled_from(["ahead", "managed", "behind"]),
    after=afters,
    adopt_launch_type_services=st.booleans(),
    pin_images=st.sampled_from(["no", "digest", "yes"]),
    require_image_check=st.booleans(),
)
blue_green = maybe(
    type=st.just("blue-green"),
    target=targets,
    target_size=whole,
    burn_in_seconds=whole,
    hold=st.booleans(),
    pin=st.sampled_from(["service", "task_definition", "hat"]),
    after=afters,
)


def waiting(*on_timeout: str) -> st.SearchStrategy[dict[str, Any]]:
    return maybe(timeout_seconds=seconds, on_timeout=st.sampled_from(on_timeout), extra=junk)


inputs = maybe(
    cluster=words | st.just("arn:aws:ecs:eu-west-1:123456789012:cluster/prod") | st.just("prod"),
    capacity_provider=words,
    auto_scaling_group=words,
    ami=amis | words,
    strategy=rolling | by_provider | blue_green,
    bake_seconds=st.integers(-1, 2) | st.integers(86_399, 86_401),
    alarms=st.lists(words, max_size=3),
    alarms_at_start=st.dictionaries(words, st.sampled_from(["ignore", "watch"]), max_size=2),
    inconclusive=st.sampled_from(["pause", "continue", "roll_back", "panic"]),
    approval=waiting("reject", "approve", "promote"),
    promotion=waiting("roll_back", "promote", "approve"),
    dry_run=st.booleans(),
    standalone_tasks=st.sampled_from(["wait", "stop", "skip", "kill"]),
    protected_instances=st.sampled_from(["refuse", "replace", "wait"]),
    timeouts=maybe(**dict.fromkeys(TIMEOUT_KEYS, seconds), extra=junk),
    surprise=junk,
)
strategies = st.one_of(maybe(cluster=st.just("prod"), strategy=each) for each in (rolling, by_provider, blue_green))
actions = st.fixed_dictionaries(
    {"action": st.sampled_from([*ACTIONS, "dance"]) | junk},
    optional={"cluster": names, "capacity_provider": names, "auto_scaling_group": words, "by": words, "extra": junk},
)


def accepted(data: object) -> bool:
    try:
        _ = read_action(data) if is_action(data) else read_input(data)
    except InputInvalid:
        return False
    return True


@settings(max_examples=3000)
@given(st.one_of(inputs, strategies, actions, junk))
def test_the_schema_and_the_code_accept_the_same(data: object) -> None:
    assert accepted(data) == Draft202012Validator(SCHEMA).is_valid(data)


def test_the_schema_names_the_same_keys_and_defaults() -> None:
    properties = SCHEMA["$defs"]["rollout"]["properties"]
    assert set(properties) == set(KEYS)
    for kind in properties["strategy"]["anyOf"]:
        assert set(kind["properties"]) == set(KEYS_OF[kind["properties"]["type"]["const"]])
    assert set(SCHEMA["$defs"]["answer"]["properties"]) == set(ACTION_KEYS)
    assert set(properties["timeouts"]["properties"]) == set(TIMEOUT_KEYS)
    default = read_input({"cluster": "prod"})
    for key in ("bake_seconds", "dry_run", "standalone_tasks", "protected_instances"):
        assert properties[key]["default"] == getattr(default, key)
    for key in TIMEOUT_KEYS:
        assert properties["timeouts"]["properties"][key].get("default", 0) == getattr(Timeouts(), key)
    assert default.strategy == Rolling(surge=1, max_unavailable=0)
    assert default.gates.inconclusive == properties["inconclusive"]["default"]
    silence = properties["promotion"]["properties"]
    assert default.gates == ApprovalPolicy(silence["timeout_seconds"]["default"], silence["on_timeout"]["default"])


@pytest.mark.parametrize(
    ("kind", "cls"), [("rolling", Rolling), ("capacity-provider", ByProvider), ("blue-green", BlueGreen)]
)
def test_the_schema_names_each_strategys_defaults(kind: str, cls: type) -> None:
    (said,) = (
        each["properties"]
        for each in SCHEMA["$defs"]["rollout"]["properties"]["strategy"]["anyOf"]
        if each["properties"]["type"]["const"] == kind
    )
    data = {key: value["default"] for key, value in said.items() if "default" in value}
    assert read_input({"cluster": "c", "strategy": {**data, "type": kind}}).strategy == cls()


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
