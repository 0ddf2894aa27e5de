"""The input of a rollout: one JSON object, everything but the cluster with a default.

`docs/input.schema.json` is the same as a JSON Schema; a test holds the two against each other.
"""

import re
from dataclasses import dataclass, field, fields
from typing import Any

from handlers.domain.input.input_keys import (
    AMOUNT,
    BAKE,
    INSTANCES_AT_MOST,
    NAME,
    OBJECT,
    SECONDS,
    TRUTH,
    Key,
    either,
    list_of,
    object_of,
    one_of,
    problems,
    text,
    whole,
    without_repeats,
)
from handlers.domain.input.maintenance_keys import MAINTENANCE
from handlers.domain.input.strategy_input import (
    BlueGreen,
    ByProvider,
    Rolling,
    Strategy,
    contradictions,
    read_strategy,
    strategy_type,
)
from handlers.domain.input.strategy_keys import KEYS_OF
from handlers.domain.model.amount import Amount
from handlers.domain.model.findings import CODES
from handlers.domain.model.maintenance import Maintenance
from handlers.domain.model.plan import HAND_OVER_AT, ApprovalPolicy, Timeouts
from handlers.errors import InputInvalid

CLUSTER = re.compile(r"^(arn:aws[a-z\-]*:ecs:[a-z0-9\-]+:\d{12}:cluster/)?[A-Za-z0-9_\-]{1,255}$")
AMI = re.compile(r"^ami-([0-9a-f]{8}|[0-9a-f]{17})$")
PARAMETER = re.compile(r"^(?!ami-)[A-Za-z0-9_.\-/]{1,2048}$")
PARAMETER_OR_VERSION = re.compile(r"^(?!ami-)[A-Za-z0-9_.\-/]{1,2048}(:[1-9]\d{0,9})?$")
ANYTHING = re.compile(r"^[\s\S]{1,255}$")
ALARMS_AT_MOST = 100
HAND_OVER_AT_LEAST = 100
ACCEPTABLE = tuple(sorted(code for code, known in CODES.items() if known.acceptable))


@dataclass(frozen=True)
class Approval:
    """An operator is asked before anything is changed; what is done where nobody answers."""

    timeout_seconds: int = 86_400
    on_timeout: str = "reject"


@dataclass(frozen=True)
class Published:
    """An SSM parameter at one of its versions: what a rollout is for, and the plan finds superseded by a newer one."""

    name: str
    version: int


@dataclass(frozen=True)
class RollBack:
    """How the way back goes. `surge` None: a third of the group; MaxSize is widened for it only where it has to be."""

    surge: Amount | None = None


@dataclass(frozen=True)
class RolloutInput:
    """What the operator asked for, checked; `raw_input` is the same as it came."""

    cluster: str
    capacity_provider: str | None = None
    auto_scaling_group: str | None = None
    ami: str | None = None
    strategy: Strategy = Rolling()
    bake_seconds: int = 0
    min_healthy_seconds: int = 60
    alarms: tuple[str, ...] = ()
    alarms_at_start: dict[str, str] = field(default_factory=dict)
    approval: Approval | None = None
    gates: ApprovalPolicy = ApprovalPolicy()
    maintenance: Maintenance = Maintenance()
    while_parameter: Published | None = None
    publish_to: str | None = None
    dry_run: bool = False
    accept: tuple[str, ...] = ()
    standalone_tasks: str = "wait"
    protected_instances: str = "refuse"
    roll_back: RollBack = RollBack()
    timeouts: Timeouts = Timeouts()
    hand_over_at: int = HAND_OVER_AT
    raw_input: dict[str, Any] = field(default_factory=dict)

    @property
    def requires_image_check(self) -> bool:
        """Whether images that cannot be looked at are a reason not to begin."""
        return isinstance(self.strategy, ByProvider) and self.strategy.require_image_check

    @property
    def exchanges_pins(self) -> bool:
        """Whether the rollout itself exchanges services' constraints on the AMI."""
        return isinstance(self.strategy, BlueGreen)


_ALARMS = without_repeats(list_of(text(ANYTHING), 0, ALARMS_AT_MOST))

_ACCEPTED = without_repeats(list_of(one_of(*ACCEPTABLE), 0, len(ACCEPTABLE)))


def _ignored(value: object) -> bool:
    return isinstance(value, dict) and all(text(ANYTHING)(name) and each == "ignore" for name, each in value.items())


