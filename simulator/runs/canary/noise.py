"""What goes wrong in any cluster, whatever AMI it runs, and what people do in it meanwhile."""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

Document = dict[str, Any]
FLAP_SECONDS = 1200
"""Mean time between two short absences of an agent: a few an hour are normal."""


@dataclass(frozen=True)
class Noise:
    """The rates. `deployments`, `interruptions` and `scaling` (of a service, by half) are times a rollout."""

    crashes_per_task_hour: float = 0.02
    deployments: int = 1
    interruptions: int = 1
    scaling: int = 1

    @property
    def timings(self) -> Document:
        """What of it the region itself does."""
        rate = self.crashes_per_task_hour
        return {"agent_flap_seconds": FLAP_SECONDS} | ({"task_crash_seconds": round(3600 / rate, 3)} if rate else {})

    def faults(self, chance: Random, services: list[Document], seconds: float) -> list[Document]:
        """What happens once or more often, some time within so many seconds."""
        found: list[Document] = [
            {"kind": "deploy_service", "with": {"service": chance.choice(services)["name"]}}
            for _ in range(self.deployments)
        ]
        found += [
            {"kind": "interrupt_instance", "with": {"which": chance.choice(("old", "new"))}}
            for _ in range(self.interruptions)
        ]
        found += [
            {"kind": "scale_service", "with": _by_half(chance.choice(services), chance)} for _ in range(self.scaling)
        ]
        return [{**fault, "at": round(chance.uniform(60, seconds), 1)} for fault in found]

    def to_json(self) -> Document:
        """The JSON object."""
        return asdict(self)


def _by_half(service: Document, chance: Random) -> Document:
    count = service["count"]
    return {"service": service["name"], "count": max(1, chance.choice((count // 2, count + count // 2)))}
