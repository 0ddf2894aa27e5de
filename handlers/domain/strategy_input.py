"""The `strategy` of an input: which of the three ways, and its keys. Anything it does not say has a default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.domain.input_keys import (
    AMOUNT,
    BAKE,
    INSTANCES_AT_MOST,
    NAME,
    TRUTH,
    Amount,
    Key,
    either,
    list_of,
    object_of,
    one_of,
    text,
    whole,
    without_repeats,
)
from handlers.domain.placement import Share

ATTRIBUTE = re.compile(r"^[A-Za-z0-9_\-./]{1,128}$")
INSTANCE_TYPE = re.compile(r"^[a-z0-9\-]+\.[a-z0-9\-]+$")
SERVICE = re.compile(r"^[A-Za-z0-9_\-]{1,255}$")
TASKS_AT_MOST = 5000
LEAVE_ALONE = "leave_alone"


@dataclass(frozen=True)
class Stop:
    """Where a rolling rollout stops to bake: at so many replaced instances."""

    instances: Amount
    bake_seconds: int = 0
    promotion: bool = False


@dataclass(frozen=True)
class Rolling:
    """`surge` and `max_unavailable` as given: a count of instances, or a percentage of the group's size."""

    surge: Amount = 1
    max_unavailable: Amount = 0
    cordon: str | None = None
    prepare_cordon: bool = False
    canary: Stop | None = None
    checkpoints: tuple[Stop, ...] = ()
    promotion: bool = False


@dataclass(frozen=True)
class MadeGroup:
    """The second node group where the rollout makes it: a copy of the first."""

    name: str | None = None
    instance_types: tuple[str, ...] = ()


Target = str | MadeGroup


@dataclass(frozen=True)
class BlueGreen:
    """`target` None: the one group doubles."""

    target: Target | None = None
    target_size: int | None = None
    burn_in_seconds: int = 0
    hold: bool = False
    pin: str = "service"
    after: str = "keep_empty"


@dataclass(frozen=True)
class ProviderStep:
    """One step: so many canary tasks, a percentage, or a strategy in full."""

    percent: int = 100
    canary_tasks: int | None = None
    strategy: tuple[Share, ...] = ()
    bake_seconds: int = 0
    promotion: bool = False


@dataclass(frozen=True)
class ByProvider:
    """`target` is a provider's name, or a copy that the rollout makes. `steps_of` overrides the steps of a service."""

    target: Target = MadeGroup()
    target_size: int | None = None
    steps: tuple[ProviderStep, ...] = (ProviderStep(),)
    steps_of: Mapping[str, tuple[ProviderStep, ...]] = field(default_factory=dict)
    left_alone: tuple[str, ...] = ()
    scale: str = "ahead"
    after: str = "keep_empty"
    adopt_launch_type_services: bool = False
    pin_images: str = "no"
    require_image_check: bool = False


Strategy = Rolling | ByProvider | BlueGreen

_GATE = {"bake_seconds": BAKE, "promotion": TRUTH}
_CANARY = {"instances": AMOUNT, **_GATE}
_CHECKPOINT = {"percent": Key("whole percent from 1 to 99", whole(1, 99)), **_GATE}
_SHARE = {
    "capacity_provider": Key("a capacity provider's name", text(NAME)),
    "base": Key("0 to 100,000", whole(0, 100_000)),
    "weight": Key("0 to 1,000", whole(0, 1000)),
}
_STEP_FORMS = (
    object_of({"canary_tasks": Key("", whole(1, TASKS_AT_MOST)), **_GATE}, "canary_tasks"),
    object_of({"percent": Key("", whole(1, 100)), **_GATE}, "percent"),
    object_of({"strategy": Key("", list_of(object_of(_SHARE, "capacity_provider"), 1, 20)), **_GATE}, "strategy"),
)
_STEPS = Key(
    'a list of 1 to 20 steps, each "all", {"canary_tasks": 5}, {"percent": 50} or {"strategy": [{"capacity_provider": '
    '…, "base": …, "weight": …}]}, the last three also with bake_seconds and promotion',
    list_of(either(one_of("all"), *_STEP_FORMS), 1, 20),
)
_MADE = {
    "name": Key("a new capacity provider's name", text(NAME)),
    "instance_types": Key("", without_repeats(list_of(text(INSTANCE_TYPE), 1, 40))),
}
_TARGET = Key(
    "the name of a capacity provider of the cluster, or {} for a copy of the old group, "
    'also with a name and other types: {"name": "prod-arm", "instance_types": ["m7g.large"]}',
    either(text(NAME), object_of(_MADE)),
)
_AFTER = Key('"keep_empty" or "delete"', one_of("keep_empty", "delete"))
_PER_SERVICE = {"steps": _STEPS}


