"""Exactly full old fleets, what goes wrong there, and the strategy it goes wrong under: a scenario for each of them.

No old instance has room for one task more. The services ask for all their tasks at any time (100/200), so that a
deployment over a half-done one finds no room: neither may it stop a task first, nor start one.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from handlers import catalogue
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario

Document = dict[str, Any]
OLD, NEW, OLDER = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2", "ami-0ccccccccccccccc3"
GROUP, ALARM = "nodes", "web-5xx"
DISTINCT = [{"type": "distinctInstance"}]
HALF = {"percent": 50, "bake_seconds": 60, "promotion": True}
CANARY = {"instances": "34%", "bake_seconds": 60, "promotion": True}

STRATEGIES: dict[str, Document] = {
    "blue-green": {"type": "blue-green", "hold": True},
    "blue-green-by-definition": {"type": "blue-green", "hold": True, "pin": "task_definition"},
    "blue-green-second-group": {"type": "blue-green", "hold": True, "target": {}},
    "capacity-provider": {"type": "capacity-provider", "steps": [{"percent": 100, "promotion": True}]},
    "capacity-provider-steps": {"type": "capacity-provider", "steps": [HALF, {"percent": 100, "promotion": True}]},
    "rolling": {"type": "rolling", "surge": 1, "canary": CANARY},
    "rolling-third": {"type": "rolling", "surge": "34%", "canary": CANARY},
    "rolling-prepared": {
        "type": "rolling", "surge": 1, "canary": CANARY, "cordon": "rollout.cordoned", "prepare_cordon": True,
    },
}  # fmt: skip
"""By name, the strategy: each asks somewhere whether to go on."""

FLEETS = ("static-ports", "distinct", "packed", "two-amis")
BREAKERS: dict[str, Document] = {
    "breaker": {"circuit_breaker": True},
    "breaker-rollback": {"circuit_breaker": True, "circuit_breaker_rollback": True},
}
CRASHES = {"tasks": "crash"}
IN_THE_SWITCH, QUESTION = catalogue.WAIT_FOR_SERVICES.forward, catalogue.PROMOTION.forward
MISFORTUNES = (
    "bad-ami", "bad-late", "breaker", "breaker-rollback", "alarm", "alarm-late", "reject-in-the-switch",
    "reject-at-the-question",
)  # fmt: skip
IN_MID_SWITCH = ("alarm-late", "reject-in-the-switch")


class Cell(NamedTuple):
    """One place of the matrix."""

    strategy: str
    fleet: str
    misfortune: str

    def __str__(self) -> str:
        return f"{self.strategy} x {self.fleet} x {self.misfortune}"


def cells() -> Iterator[Cell]:
    """All that there are.

    On an exactly full fleet a first step of half the tasks, and the deployment of a prepared cordon, never pass on the
    way out either: their tasks have to be replaced on the old fleet itself. There it turns in the switch only.
    """
    for strategy in STRATEGIES:
        stuck = strategy in ("capacity-provider-steps", "rolling-prepared")
        for fleet in FLEETS:
            for misfortune in IN_MID_SWITCH if stuck else MISFORTUNES:
                yield Cell(strategy, fleet, misfortune)


def way_back_scenario(
    cell: Cell, size: int, aws: Document | None = None, roll_back: Document | None = None
) -> Scenario:
    """The scenario of that cell with so many instances."""
    return from_json(way_back_document(cell, size, aws, roll_back), str(cell))


def way_back_document(
    cell: Cell, size: int, aws: Document | None = None, roll_back: Document | None = None
) -> Document:
    """The same as a JSON object. `aws` are the region's switches, `roll_back` the input's key of that name."""
    strategy = STRATEGIES[cell.strategy]
    group: Document = {"name": GROUP, "ami": OLD, "size": size, "min": size, "max": size}
    if cell.fleet == "two-amis":
        group |= {"older": size // 2, "older_ami": OLDER}
    by_provider = strategy["type"] == "capacity-provider"
    if by_provider:
        group["capacity_provider"] = "blue"
    more = BREAKERS.get(cell.misfortune, {})
    if by_provider:
        more = more | {"capacity_provider_strategy": [{"capacityProvider": "blue", "weight": 1}]}
    bad = cell.misfortune in ("bad-ami", "bad-late", *BREAKERS)
    ami: Document = {"image_id": NEW, "name": "golden-3"} | (CRASHES if bad else {})
    if cell.misfortune == "bad-late":
        ami["tasks_crash_after_seconds"] = [90, 120]
    return {
        "name": str(cell).replace(" x ", "-"),
        "description": "An exactly full old fleet, and a rollout that turns back.",
        "cluster": "full",
        "amis": [{"image_id": OLDER, "name": "golden-1"}, {"image_id": OLD, "name": "golden-2"}, ami],
        "node_groups": [group],
        "services": [service | more for service in _services(cell.fleet, size)],
        "alarms": [{"name": ALARM}],
        "aws": aws or {},
        "input": {
            "ami": NEW,
            "auto_scaling_group": GROUP,
            "alarms": [ALARM],
            "strategy": strategy,
            "bake_seconds": 600,
        }
        | ({"roll_back": roll_back} if roll_back else {}),
        "expect": {"status": "FAILED", "end": "all_old"},
        **_happens(cell),
    }


def _services(fleet: str, size: int) -> list[Document]:
    """What fills the fleet to the last CPU unit: an m6i.large holds two such tasks."""
    half: Document = {"cpu": 1024, "memory": 2048, "load_balancer": {"deregistration_delay_seconds": 30}}
    if fleet == "packed":
        return [{"name": "web", "count": 2 * size, **half}]
    web: Document = {"name": "web", "count": size, **half}
    web |= {"placement_constraints": DISTINCT} if fleet == "distinct" else {"host_ports": [8080]}
    return [web, {"name": "worker", "count": size, "cpu": 1024, "memory": 2048}]


def _happens(cell: Cell) -> Document:
    """The fault or the operator of that misfortune; nothing where it is the AMI's own."""
    strategy = STRATEGIES[cell.strategy]
    gradual = strategy["type"] == "rolling" and "prepare_cordon" not in strategy
    nth = {"alarm": 1, "alarm-late": 3}.get(cell.misfortune)
    state = catalogue.WAIT_FOR_DRAIN.forward if gradual else IN_THE_SWITCH
    if nth is not None:
        alarm = {"name": ALARM, "state": "ALARM"}
        return {"faults": [{"kind": "set_alarm", "state": state, "nth": nth, "with": alarm}]}
    asked = {
        "reject-in-the-switch": {"state": state, "nth": 2},
        "reject-at-the-question": {"state": QUESTION},
    }.get(cell.misfortune)
    if asked is None:
        return {}
    return {"people": [{"after": asked, "seconds": 20, "input": {"action": "reject"}}]}
