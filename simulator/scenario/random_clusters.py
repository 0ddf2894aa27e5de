"""The pieces that random scenarios are drawn from: a node group, and services that together fit on it.

What a seed drew once it draws again: rolling scenarios are named by their seeds.
"""

from random import Random
from typing import Any

from simulator.kernel.instance_types import instance_type_facts

OLD_AMI, NEW_AMI = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
INSTANCE_TYPES = ("t3.medium", "m5.large", "m6i.large", "c6i.xlarge", "m5.xlarge")
PERCENTAGES = (
    (100, 200),
    (100, 150),
    (100, 125),
    (75, 125),
    (66, 133),
    (50, 100),
    (50, 200),
    (0, 100),
    (90, 110),
    (100, 101),  # never moves: to be refused
)
SIZES = ((128, 256), (256, 512), (256, 1024), (512, 1024), (512, 512), (1024, 1024))
PLACEMENTS: tuple[list[dict[str, str]], ...] = (
    [],
    [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
    [{"type": "spread", "field": "instanceId"}],
    [{"type": "binpack", "field": "memory"}],
)
FIRST_PORT = 8000
STUCK = 0.08
FULL = 0.75


def fleet_size(chance: Random) -> int:
    """1 to 30 instances, small ones more often."""
    return chance.choice((1, 2, 3, chance.randint(4, 10), chance.randint(11, 30)))


def node_group(chance: Random, size: int, instance_type: str) -> dict[str, Any]:
    """An old group of that size."""
    zones = ["a", "b", "c"][: chance.randint(1, 3)]
    suspended = ["AZRebalance"] if chance.random() < 0.2 else []
    return {
        "name": "nodes",
        "ami": OLD_AMI,
        "size": size,
        "min": chance.choice((0, 0, 1, size)),
        "max": size + chance.choice((0, 1, size)),
        "instance_type": instance_type,
        "availability_zones": zones,
        "suspended_processes": suspended,
        "launch_template_version": chance.choice(("1", "1", "$Latest", "$Default")),
    }


def services_on(chance: Random, size: int, instance_type: str, *, tight: bool) -> list[dict[str, Any]]:
    """Services that together fill part of the fleet, the largest tasks first so that they are placed first."""
    many = chance.randint(1, 6)
    kinds = [_kind(chance) for _ in range(many)]
    fill = chance.uniform(0.2, 0.7 if tight else 0.35) / many
    offered = instance_type_facts(instance_type)
    services = [
        _service(chance, index, kind, size, (int(offered.cpu * size * fill), int(offered.memory * size * fill)))
        for index, kind in enumerate(kinds)
    ]
    room = (int(size * offered.cpu * FULL), int(size * offered.memory * FULL))
    return _that_fit(sorted(services, key=_hardest_to_place_first), *room)


def _hardest_to_place_first(service: dict[str, Any]) -> tuple[bool, int, int, str]:
    alone = "host_ports" in service or "placement_constraints" in service
    return (not alone, -service["memory"], -service["cpu"], service["name"])


def _that_fit(services: list[dict[str, Any]], cpu: int, memory: int) -> list[dict[str, Any]]:
    """Leave out what would overfill a small fleet: each service has at least one task, however little room there is."""
    kept: list[dict[str, Any]] = []
    for service in services:
        count = service.get("count", 1)
        cpu, memory = cpu - count * service["cpu"], memory - count * service["memory"]
        if min(cpu, memory) < 0:
            break
        kept.append(service)
    return kept or services[-1:]


def _percentages(chance: Random, count: int) -> tuple[int, int]:
    """Any pair; one that lets none of `count` tasks move is mostly drawn again, for it makes the whole rollout void."""
    while True:
        minimum, maximum = chance.choice(PERCENTAGES)
        stuck = -(-count * minimum // 100) >= count >= count * maximum // 100
        if not stuck or chance.random() < STUCK:
            return minimum, maximum


def _kind(chance: Random) -> str:
    return chance.choices(("plain", "balanced", "port", "distinct", "daemon"), (5, 3, 1.5, 1, 1.5))[0]


def _service(chance: Random, index: int, kind: str, size: int, budget: tuple[int, int]) -> dict[str, Any]:
    cpu, memory = chance.choice(SIZES)
    count = max(1, min(budget[0] // cpu, budget[1] // memory, 40))
    minimum, maximum = _percentages(chance, count)
    service: dict[str, Any] = {
        "name": f"{kind}-{index}",
        "count": count,
        "cpu": cpu,
        "memory": memory,
        "minimum_healthy_percent": minimum,
        "maximum_percent": maximum,
        "placement_strategy": chance.choice(PLACEMENTS),
    }
    if kind == "balanced":
        service["load_balancer"] = {"deregistration_delay_seconds": chance.choice((5, 30, 120))}
    if kind in ("port", "distinct"):
        service["count"] = min(service["count"], size if minimum < 100 else max(1, size - 1))
    if kind == "port":
        service["host_ports"] = [FIRST_PORT + index]
    if kind == "distinct":
        service["placement_constraints"] = [{"type": "distinctInstance"}]
    if kind == "daemon":
        del service["count"], service["placement_strategy"]
        service |= {"scheduling": "DAEMON", "cpu": 64, "memory": 128}
        service |= {"minimum_healthy_percent": 0, "maximum_percent": 100}
    return service
