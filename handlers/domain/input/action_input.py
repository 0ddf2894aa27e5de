"""The input of an execution that wants something of a rollout: `{"action": "promote", "cluster": "prod"}`.

`recover` is about a rollout whose execution ended before it; that one may be named by the execution alone.
"""

import re
from dataclasses import dataclass
from typing import Any

from handlers.domain.input.input_keys import TRUTH, Key, one_of, problems, text
from handlers.domain.input.rollout_input import ANYTHING, KEYS, refuse
from handlers.payloads import RECOVER

ABORT = "abort"
ACTIONS = ("approve", "promote", "flip", "reject", "roll_back", ABORT, "pause", "resume", RECOVER)
EXECUTION = re.compile(r"^arn:aws[a-z\-]*:states:[a-z0-9\-]+:\d{12}:execution:[^:]{1,80}:[^:]{1,80}$")
ACTION_KEYS = {
    "action": Key(", ".join(f'"{each}"' for each in ACTIONS), one_of(*ACTIONS)),
    "cluster": KEYS["cluster"],
    "capacity_provider": KEYS["capacity_provider"],
    "auto_scaling_group": KEYS["auto_scaling_group"],
    "keep": TRUTH,
    "execution": Key("the ARN of an execution that has ended", text(EXECUTION)),
    "by": Key("who answers, for the report", text(ANYTHING)),
    "after": Key("the input of the execution that ended, as text", lambda value: isinstance(value, str)),
}


@dataclass(frozen=True)
class ActionInput:
    """What is wanted, of the rollout of which node group, and by whom. `keep`: abort without turning around."""

    action: str
    cluster: str = ""
    capacity_provider: str | None = None
    auto_scaling_group: str | None = None
    keep: bool = False
    execution: str = ""
    by: str = ""
    after: str = ""


def is_action(data: object) -> bool:
    """Whether the input wants something of a rollout rather than asking for one."""
    return isinstance(data, dict) and "action" in data


def read_action(data: dict[str, Any]) -> ActionInput:
    """The checked action. Raises InputInvalid with one message that names each wrong key and what is allowed there."""
    found = problems("", data, ACTION_KEYS)
    recovers = data.get("action") == RECOVER
    if "cluster" not in data and not (recovers and "execution" in data):
        found.append(f"cluster is missing, it is {ACTION_KEYS['cluster'].allowed}")
    if "execution" in data and not recovers:
        found.append('execution is given, allowed is with "action": "recover" only')
    if "keep" in data and data.get("action") != ABORT:
        found.append('keep is given, allowed is with "action": "abort" only')
    refuse(found)
    return ActionInput(**data)
