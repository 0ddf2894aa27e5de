"""Operations on clusters."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from simulator.aws.ecs import describe
from simulator.aws.ecs.context import require, short, tags_of
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.errors import (
    ClusterContainsContainerInstances,
    ClusterContainsServices,
    ResourceInUse,
    UpdateInProgress,
)
from simulator.aws.ecs.operations.strategies import checked_strategy
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.state import Cluster

Shape = dict[str, Any]

MANAGED_TAG = "AmazonECSManaged"
"""Terraform's documentation of `aws_ecs_capacity_provider`: association "will automatically add" it to the group."""

BUSY = "The specified cluster is in a busy state. Cluster attachments must not be in UPDATE_IN_PROGRESS state."


class ClusterOperations(ControlPlane):
    """CreateCluster and its kin."""

    def create_cluster(
        self,
        clusterName: str = "default",
        tags: list[Shape] | None = None,
        settings: list[Shape] | None = None,
        configuration: Shape | None = None,
        capacityProviders: list[str] | None = None,
        defaultCapacityProviderStrategy: list[Shape] | None = None,
        **_echoed: Any,
    ) -> Shape:
        """Make the cluster; an ACTIVE one of that name is answered as it is."""
        existing = self.clusters.get(clusterName)
        if existing and existing.status == "ACTIVE":
            return {"cluster": describe.cluster(existing, ("SETTINGS", "TAGS"))}
        names = self._known_providers(capacityProviders or [])
        cluster = self._new_cluster(clusterName)
        cluster.tags, cluster.configuration = tags_of(tags), configuration or {}
        cluster.settings = settings or [{"name": "containerInsights", "value": "disabled"}]
        self._associate(cluster, names, defaultCapacityProviderStrategy or [])
        return {"cluster": describe.cluster(cluster, ("SETTINGS", "TAGS"))}

    def describe_clusters(self, clusters: list[str] | None = None, include: list[str] | None = None) -> Shape:
        """The named clusters, `default` when none is named; unknown ones are failures MISSING."""
        found, failures = [], []
        for reference in clusters or ["default"]:
            if cluster := self.clusters.get(short(reference)):
                found.append(self._shown(cluster, include or ()))
            else:
                failures.append({"arn": self.context.arn("cluster", short(reference)), "reason": "MISSING"})
        return {"clusters": found, "failures": failures}

    def list_clusters(self, nextToken: str | None = None, maxResults: int | None = None) -> Shape:
        """ARNs of ACTIVE clusters, by name."""
        active = [cluster for cluster in self.clusters.values() if cluster.status == "ACTIVE"]
        shown, more = page(active, lambda cluster: cluster.name, maxResults, nextToken)
        return {"clusterArns": [cluster.arn for cluster in shown], **more}

    def update_cluster(
        self,
        cluster: str,
        settings: list[Shape] | None = None,
        configuration: Shape | None = None,
        **_echoed: Any,
    ) -> Shape:
        """Change settings and configuration."""
        state = self.context.cluster(cluster)
        state.settings = settings if settings is not None else state.settings
        state.configuration = configuration if configuration is not None else state.configuration
        return {"cluster": describe.cluster(state, ("SETTINGS", "CONFIGURATIONS", "TAGS"))}

    def update_cluster_settings(self, cluster: str, settings: list[Shape]) -> Shape:
        """Change settings."""
        return self.update_cluster(cluster, settings)

    def put_cluster_capacity_providers(
        self, cluster: str, capacityProviders: list[str], defaultCapacityProviderStrategy: list[Shape]
    ) -> Shape:
        """Associate exactly these; those not named are dropped, or ResourceInUseException where tasks use them.

        What belongs to the providers (attachments) follows later: `attachmentsStatus` is UPDATE_IN_PROGRESS until then,
        and another change UpdateInProgressException (botocore, `Cluster.attachmentsStatus` and the call's errors).
        """
        state = self.context.cluster(cluster)
        if self.context.now < state.attached_at:
            raise UpdateInProgress(BUSY)
        names = self._known_providers(capacityProviders)
        dropped = [name for name in state.capacity_providers if name not in names]
        if any(task.capacity_provider_name in dropped for task in state.tasks.values()):
            raise ResourceInUse("The specified capacity provider is in use and cannot be removed.")
        changed = set(names) ^ set(state.capacity_providers)
        self._associate(state, names, defaultCapacityProviderStrategy)
        if any(self.context.capacity_providers[name].group for name in changed):
            seconds = self.context.random_streams.seconds("ecs.attachments", self.context.aws.provider_change_seconds)
            state.attached_at = self.context.now + seconds
        return {"cluster": self._shown(state, ("ATTACHMENTS",))}

    def delete_cluster(self, cluster: str) -> Shape:
        """INACTIVE; refused while instances or services are left."""
        state = self.context.cluster(cluster)
        if state.instances:
            raise ClusterContainsContainerInstances("The Cluster cannot be deleted while Container Instances exist.")
        if any(service.status != "INACTIVE" for service in state.services.values()):
            raise ClusterContainsServices("The Cluster cannot be deleted while Services are active.")
        state.status = "INACTIVE"
        self._associate(state, [], [])
        return {"cluster": describe.cluster(state)}

    def _shown(self, cluster: Cluster, include: Sequence[str]) -> Shape:
        """The cluster as it is now, with what its providers are."""
        providers = [self.context.capacity_providers[name] for name in cluster.capacity_providers]
        return describe.cluster(cluster, include, self.context.now, providers)

    def _associate(self, cluster: Cluster, names: list[str], strategy: list[Shape]) -> None:
        trial = replace(cluster, capacity_providers=names)
        cluster.default_strategy = checked_strategy(self.context, trial, strategy)
        cluster.capacity_providers = names
        for group in filter(None, (self.context.capacity_providers[name].group for name in names)):
            self.context.scaling.mark(group, MANAGED_TAG)
        self.managed_scaling.refresh()
        self.managed_draining.refresh()

    def _known_providers(self, references: list[str]) -> list[str]:
        for reference in references:
            require(self.context.provider(reference), f"The specified capacity provider '{reference}' was not found.")
        return list(dict.fromkeys(short(reference) for reference in references))
