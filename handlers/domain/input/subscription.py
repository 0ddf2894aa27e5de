"""Subscriptions and AMI sources, as the stack writes them from its settings: who follows which parameter, and how."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Self

DAY_SECONDS = 86_400
EXECUTION_NAME_LENGTH = 80
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_\-]+")


@dataclass(frozen=True)
class Rules:
    """Which AMIs are taken at all. No owners: anybody's. `deny` lists AMI ids."""

    owners: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    soak_days: float = 0.0

    def objection(self, image_id: str, owners: tuple[str, ...], made_at: float, now: float) -> str:
        """Why the AMI is not taken (yet); empty where it is."""
        if image_id in self.deny:
            return f"{image_id} is denied by the settings"
        if self.owners and not set(self.owners) & set(owners):
            return f"{image_id} is owned by {owners[0]}, and the settings allow {', '.join(self.owners)}"
        age = (now - made_at) / DAY_SECONDS
        if age < self.soak_days:
            return f"{image_id} is {age:.1f} days old, and the settings want {self.soak_days:g}"
        return ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read them from what the stack wrote."""
        return cls(tuple(data.get("owners", ())), tuple(data.get("deny", ())), float(data.get("soak_days", 0)))


@dataclass(frozen=True)
class Subscription:
    """Node groups that follow one SSM parameter. `input` is what their rollouts are started with besides.

    The cluster is named, or all are meant that carry the tags; without a group, all node groups of the cluster.
    """

    name: str
    parameter: str
    rules: Rules = Rules()
    cluster: str | None = None
    cluster_tags: dict[str, str] = field(default_factory=dict)
    capacity_provider: str | None = None
    auto_scaling_group: str | None = None
    starts: bool = True  # False: what is behind is reported, nothing is started
    input: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, name: str, text: str) -> Self:
        """Read one from its SSM parameter."""
        data = json.loads(text)
        return cls(**{**data, "name": name, "rules": Rules.from_json(data.get("rules", {}))})


@dataclass(frozen=True)
class Source:
    """Where new AMIs of a kind appear, and the parameter that they are written to once they may be taken.

    One of: `parameter` (a public one, or anybody's), `image` (the newest of a name pattern), `pipeline` (the ARN of an
    Image Builder pipeline).
    """

    name: str
    writes: str
    rules: Rules
    parameter: str | None = None
    image: str | None = None
    pipeline: str | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it from the schedule's input."""
        return cls(**{**data, "rules": Rules.from_json(data.get("rules", {}))})


def execution_name_for(cluster: str, group: str, image_id: str, version: int) -> str:
    """The name of the one execution that brings that group onto that version of its parameter.

    Step Functions refuses the same name with another input, and takes the same with the same as the same, so an event
    that comes twice starts nothing twice.
    """
    whole = f"{group}-{image_id}-v{version}"
    digest = hashlib.sha256(f"{cluster}/{whole}".encode()).hexdigest()[:8]
    tail = f"-{image_id}-v{version}-{digest}"
    return NOT_IN_A_NAME.sub("-", group)[: EXECUTION_NAME_LENGTH - len(tail)] + tail
