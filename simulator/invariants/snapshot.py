"""The settings that a rollout may override or change: those before are compared with those after."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

Shares = tuple[tuple[str, int, int], ...]
"""A capacity provider strategy: provider, base and weight of each item, sorted."""

Constraints = tuple[tuple[str, str], ...]
"""Placement constraints: type and expression of each, sorted."""

ProviderSettings = tuple[tuple[str, str | tuple[tuple[str, Any], ...]], ...]
"""A capacity provider: by the setting's name its value, of managed scaling each member with its own, sorted."""


BALANCES = "AZRebalance"


@dataclass(frozen=True)
class GroupSettings:
    """One Auto Scaling group with its capacity provider.

    `launch_template_version` is as the group says it ("7", "$Latest"); `template_versions` how many exist.
    """

    desired: int
    minimum: int
    maximum: int
    suspended: tuple[str, ...]
    new_instances_protected: bool
    launch_template_version: str
    launches_ami: str
    template_versions: int
    provider_name: str | None
    provider: ProviderSettings

    @property
    def scales_itself(self) -> bool:
        """Managed scaling is on: desired capacity is not the rollout's."""
        managed = dict(self.provider).get("managed scaling")
        return isinstance(managed, tuple) and dict(managed).get("status") == "ENABLED"

    def balanced_like(self, now: "GroupSettings", *, even: bool) -> "GroupSettings":
        """These settings; where zones are uneven `now`, what would even them out through busy instances may be off."""
        kept = {BALANCES} & set(now.suspended) if not even else set()
        return replace(self, suspended=tuple(sorted({*self.suspended, *kept})))


@dataclass(frozen=True)
class ServiceSettings:
    """One ACTIVE service. `pins` are the placement constraints of its task definition.

    `bound_to` are the constraints that it had when its running deployment began.
    """

    daemon: bool
    strategy: Shares
    launch_type: str | None
    constraints: Constraints
    task_definition: str
    pins: Constraints
    bound_to: Constraints
    zone_rebalancing: str


@dataclass(frozen=True)
class Snapshot:
    """Groups and services by name, and what the cluster and the account hold.

    `marks` are the custom attributes on container instances, by instance id, without those of their user data.
    `leftovers` are things that exist: launch templates and ACTIVE capacity providers, each with its kind.
    """

    groups: Mapping[str, GroupSettings]
    services: Mapping[str, ServiceSettings]
    providers: tuple[str, ...]
    default_strategy: Shares
    revisions: frozenset[str]
    leftovers: frozenset[str]
    marks: Mapping[str, frozenset[str]]
