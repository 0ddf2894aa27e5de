"""Eventually consistent reads: for a while, some answers are those of the last time that the same was asked (fault 18).

Describe and List calls of ECS, Auto Scaling and EC2 only: "The Amazon EC2 API follows an eventual consistency model"
and so do the two others. DynamoDB's consistent reads stay consistent.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

SERVICES = ("ecs", "autoscaling", "ec2")
READS = ("Describe", "List")


@dataclass
class Staleness:
    """Answers are at most `seconds` old, until the clock stands at `until`; each is stale with a `probability`."""

    seconds: float
    until: float
    probability: float
    chance: Random
    _known: dict[tuple[str, str, str], tuple[float, Any]] = field(default_factory=dict)

    def before(self, service: str, operation: str, request: dict[str, Any], now: float) -> Any | None:
        """The answer of the last time, where this one is to be stale."""
        if service not in SERVICES or not operation.startswith(READS) or now > self.until:
            return None
        seen = self._known.get((service, operation, repr(request)))
        if seen is None or now - seen[0] > self.seconds or self.chance.random() >= self.probability:
            return None
        return seen[1]

    def remember(self, service: str, operation: str, request: dict[str, Any], now: float, answer: Any) -> None:
        """Keep an answer for later."""
        if service in SERVICES and operation.startswith(READS) and now <= self.until:
            self._known[service, operation, repr(request)] = (now, answer)
