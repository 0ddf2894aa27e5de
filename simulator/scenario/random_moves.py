"""Random scenarios for the strategies that move services: onto a second group's provider, or to a second AMI."""

from random import Random
from typing import Any

from simulator.kernel.instance_types import instance_type_facts
from simulator.scenario.random_clusters import INSTANCE_TYPES, NEW_AMI, OLD_AMI, fleet_size, node_group, services_on

OLD_CP, NEW_CP = "old-cp", "new-cp"
SIBLINGS = {
    "t3.medium": ("t3a.medium", "t4g.medium"),
    "m5.large": ("m6i.large", "m6g.large"),
    "m6i.large": ("m5.large", "m6g.large"),
    "c6i.xlarge": ("c5.xlarge", "c6g.xlarge"),
    "m5.xlarge": ("m6i.xlarge", "m6g.xlarge"),
}
"""Another type of the same size: x86_64, and arm64."""

ROOMY_SIZE, ROOMY_SHARE = 3, 0.4
"""From this size on, and up to this share of it in use, every service can be deployed again onto the same instances.

Each step is one deployment, so all but the first need room beside the tasks that they replace.
"""

STATIC_PORT = 9000
Document = dict[str, Any]


def by_provider(chance: Random) -> Document:
    """A group with a provider and services on it, moved to a prepared second group or to a copy.

    With managed scaling both groups are as large as their tasks need, so the old one shrinks before the start.
    """
    size, old_type = fleet_size(chance), chance.choice(INSTANCE_TYPES)
    new_type = chance.choice((old_type, old_type, *SIBLINGS[old_type]))
    architecture = "arm64" if new_type == SIBLINGS[old_type][1] else "x86_64"
    managed = {"managed_scaling": True, "managed_termination_protection": True} if chance.random() < 0.3 else {}
    prepared = chance.random() < 0.4
    old = node_group(chance, size, old_type) | {"capacity_provider": OLD_CP} | managed
    if managed:
        old["min"] = min(old["min"], 1)
    services, adopts = _on_provider(chance, _services(chance, size, old_type))
    often = size >= ROOMY_SIZE and _share(services, size, old_type) <= ROOMY_SHARE
    strategy = {
        "type": "capacity-provider",
        "steps": _steps(chance) if often else ["all"],
        "scale": "managed" if managed else "ahead",
        "after": chance.choice(("keep_empty", "keep_empty", "delete")),
        **_target(chance, old_type, new_type, prepared=prepared),
        **(_by_service(chance, services) if often else {}),
        **({"adopt_launch_type_services": True} if adopts else {}),
    }
    return {
        "amis": _amis(architecture),
        "node_groups": [old, *([_second(chance, old, new_type)] if prepared else [])],
        "services": services,
        "input": {
            "capacity_provider": OLD_CP,
            "ami": NEW_AMI,
            "strategy": strategy,
            "bake_seconds": chance.choice((0, 0, 60)),
        },
    }


def blue_green(chance: Random) -> Document:
    """One group that doubles, its MaxSize large or small enough to have to be raised."""
    size, instance_type = fleet_size(chance), chance.choice(INSTANCE_TYPES)
    group = node_group(chance, size, instance_type) | {"max": size * chance.choice((1, 2, 3))}
    static = size > 1 and chance.random() < 0.3
    others = (_spread if static else _services)(chance, size, instance_type)
    return {
        "amis": _amis("x86_64"),
        "node_groups": [group],
        "services": [_static(size), *others] if static else others,
        "input": {
            "ami": NEW_AMI,
            "strategy": {"type": "blue-green", "burn_in_seconds": chance.choice((0, 60, 300)), "hold": False},
        },
    }


def _services(chance: Random, size: int, instance_type: str) -> list[Document]:
    """Services that fit on a second fleet of the same size in whatever order they come.

    So beside tasks that want an instance each, nothing is packed so tightly that one of those finds no place.
    """
    services = services_on(chance, size, instance_type, tight=True)
    alone = (service for service in services if "host_ports" in service or "placement_constraints" in service)
    crowded = any(2 * each["count"] > size for each in alone)
    return _spread(chance, size, instance_type) if crowded else services


