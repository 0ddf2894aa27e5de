"""Scenarios drawn from a seed, one kind for each strategy: 1 to 30 instances, 1 to 6 services, mixed percentages.

They are drawn as JSON and read like any scenario file, so a seed that fails can be written to a file and replayed.
Most can be rolled out; some cannot, and `feasibility.py` says which.
"""

from random import Random
from typing import Any

from simulator.kernel.random_streams import RandomStreams
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario
from simulator.scenario.random_clusters import INSTANCE_TYPES, NEW_AMI, OLD_AMI, fleet_size, node_group, services_on
from simulator.scenario.random_moves import blue_green, by_provider

SURGES: tuple[int | str, ...] = (1, 1, 2, 3, "10%", "25%", "50%", "100%")
DOCUMENTS = {"capacity-provider": by_provider, "blue-green": blue_green}


def random_scenario(seed: int, strategy: str = "rolling") -> Scenario:
    """The scenario of this seed for that strategy, the same in any process. Raises KeyError for no such strategy."""
    return from_json(random_document(seed, strategy), f"{strategy} seed {seed}")


def random_document(seed: int, strategy: str = "rolling") -> dict[str, Any]:
    """The same as a JSON object."""
    if strategy == "rolling":
        return _rolling(seed)
    document = DOCUMENTS[strategy](RandomStreams(seed).stream(f"scenario {strategy}"))
    name = {"name": f"random-{strategy}-{seed}", "description": "Drawn from a seed.", "cluster": "random"}
    return name | document


def _rolling(seed: int) -> dict[str, Any]:
    chance = RandomStreams(seed).stream("scenario")
    size = fleet_size(chance)
    instance_type = chance.choice(INSTANCE_TYPES)
    strategy = _strategy(chance, size)
    return {
        "name": f"random-{seed}",
        "description": "Drawn from a seed.",
        "cluster": "random",
        "amis": [{"image_id": OLD_AMI, "name": "golden-1"}, {"image_id": NEW_AMI, "name": "golden-2"}],
        "node_groups": [node_group(chance, size, instance_type)],
        "services": services_on(chance, size, instance_type, tight=strategy["surge"] != 0),
        "input": {"ami": NEW_AMI, "strategy": strategy, "bake_seconds": chance.choice((0, 0, 60))},
    }


def _strategy(chance: Random, size: int) -> dict[str, Any]:
    if size > 2 and chance.random() < 0.15:
        return {"type": "rolling", "surge": 0, "max_unavailable": 1}
    return {
        "type": "rolling",
        "surge": chance.choice(SURGES),
        "max_unavailable": chance.choice((0, 0, 0, 1)) if size > 2 else 0,
    }
