"""Rollouts to AMIs that are good or bad, drawn from a seed: fleets, strategies, and the ways in which an AMI is bad.

Half of them have a canary: a few instances first, or a few percent of the tasks, and a bake. Blue/green has a burn-in.
"""

from random import Random
from typing import Any

from simulator.kernel.random_streams import RandomStreams
from simulator.runs.canary.noise import Noise
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario
from simulator.scenario.random_clusters import NEW_AMI, OLD_AMI

Document = dict[str, Any]
STRATEGIES = ("rolling", "capacity-provider", "blue-green")
SMALLEST, LARGEST = 3, 40
BAKES = (600, 900)
CPU_OF_AN_INSTANCE, MEMORY_OF_AN_INSTANCE = 2048, 7680
FULL = 0.55
"""What the services may take of it: a deployment, and half as many tasks again, find room."""

MOVABLE = 4
"""Tasks of which half can be moved within any of the percentages."""

SOON, LATER = (0, 20, 45, 90, 240, 400), (700, 1100, 1700)
"""Seconds after which an AMI shows what is wrong with it: while few of the tasks are there, or when many are."""

MOMENTS_WITHIN_SECONDS = 2400


def canary_scenario(seed: int, noise: Noise, *, bad: bool) -> Scenario:
    """The scenario of this seed, the same in any process."""
    return from_json(canary_document(seed, noise, bad=bad), f"canary seed {seed}")


def strategy_of(seed: int) -> str:
    """They take turns."""
    return STRATEGIES[seed % len(STRATEGIES)]


def canary_document(seed: int, noise: Noise, *, bad: bool) -> Document:
    """The same as a JSON object."""
    kind, strategy = "bad" if bad else "good", strategy_of(seed)
    chance = RandomStreams(seed).stream(f"canary {kind}")
    size = chance.choice((SMALLEST, chance.randint(4, 10), chance.randint(11, LARGEST)))
    services = _services(chance, size)
    new_ami: Document = {"image_id": NEW_AMI, "name": "golden-2"} | (_badness(chance, services) if bad else {})
    provider = {"capacity_provider_strategy": [{"capacityProvider": "old", "weight": 1}]}
    return {
        "name": f"canary-{kind}-{seed}",
        "description": f"A rollout to a {kind} AMI. Drawn from a seed.",
        "cluster": "drawn",
        "amis": [{"image_id": OLD_AMI, "name": "golden-1"}, new_ami],
        "node_groups": [{"name": "nodes", "ami": OLD_AMI, "size": size, "max": 3 * size, "capacity_provider": "old"}],
        "services": [each | (provider if strategy == "capacity-provider" else {}) for each in services],
        "timings": {"start_seconds": chance.choice(([15, 40], [15, 40], [30, 90]))} | noise.timings,
        "input": {"ami": NEW_AMI, "bake_seconds": chance.choice(BAKES), "strategy": _strategy(chance, strategy, size)},
        "faults": [] if bad else noise.faults(chance, services, MOMENTS_WITHIN_SECONDS),
        "expect": {"status": "FAILED", "end": "all_old"} if bad else {},
    }


def _services(chance: Random, size: int) -> list[Document]:
    """Up to three that fit; the first is behind a load balancer in half of the cases."""
    names = ("web", "api", "jobs")[: chance.randint(1, 3)]
    budget, found = FULL * size * CPU_OF_AN_INSTANCE / len(names), list[Document]()
    for name in names:
        cpu = chance.choice((128, 256))
        low, high = chance.choice(((100, 200), (100, 200), (100, 150), (50, 200), (50, 100)))
        count = max(2, min(chance.choice((2, size, 2 * size, 3 * size)), int(budget // cpu)))
        low, high = (low, high) if count >= MOVABLE else (100, 200)
        found.append({
            "name": name, "count": count, "cpu": cpu, "memory": 2 * cpu,
            "minimum_healthy_percent": low, "maximum_percent": high,
        })  # fmt: skip
    if chance.random() < 0.5:
        found[0]["load_balancer"] = {"deregistration_delay_seconds": chance.choice((5, 30))}
    return found


def _badness(chance: Random, services: list[Document]) -> Document:
    """What is wrong with the AMI, and when it shows."""
    seconds = chance.choice(SOON + LATER)
    behind = [each["name"] for each in services if "load_balancer" in each]
    ways = ["crash", "crash", "crash", "fail_to_start", "goes", "flaps", "reboots", "status_checks"]
    way = chance.choice(ways + ["never_healthy", "fail_checks"] * bool(behind))
    spread: Any = [seconds, round(1.2 * seconds)] if seconds else [1, 10]
    if way == "goes":
        return {"agent": "goes", "agent_goes_after_seconds": spread}
    if way == "flaps":
        often, lasts = chance.choice((60, 90, 120)), chance.choice(([15, 40], [20, 60]))
        return {"agent": "flaps", "agent_flap_seconds": often, "agent_flap_lasts_seconds": lasts}
    if way in ("reboots", "status_checks"):
        after = [max(120, seconds), round(1.2 * max(120, seconds))]
        return {"machine": "reboots" if way == "reboots" else "fails_checks", "machine_after_seconds": after}
    found: Document = {"tasks": way}
    if way in ("never_healthy", "fail_checks") or chance.random() < 0.4:
        found["tasks_of"] = chance.choice(behind if way in ("never_healthy", "fail_checks") else [services[0]["name"]])
    if way == "crash":
        found |= {"tasks_crash_after_seconds": spread, "tasks_hit": chance.choice((1.0, 1.0, 0.5, 0.3))}
    if way == "fail_checks":
        found["checks_fail_after_seconds"] = spread
    return found


def _strategy(chance: Random, strategy: str, size: int) -> Document:
    canary, bake = chance.random() < 0.5, {"bake_seconds": chance.choice(BAKES)}
    if strategy == "rolling":
        surge = chance.choice((1, 2, 3, max(1, size // 5)))
        first = {"canary": {"instances": chance.choice((1, 1, 2)), **bake}} if canary else {}
        return {"type": strategy, "surge": surge} | first
    if strategy == "capacity-provider":
        return {"type": strategy, "steps": [{"percent": chance.choice((10, 25)), **bake}, "all"] if canary else ["all"]}
    return {"type": strategy, "burn_in_seconds": bake["bake_seconds"] if canary else 0}