def _spread(chance: Random, size: int, instance_type: str) -> list[Document]:
    services = services_on(chance, size, instance_type, tight=False)
    evenly = {"placement_strategy": [{"type": "spread", "field": "instanceId"}]}
    return [service if service.get("scheduling") == "DAEMON" else service | evenly for service in services]


def _share(services: list[Document], size: int, instance_type: str) -> float:
    """How much of the fleet the services take, of what they take most of."""
    offered = instance_type_facts(instance_type)
    cpu = sum(service.get("count", size) * service["cpu"] for service in services)
    memory = sum(service.get("count", size) * service["memory"] for service in services)
    return float(max(cpu / (size * offered.cpu), memory / (size * offered.memory)))


def _amis(architecture: str) -> list[Document]:
    new = {"image_id": NEW_AMI, "name": "golden-2", "architecture": architecture}
    return [{"image_id": OLD_AMI, "name": "golden-1"}, new]


def _second(chance: Random, old: Document, instance_type: str) -> Document:
    """A prepared group, empty, with room for as many; on the target AMI already, or to be pointed at it."""
    arm = instance_type == SIBLINGS[old["instance_type"]][1]
    return old | {
        "name": "new-nodes",
        "capacity_provider": NEW_CP,
        "ami": NEW_AMI if arm else chance.choice((OLD_AMI, NEW_AMI)),
        "instance_type": instance_type,
        "size": 0,
        "min": 0,
        "suspended_processes": chance.choice(([], [], ["AZRebalance"])),
    }


def _target(chance: Random, old_type: str, new_type: str, *, prepared: bool) -> Document:
    """The second group's provider, or how the copy differs from the old group; nothing where it does not."""
    if prepared:
        return {"target": NEW_CP}
    made: Document = {"instance_types": [new_type]} if new_type != old_type else {}
    if chance.random() < 0.5:
        made["name"] = NEW_CP
    return {"target": made} if made else {}


def _steps(chance: Random) -> list[Document | str]:
    """At once, or by a canary, by halves, with or without a bake between."""
    bake = {"bake_seconds": chance.choice((60, 120))} if chance.random() < 0.5 else {}
    lists: tuple[list[Document | str], ...] = (
        ["all"],
        ["all"],
        [{"canary_tasks": chance.randint(1, 5), **bake}, "all"],
        [{"percent": chance.choice((25, 50)), **bake}, "all"],
        [{"canary_tasks": 1, **bake}, {"percent": 50}, {"percent": 100}],
    )
    return chance.choice(lists)


def _on_provider(chance: Random, services: list[Document]) -> tuple[list[Document], bool]:
    """Services with a strategy on the old provider; now and then some have a launch type, and are to be adopted."""
    some_adopted = chance.random() < 0.25
    adopted = False
    for service in services:
        if service.get("scheduling") == "DAEMON":
            continue
        if some_adopted and chance.random() < 0.4:
            adopted = True
            continue
        base = {"base": chance.randint(1, 3)} if chance.random() < 0.2 else {}
        share = {"capacityProvider": OLD_CP, "weight": chance.choice((1, 1, 100)), **base}
        service["capacity_provider_strategy"] = [share]
    return services, adopted


def _by_service(chance: Random, services: list[Document]) -> Document:
    """One service goes at its own pace; none is left alone, for then the old group would not get empty."""
    movable = [service["name"] for service in services if service.get("scheduling") != "DAEMON"]
    if not movable or chance.random() < 0.8:
        return {}
    return {"services": {chance.choice(movable): {"steps": _steps(chance)}}}


def _static(size: int) -> Document:
    """One task an instance: it has to stop before the next one starts."""
    return {
        "name": "static",
        "count": size,
        "cpu": 128,
        "memory": 256,
        "host_ports": [STATIC_PORT],
        "minimum_healthy_percent": 50,
        "maximum_percent": 100,
    }
