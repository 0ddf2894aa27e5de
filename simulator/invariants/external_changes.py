"""What other actors change in mid-rollout: it is theirs, and not held against the rollout as something not restored."""

from typing import Any

from simulator.faults.faults import FaultStruck
from simulator.invariants.snapshot import Constraints, GroupSettings
from simulator.invariants.snapshot_capture import constraints
from simulator.kernel.events import Bus

EDIT = "update_service"
SIZES = {"set_desired": ("desired", "maximum"), "edit_group": ("minimum", "maximum", "desired")}
PINNED = ("launch_template_version", "launches_ami", "template_versions")
FIELDS = {
    "capacityProviderStrategy": ("strategy", "launch_type"),
    "placementConstraints": ("constraints",),
    "taskDefinition": ("task_definition", "pins"),
    "availabilityZoneRebalancing": ("zone_rebalancing",),
}
"""UpdateService's members, and the settings that they change."""


class ExternalChanges:
    """Other actors' edits of services, by service name, as the faults tell of them."""

    def __init__(self, bus: Bus) -> None:
        self._edits: dict[str, dict[str, Any]] = {}
        self._sizes: dict[str, set[str]] = {}
        self._took: set[str] = set()
        self._deregistered: set[str] = set()
        self._templates = False
        self.demanded = False  # another actor scaled a service: an autoscaler would make the group larger
        self.added = 0  # instances that another actor asked Auto Scaling for
        bus.subscribe(FaultStruck, self._strike)

    def touched(self, service: str) -> frozenset[str]:
        """The settings of the service that another actor gave another value."""
        edits = self._edits.get(service, {})
        return frozenset(field for member, fields in FIELDS.items() if member in edits for field in fields)

    def constraints(self, service: str) -> Constraints | None:
        """The placement constraints that another actor gave it last; None where nobody did."""
        given = self._edits.get(service, {}).get("placementConstraints")
        return None if given is None else constraints(given)

    def sized(self, group: str) -> frozenset[str]:
        """The sizes of the group that another actor changed: `desired`, `minimum`, `maximum`."""
        return frozenset(self._sizes.get(group, ()))

    def grown(self, was: GroupSettings) -> tuple[str, ...]:
        """The group's desired capacity, where managed scaling would have changed it while the rollout held it."""
        return ("desired",) if self.demanded and was.scales_itself else ()

    @property
    def templates(self) -> tuple[str, ...]:
        """The settings of templates that another actor changed by making versions."""
        return ("template_versions",) if self._templates else ()

    @property
    def took(self) -> frozenset[str]:
        """Ids of all instances and tasks that faults took away."""
        return frozenset(self._took)

    def pinned(self, was: GroupSettings) -> tuple[str, ...]:
        """What the group launches, where its AMI was deregistered: Auto Scaling does not accept that any more."""
        return PINNED if was.launches_ami in self._deregistered else ()

    def _strike(self, event: FaultStruck) -> None:
        self._took.update(event.takes)
        if event.kind == "deregister_ami":
            self._deregistered.add(event.parameters["image_id"])
        self._templates = self._templates or event.kind == "edit_template"
        if event.kind == "set_desired":
            self.added += max(0, event.parameters.get("by", 0))
        if event.kind in SIZES:
            self._sizes.setdefault(event.parameters["auto_scaling_group"], set()).update(SIZES[event.kind])
        self.demanded = self.demanded or event.kind == "scale_service"
        if event.kind == EDIT:
            self._edits.setdefault(event.parameters["service"], {}).update(event.parameters["changes"])