def _services(value: object) -> bool:
    one = either(one_of(LEAVE_ALONE), object_of(_PER_SERVICE, "steps"))
    return isinstance(value, dict) and all(text(SERVICE)(name) and one(each) for name, each in value.items())


TYPES = ("rolling", "capacity-provider", "blue-green")
TYPE = Key('"rolling", "capacity-provider" or "blue-green"', one_of(*TYPES))
KEYS_OF: dict[str, dict[str, Key]] = {
    "rolling": {
        "type": TYPE,
        "surge": AMOUNT,
        "max_unavailable": AMOUNT,
        "cordon": Key("the name of a container instance attribute", text(ATTRIBUTE)),
        "prepare_cordon": TRUTH,
        "canary": Key(
            f'{{"instances": 0 to {INSTANCES_AT_MOST} or "1%" to "100%"}}, also with bake_seconds and promotion',
            object_of(_CANARY, "instances"),
        ),
        "checkpoints": Key(
            'a list of at most 20 such as {"percent": 50}, also with bake_seconds and promotion',
            list_of(object_of(_CHECKPOINT, "percent"), 0, 20),
        ),
        "promotion": TRUTH,
    },
    "capacity-provider": {
        "type": TYPE,
        "target": _TARGET,
        "target_size": Key(f"a count from 1 to {INSTANCES_AT_MOST}", whole(1, INSTANCES_AT_MOST)),
        "steps": _STEPS,
        "services": Key('by service name: {"steps": […]} or "leave_alone"', _services),
        "scale": Key('"ahead" or "managed"', one_of("ahead", "managed")),
        "after": _AFTER,
        "adopt_launch_type_services": TRUTH,
        "pin_images": Key('"no" or "digest"', one_of("no", "digest")),
        "require_image_check": TRUTH,
    },
    "blue-green": {
        "type": TYPE,
        "target": _TARGET,
        "target_size": Key(f"a count from 1 to {INSTANCES_AT_MOST}", whole(1, INSTANCES_AT_MOST)),
        "burn_in_seconds": BAKE,
        "hold": TRUTH,
        "pin": Key('"service" or "task_definition"', one_of("service", "task_definition")),
        "after": _AFTER,
    },
}


def strategy_type(data: object) -> str:
    """Which strategy the input names; rolling where it names none or none that there is."""
    named = data.get("type", "rolling") if isinstance(data, dict) else "rolling"
    return named if isinstance(named, str) and named in TYPES else "rolling"


def contradictions(data: dict[str, Any]) -> list[str]:
    """What each key allows and all together do not."""
    found = []
    if strategy_type(data) == "rolling":
        if data.get("surge", 1) == 0 and data.get("max_unavailable", 0) == 0:
            found.append(
                "strategy.surge and strategy.max_unavailable are both 0, so nothing could ever move; "
                "allowed is at least 1 for one of them"
            )
        if data.get("prepare_cordon") is True and "cordon" not in data:
            found.append(
                "strategy.prepare_cordon is true without strategy.cordon, allowed is with the attribute's name"
            )
    return found


def read_strategy(data: dict[str, Any]) -> Strategy:
    """The checked strategy."""
    given = {key: value for key, value in data.items() if key != "type"}
    kind = strategy_type(data)
    if kind == "blue-green":
        return BlueGreen(**{**given, **({"target": _target(given["target"])} if "target" in given else {})})
    if kind == "capacity-provider":
        return _by_provider(given)
    if "canary" in given:
        given["canary"] = Stop(**given["canary"])
    stops = [{**each, "instances": f"{each['percent']}%"} for each in given.get("checkpoints", ())]
    given["checkpoints"] = tuple(Stop(**{k: v for k, v in each.items() if k != "percent"}) for each in stops)
    return Rolling(**given)


def _by_provider(given: dict[str, Any]) -> ByProvider:
    services = given.pop("services", {})
    target = _target(given.pop("target", {}))
    if "steps" in given:
        given["steps"] = tuple(_step(each) for each in given["steps"])
    return ByProvider(
        **given,
        target=target,
        steps_of={
            name: tuple(_step(each) for each in one["steps"]) for name, one in services.items() if one != LEAVE_ALONE
        },
        left_alone=tuple(sorted(name for name, one in services.items() if one == LEAVE_ALONE)),
    )


def _target(data: Any) -> Target:
    made = isinstance(data, dict)
    return MadeGroup(data.get("name"), tuple(data.get("instance_types", ()))) if made else str(data)


def _step(data: Any) -> ProviderStep:
    if data == "all":
        return ProviderStep()
    shares = tuple(
        Share(one["capacity_provider"], one.get("base", 0), one.get("weight", 0)) for one in data.get("strategy", ())
    )
    return ProviderStep(**{**data, "strategy": shares})
