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
        services={
            service.name: _service(service) for service in cluster.services.values() if service.status == "ACTIVE"
        },
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
    return tuple(sorted((each["capacityProvider"], each.get("base", 0), each.get("weight", 0)) for each in strategy))


def constraints(given: Iterable[dict[str, str]]) -> Constraints:
    """Placement constraints, to be compared."""
    return tuple(sorted((each["type"], each.get("expression", "")) for each in given))


def _service(service: EcsService) -> ServiceSettings:
    return ServiceSettings(
        daemon=service.is_daemon,
        strategy=shares(service.capacity_provider_strategy),
        launch_type=service.launch_type,
        constraints=constraints(service.placement_constraints),
        task_definition=service.definition.arn if service.definition else "",
        pins=constraints(service.definition.placement_constraints if service.definition else ()),
        bound_to=constraints(service.primary.constraints if service.deployments else ()),
        zone_rebalancing=service.availability_zone_rebalancing,
    )


def _leftovers(region: Region) -> Iterable[str]:
    yield from (f"launch template {template.name}" for template in region.ec2.templates)
    providers = region.ecs.context.capacity_providers.values()
    yield from (
        f"capacity provider {capacity_provider.name}"
        for capacity_provider in providers
        if capacity_provider.status == "ACTIVE"
    )


def _marks(cluster: Cluster) -> dict[str, frozenset[str]]:
    marks = {
        instance.ec2_instance.instance_id: frozenset(instance.custom_attributes)
        - instance.ec2_instance.attributes.keys()
        for instance in cluster.instances.values()
    }
    return {instance_id: names for instance_id, names in marks.items() if names}
