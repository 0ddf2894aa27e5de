"""The keys of each strategy: what is allowed, in words, and the tests for it."""

import re

from handlers.domain.input.input_keys import (
    AMOUNT,
    BAKE,
    INSTANCES_AT_MOST,
    NAME,
    TRUTH,
    Key,
    either,
    list_of,
    object_of,
    one_of,
    text,
    whole,
    without_repeats,
)

ATTRIBUTE = re.compile(r"^[A-Za-z0-9_\-./]{1,128}$")
INSTANCE_TYPE = re.compile(r"^[a-z0-9\-]+\.[a-z0-9\-]+$")
SERVICE = re.compile(r"^[A-Za-z0-9_\-]{1,255}$")
TASKS_AT_MOST = 5000
LEAVE_ALONE = "leave_alone"

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
