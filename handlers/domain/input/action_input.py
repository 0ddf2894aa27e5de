"""The input of an execution that wants something of a rollout: `{"action": "promote", "cluster": "prod"}`.

`recover` is about a rollout whose execution ended before it; that one may be named by the execution alone. `continue`
is what an execution starts another one with that it hands its rollout over to; nobody else has a use for it.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from handlers.domain.input.input_keys import TRUTH, Key, one_of, problems, text
from handlers.domain.input.rollout_input import ANYTHING, KEYS, refuse
from handlers.payloads import CONTINUE, HISTORY, RECOVER, VERSION

ABORT = "abort"
ACTIONS = ("approve", "promote", "flip", "reject", "roll_back", ABORT, "pause", "resume", RECOVER, CONTINUE)
EXECUTION = re.compile(r"^arn:aws[a-z\-]*:states:[a-z0-9\-]+:\d{12}:execution:[^:]{1,80}:[^:]{1,80}$")
ACTION_KEYS = {
    "action": Key(", ".join(f'"{each}"' for each in ACTIONS), one_of(*ACTIONS)),
    "cluster": KEYS["cluster"],
    "capacity_provider": KEYS["capacity_provider"],
    "auto_scaling_group": KEYS["auto_scaling_group"],
    "keep": TRUTH,
    "execution": Key("the ARN of an execution that has ended, or hands over", text(EXECUTION)),
    "by": Key("who answers, for the report", text(ANYTHING)),
    "after": Key("the input of the execution that ended, as text", lambda value: isinstance(value, str)),
    "because": Key(f'"{HISTORY}" or "{VERSION}"', one_of(HISTORY, VERSION)),
    "input": Key("the input of the rollout that is handed over", lambda value: isinstance(value, dict)),
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
    because: str = ""
    input: dict[str, Any] = field(default_factory=dict)


def is_action(data: object) -> bool:
    """Whether the input wants something of a rollout rather than asking for one."""
    return isinstance(data, dict) and "action" in data


def read_action(data: dict[str, Any]) -> ActionInput:
    """The checked action. Raises InputInvalid with one message that names each wrong key and what is allowed there."""
    found = problems("", data, ACTION_KEYS)
    action = data.get("action")
    named = action in (RECOVER, CONTINUE) and "execution" in data
    if "cluster" not in data and not named:
        found.append(f"cluster is missing, it is {ACTION_KEYS['cluster'].allowed}")
    if "execution" in data and not named:
        found.append('execution is given, allowed is with "action": "recover" or "continue" only')
    if action == CONTINUE and not named:
        found.append(f"execution is missing, it is {ACTION_KEYS['execution'].allowed}")
    found += [
        f'{key} is given, allowed is with "action": "continue" only'
        for key in ("because", "input")
        if key in data and action != CONTINUE
    ]
    if "keep" in data and action != ABORT:
        found.append('keep is given, allowed is with "action": "abort" only')
    refuse(found)
    return ActionInput(**data)