KEYS = {
    "cluster": Key("an ECS cluster's name or ARN", text(CLUSTER)),
    "capacity_provider": Key("a capacity provider's name", text(NAME)),
    "auto_scaling_group": Key("an Auto Scaling group's name", text(ANYTHING)),
    "ami": Key(
        'an AMI id such as "ami-0123456789abcdef0", or the name of an SSM parameter that holds one, '
        'with a version ("/ami/ecs/latest:7") where not the newest is meant',
        either(text(AMI), text(PARAMETER_OR_VERSION)),
    ),
    "strategy": OBJECT,
    "bake_seconds": BAKE,
    "min_healthy_seconds": Key("whole seconds from 0 to 3600", whole(0, 3600)),
    "alarms": Key(f"a list of at most {ALARMS_AT_MOST} different CloudWatch alarm names", _ALARMS),
    "alarms_at_start": Key('by alarm name: "ignore"', _ignored),
    "inconclusive": Key('"pause", "continue" or "roll_back"', one_of("pause", "continue", "roll_back")),
    "approval": Key(
        '{"timeout_seconds": 60 to 604800, "on_timeout": "reject" or "approve"}, both with defaults',
        object_of({"timeout_seconds": SECONDS, "on_timeout": Key("", one_of("reject", "approve"))}),
    ),
    "promotion": Key(
        '{"timeout_seconds": 60 to 604800, "on_timeout": "roll_back" or "promote"}, both with defaults',
        object_of({"timeout_seconds": SECONDS, "on_timeout": Key("", one_of("roll_back", "promote"))}),
    ),
    "maintenance": MAINTENANCE,
    "while_parameter": Key(
        '{"name": the name of an SSM parameter, "version": a whole number from 1}',
        object_of({"name": Key("", text(PARAMETER)), "version": Key("", whole(1, 10**9))}, "name", "version"),
    ),
    "publish_to": Key("the name of an SSM parameter", text(PARAMETER)),
    "dry_run": TRUTH,
    "accept": Key(f"a list of {', '.join(ACCEPTABLE)}", _ACCEPTED),
    "standalone_tasks": Key('"wait", "stop" or "skip"', one_of("wait", "stop", "skip")),
    "protected_instances": Key('"refuse" or "replace"', one_of("refuse", "replace")),
    "roll_back": Key(
        f'{{"surge": a count from 0 to {INSTANCES_AT_MOST}, or a percentage "1%" to "100%"}}',
        object_of({"surge": AMOUNT}),
    ),
    "timeouts": OBJECT,
    "hand_over_at": Key(
        f"a whole number from {HAND_OVER_AT_LEAST} to {HAND_OVER_AT}", whole(HAND_OVER_AT_LEAST, HAND_OVER_AT)
    ),
}
TIMEOUT_KEYS = {item.name: SECONDS for item in fields(Timeouts)}
SPECIAL = (
    "strategy", "timeouts", "alarms", "accept", "approval", "promotion", "inconclusive", "maintenance",
    "while_parameter", "roll_back",
)  # fmt: skip


def read_input(data: object) -> RolloutInput:
    """The checked input. Raises InputInvalid with one message that names each wrong key and what is allowed there."""
    if not isinstance(data, dict):
        raise InputInvalid(f'The input is a JSON object such as {{"cluster": "prod"}}, not {data!r}.')
    refuse(
        [
            *problems("", data, KEYS),
            *problems("strategy.", data.get("strategy"), KEYS_OF[strategy_type(data.get("strategy"))]),
            *problems("timeouts.", data.get("timeouts"), TIMEOUT_KEYS),
            *_contradictions(data),
        ]
    )
    return RolloutInput(
        **{key: value for key, value in data.items() if key not in SPECIAL},
        strategy=read_strategy(data.get("strategy", {})),
        timeouts=Timeouts(**data.get("timeouts", {})),
        alarms=tuple(data.get("alarms", ())),
        accept=tuple(data.get("accept", ())),
        approval=Approval(**data["approval"]) if "approval" in data else None,
        gates=_gates(data),
        maintenance=Maintenance.from_json(data.get("maintenance", {})),
        roll_back=RollBack(**data.get("roll_back", {})),
        while_parameter=Published(**data["while_parameter"]) if "while_parameter" in data else None,
        raw_input=data,
    )


def refuse(found: list[str]) -> None:
    """Raise InputInvalid where anything was found."""
    if found:
        raise InputInvalid(f"The input has {len(found)} problem(s): " + "; ".join(found) + ".")


def _gates(data: dict[str, Any]) -> ApprovalPolicy:
    promotion, standard = data.get("promotion", {}), ApprovalPolicy()
    return ApprovalPolicy(
        promotion_seconds=promotion.get("timeout_seconds", standard.promotion_seconds),
        promotion_on_timeout=promotion.get("on_timeout", standard.promotion_on_timeout),
        inconclusive=data.get("inconclusive", standard.inconclusive),
    )


def _contradictions(data: dict[str, Any]) -> list[str]:
    found = []
    if "cluster" not in data:
        found.append(f"cluster is missing, it is {KEYS['cluster'].allowed}")
    if "capacity_provider" in data and "auto_scaling_group" in data:
        found.append("capacity_provider and auto_scaling_group are both given, allowed is one of them")
    strategy = data.get("strategy")
    windows = data["maintenance"].get("windows") if isinstance(data.get("maintenance"), dict) else None
    budgets = [window for window in windows or () if isinstance(window, dict) and "at_most" in window]
    if budgets and strategy_type(strategy) != "rolling":
        found.append("maintenance.windows.at_most is given, allowed is that with the strategy rolling only")
    return found + (contradictions(strategy) if isinstance(strategy, dict) else [])
