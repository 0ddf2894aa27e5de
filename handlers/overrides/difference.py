"""A setting that is not as it should be: what, of what, how it is, how it was recorded."""

from dataclasses import dataclass
from typing import Any

DESIRED, MIN, MAX, PROCESSES = "desired capacity", "min size", "max size", "suspended processes"
VERSION, SCALING, PROTECTION = "launch template version", "managed scaling", "managed termination protection"
GROUP, REBALANCING, PLACEMENT = "Auto Scaling group", "zone rebalancing", "strategy or constraints"
VERSIONS = "launch template versions of the rollout"
PROVIDERS, DEFAULT = "capacity providers", "default capacity provider strategy"
PROVIDER = "capacity provider"


@dataclass(frozen=True)
class Difference:
    """`what` is one of the words above, `resource` the name of the group, provider, service or cluster."""

    what: str
    resource: str
    seen: object
    recorded: object
    because: str = ""

    def __str__(self) -> str:
        """The sentence for people."""
        why = f" ({self.because})" if self.because else ""
        return f"{self.what} of {self.resource} is {self.seen!r}, recorded was {self.recorded!r}{why}"

    def to_json(self) -> dict[str, Any]:
        """The fields that a report has of it."""
        return {"what": self.what, "resource": self.resource, **({"because": self.because} if self.because else {})}
