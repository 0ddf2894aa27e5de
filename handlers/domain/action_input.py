"""The input of an execution that answers a waiting rollout: `{"action": "promote", "cluster": "prod"}`."""

from dataclasses import dataclass
from typing import Any

from handlers.domain.input_keys import Key, one_of, problems, text
from handlers.domain.rollout_input import ANYTHING, KEYS, refuse

ACTIONS = ("approve", "promote", "flip", "reject", "roll_back")
ACTION_KEYS = {
    "action": Key(", ".join(f'"{each}"' for each in ACTIONS), one_of(*ACTIONS)),
    "cluster": KEYS["cluster"],
    "capacity_provider": KEYS["capacity_provider"],
    "auto_scaling_group": KEYS["auto_scaling_group"],
    "by": Key("who answers, for the report", text(ANYTHING)),
}


@dataclass(frozen=True)
class ActionInput:
    """What somebody answers, to the rollout of which node group, and who it is."""

    action: str
    cluster: str
    capacity_provider: str | None = None
    auto_scaling_group: str | None = None
    by: str = ""


def is_action(data: object) -> bool:
    """Whether the input answers a rollout rather than asking for one."""
    return isinstance(data, dict) and "action" in data


def read_action(data: dict[str, Any]) -> ActionInput:
    """The checked answer. Raises InputInvalid with one message that names each wrong key and what is allowed there."""
    missing = [f"{key} is missing, it is {ACTION_KEYS[key].allowed}" for key in ("cluster",) if key not in data]
    refuse([*problems("", data, ACTION_KEYS), *missing])
    return ActionInput(**data)
