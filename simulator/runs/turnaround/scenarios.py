"""Rollouts whose tasks begin to fail on the new AMI, drawn from a seed: from the start, or in mid-rollout.

What fails is a service that the rollout moves, with or without others beside it; how: at once, some time after RUNNING,
before it is RUNNING, or by the checks of its load balancer. The bakes are long enough to see all of it.
"""

from random import Random
from typing import Any

from handlers import catalogue
from simulator.kernel.random_streams import RandomStreams
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario
from simulator.scenario.random_clusters import NEW_AMI, OLD_AMI

Document = dict[str, Any]
STRATEGIES = ("rolling", "capacity-provider", "blue-green")
SMALLEST, LARGEST = 3, 12
BAKE_SECONDS = 900
CPU_A_SLOT = 400
"""A slot is what one task of the failing service takes; an m6i.large holds four of them, and the others' tasks."""

LIFETIMES = (0, 0, 45, 90, 240)
"""Seconds after RUNNING until a task fails; 0: at once."""

HOLD = catalogue.PROMOTION.forward
UNDER_TEST = (catalogue.BAKE.forward, HOLD)
MOMENTS = {
    "rolling": (*UNDER_TEST, *UNDER_TEST, catalogue.WAIT_FOR_DRAIN.forward, catalogue.SCALE_IN.forward),
    "capacity-provider": (*UNDER_TEST, *UNDER_TEST, catalogue.WAIT_FOR_SERVICES.forward, catalogue.SCALE_IN.forward),
    "blue-green": (*UNDER_TEST, *UNDER_TEST, catalogue.WAIT_FOR_SERVICES.forward, catalogue.SCALE_IN.forward),
}


def turnaround_scenario(seed: int, strategy: str) -> Scenario:
    """The scenario of this seed, the same in any process."""
    return from_json(turnaround_document(seed, strategy), f"turnaround {strategy} seed {seed}")


def turnaround_document(seed: int, strategy: str) -> Document:
    """The same as a JSON object."""
    chance = RandomStreams(seed).stream(f"turnaround {strategy}")
    size = chance.randint(SMALLEST, LARGEST)
    new_ami: Document = {"image_id": NEW_AMI, "name": "golden-2"}
    failing = _failing(chance, size)
    document: Document = {
        "name": f"turnaround-{strategy}-{seed}",
        "description": "Tasks begin to fail on the new AMI. Drawn from a seed.",
        "cluster": "drawn",
        "amis": [{"image_id": OLD_AMI, "name": "golden-1"}, new_ami],
        "node_groups": [{"name": "nodes", "ami": OLD_AMI, "size": size, "max": 3 * size, "capacity_provider": "old"}],
        "services": [failing, *_others(chance, size, strategy)],
        "timings": {"start_seconds": chance.choice(([15, 40], [15, 40], [30, 90]))},
        "input": _input(chance, strategy),
        "expect": {"status": "FAILED", "end": "all_old"},
    }
    if strategy == "capacity-provider":
        for service in document["services"]:
            service["capacity_provider_strategy"] = [{"capacityProvider": "old", "weight": 1}]
    _harm(chance, document, failing, new_ami, MOMENTS[strategy])
    return document


def _failing(chance: Random, size: int) -> Document:
    """The service that fails: one task, one task an instance on a static port, or several an instance."""
    kind = chance.choice(("single", "port", "several", "several"))
    count = {"single": 1, "port": size, "several": size * chance.randint(1, 2)}[kind]
    low, high = chance.choice(((0, 100), (50, 100), (50, 200), (100, 200)))
    if kind == "port":
        low, high = chance.choice(((0, 100), (50, 100)))
    if kind == "single":
        low, high = chance.choice(((0, 100), (100, 200)))
    service: Document = {
        "name": "web", "count": count, "cpu": CPU_A_SLOT, "memory": 512,
        "minimum_healthy_percent": low, "maximum_percent": high,
    }  # fmt: skip
    if kind == "port":
        service["host_ports"] = [80]
    if chance.random() < 0.4:
        service["load_balancer"] = {"deregistration_delay_seconds": chance.choice((5, 30, 60))}
    return service


def _others(chance: Random, size: int, strategy: str) -> list[Document]:
    """Services that are well on both AMIs."""
    names = ("api", "jobs")[: chance.randint(0, 2)]
    found: list[Document] = [
        {"name": name, "count": chance.randint(1, size), "cpu": 128, "memory": 128, "minimum_healthy_percent": 100}
        for name in names
    ]
    if strategy != "capacity-provider" and chance.random() < 0.3:
        found.append({"name": "logs", "scheduling": "DAEMON", "cpu": 32, "memory": 32})
    return found


def _input(chance: Random, strategy: str) -> Document:
    given: Document = {"ami": NEW_AMI, "bake_seconds": BAKE_SECONDS}
    bake = {"bake_seconds": BAKE_SECONDS}
    if strategy == "rolling":
        canary: Document = {"instances": 1, **bake, "promotion": chance.random() < 0.5}
        surge = chance.choice((1, 2, "25%", "50%"))
        given["strategy"] = {"type": "rolling", "surge": surge} | ({"canary": canary} if chance.random() < 0.6 else {})
        given["strategy"]["promotion"] = chance.random() < 0.5
    elif strategy == "capacity-provider":
        step = {"percent": 50, **bake, "promotion": chance.random() < 0.5}
        steps = chance.choice((["all"], [step, "all"]))
        given["strategy"] = {"type": "capacity-provider", "steps": steps}
    else:
        given["strategy"] = {"type": "blue-green", "burn_in_seconds": BAKE_SECONDS, "hold": chance.random() < 0.5}
    return given


def _harm(chance: Random, document: Document, failing: Document, new_ami: Document, moments: tuple[str, ...]) -> None:
    """From the start by what the AMI is, or from a moment on by a fault."""
    lifetime = chance.choice(LIFETIMES)
    if chance.random() < 0.4:
        ways = ["crash", "crash", "fail_to_start"] + ["never_healthy"] * ("load_balancer" in failing)
        new_ami["tasks"] = chance.choice(ways)
        if new_ami["tasks"] == "crash" and lifetime:
            new_ami["tasks_crash_after_seconds"] = lifetime
        return
    how: Document = {"service": failing["name"], "ami": NEW_AMI} | ({"after_seconds": lifetime} if lifetime else {})
    held = [moment for moment in moments if moment != HOLD or _holds(document["input"]["strategy"])]
    state = chance.choice(held)
    nth = chance.choice((1, 1, 2)) if state in UNDER_TEST else 1
    document["faults"] = [{"kind": "crash_tasks", "state": state, "nth": nth, "with": how}]


def _holds(strategy: Document) -> bool:
    """Whether an operator is asked in mid-rollout; nobody responds."""
    stretches = [strategy.get("canary", {}), *(step for step in strategy.get("steps", ()) if isinstance(step, dict))]
    return bool(
        strategy.get("hold") or strategy.get("promotion") or any(stretch.get("promotion") for stretch in stretches)
    )
