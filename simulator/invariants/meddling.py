"""What others change in mid-rollout: it is theirs, and is not held against the rollout as something not given back."""

from typing import Any

from simulator.core.events import Bus
from simulator.faults import FaultStruck
from simulator.invariants.snapshot import Constraints
from simulator.invariants.take import constraints

EDIT = "update_service"
FIELDS = {
    "capacityProviderStrategy": ("strategy", "launch_type"),
    "placementConstraints": ("constraints",),
    "taskDefinition": ("task_definition", "pins"),
    "availabilityZoneRebalancing": ("zone_rebalancing",),
}
"""UpdateService's members, and the settings that they change."""


class Meddling:
    """Somebody's edits of services, by service name, as the faults tell of them."""

    def __init__(self, bus: Bus) -> None:
        self._edits: dict[str, dict[str, Any]] = {}
        bus.subscribe(FaultStruck, self._strike)

    def touched(self, service: str) -> frozenset[str]:
        """The settings of the service that somebody else gave another value."""
        edits = self._edits.get(service, {})
        return frozenset(field for member, fields in FIELDS.items() if member in edits for field in fields)

    def constraints(self, service: str) -> Constraints | None:
        """The placement constraints that somebody else gave it last; None where nobody did."""
        given = self._edits.get(service, {}).get("placementConstraints")
        return None if given is None else constraints(given)

    def _strike(self, event: FaultStruck) -> None:
        if event.kind == EDIT:
            self._edits.setdefault(event.parameters["service"], {}).update(event.parameters["changes"])
