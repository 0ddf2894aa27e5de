"""Take a snapshot of the region: all groups, all services, the cluster, and what a rollout might leave behind."""

from collections.abc import Iterable
from typing import Any

from simulator.aws.ecs.state import Cluster, EcsService
from simulator.invariants.region_reads import read_settings
from simulator.invariants.snapshot import Constraints, ServiceSettings, Shares, Snapshot
from simulator.region import Region


def capture_snapshot(region: Region) -> Snapshot:
    """The settings as they are now."""
    cluster = region.cluster
    return Snapshot(
        groups={name: read_settings(region, name) for name in sorted(region.scaling.groups)},
        services={one.name: _service(one) for one in cluster.services.values() if one.status == "ACTIVE"},
        providers=tuple(sorted(cluster.capacity_providers)),
        default_strategy=shares(cluster.default_strategy),
        revisions=frozenset(
            revision.arn
            for revisions in region.ecs.context.task_definitions.values()
            for revision in revisions.values()
            if revision.status == "ACTIVE"
        ),
        leftovers=frozenset(_leftovers(region)),
        marks=_marks(cluster),
    )


def shares(strategy: Iterable[dict[str, Any]]) -> Shares:
    """A capacity provider strategy, to be compared."""
    return tuple(sorted((one["capacityProvider"], one.get("base", 0), one.get("weight", 0)) for one in strategy))


def constraints(given: Iterable[dict[str, str]]) -> Constraints:
    """Placement constraints, to be compared."""
    return tuple(sorted((one["type"], one.get("expression", "")) for one in given))


def _service(one: EcsService) -> ServiceSettings:
    return ServiceSettings(
        daemon=one.is_daemon,
        strategy=shares(one.capacity_provider_strategy),
        launch_type=one.launch_type,
        constraints=constraints(one.placement_constraints),
        task_definition=one.task_definition.arn,
        pins=constraints(one.task_definition.placement_constraints),
        zone_rebalancing=one.availability_zone_rebalancing,
    )


def _leftovers(region: Region) -> Iterable[str]:
    yield from (f"launch template {one.name}" for one in region.ec2.templates)
    providers = region.ecs.context.capacity_providers.values()
    yield from (f"capacity provider {one.name}" for one in providers if one.status == "ACTIVE")


def _marks(cluster: Cluster) -> dict[str, frozenset[str]]:
    marks = {
        one.ec2_instance.instance_id: frozenset(one.custom_attributes) - one.ec2_instance.attributes.keys()
        for one in cluster.instances.values()
    }
    return {instance_id: names for instance_id, names in marks.items() if names}
