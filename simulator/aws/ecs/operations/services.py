"""Operations on services: create, update, delete."""

from dataclasses import replace
from typing import Any

from simulator.aws.ecs import describe
from simulator.aws.ecs.context import require, tags_of
from simulator.aws.ecs.errors import ClientError, InvalidParameter, ServiceNotActive
from simulator.aws.ecs.events import ServiceUpdated
from simulator.aws.ecs.fargate import FARGATE
from simulator.aws.ecs.operations import service_checks
from simulator.aws.ecs.operations.active_definition import INACTIVE, active_definition
from simulator.aws.ecs.operations.service_reads import ServiceReads
from simulator.aws.ecs.operations.strategies import checked_constraints, checked_rules, checked_strategy
from simulator.aws.ecs.state import Cluster, EcsService

Shape = dict[str, Any]

FORCE_NEEDED = (
    "When switching from launch type to capacity provider strategy on an existing service, or making a change to a "
    "capacity provider strategy on a service that is already using one, you must force a new deployment."
)
TRIGGERS = ("loadBalancers", "networkConfiguration", "serviceRegistries", "serviceConnectConfiguration")
"""Members besides the task definition whose change starts a deployment (botocore, `UpdateService`)."""

ZONE = "attribute:ecs.availability-zone"
ZONE_SPREAD = {"type": "spread", "field": ZONE}


class ServiceOperations(ServiceReads):
    """CreateService and its kin."""

    def create_service(
        self,
        serviceName: str,
        taskDefinition: str | None = None,
        cluster: str | None = None,
        desiredCount: int | None = None,
        schedulingStrategy: str = "REPLICA",
        launchType: str | None = None,
        capacityProviderStrategy: list[Shape] | None = None,
        deploymentConfiguration: Shape | None = None,
        placementConstraints: list[dict[str, str]] | None = None,
        placementStrategy: list[dict[str, str]] | None = None,
        loadBalancers: list[Shape] | None = None,
        availabilityZoneRebalancing: str | None = None,
        tags: list[Shape] | None = None,
        clientToken: str | None = None,
        **echoed: Any,
    ) -> Shape:
        """Make the service and its first deployment; the scheduler starts tasks from the next round on.

        A repeated `clientToken` is answered by the service that it made. An EXTERNAL service has no task definition and
        no deployment: those are its task sets', which this region has not.
        """
        owner = self.context.cluster(cluster)
        service_checks.check_name(serviceName)
        existing = owner.services.get(serviceName)
        if existing and existing.status != "INACTIVE" and clientToken and existing.client_token == clientToken:
            return {"service": describe.service(self.context, existing, ("TAGS",))}
        require(existing is None or existing.status == "INACTIVE", "Creation of service was not idempotent.")
        daemon = schedulingStrategy == "DAEMON"
        require(daemon or desiredCount is not None, "Desired count is required for the REPLICA scheduling strategy.")
        require(not (daemon and desiredCount), "The desired count cannot be set for the DAEMON scheduling strategy.")
        require((desiredCount or 0) >= 0, "The desired count cannot be negative.")
        external = (echoed.get("deploymentController") or {}).get("type") == "EXTERNAL"
        require(external or taskDefinition, "TaskDefinition can not be blank.")
        definition = active_definition(self.context, taskDefinition) if taskDefinition else None
        constraints = placementConstraints or []
        checked_constraints(constraints, definition.placement_constraints if definition else [])
        strategy, launch_type = self._where(owner, launchType, capacityProviderStrategy, daemon)
        service = EcsService(
            arn=self.context.arn("service", owner.name, serviceName),
            name=serviceName,
            cluster=owner,
            definition=definition,
            desired_count=desiredCount or 0,
            scheduling_strategy=schedulingStrategy,
            launch_type=launch_type,
            original_launch_type=launch_type,
            capacity_provider_strategy=strategy,
            deployment_configuration=deploymentConfiguration or {},
            placement_constraints=constraints,
            placement_strategy=checked_rules(placementStrategy or []),
            load_balancers=loadBalancers or [],
            availability_zone_rebalancing="DISABLED",
            created_at=self.context.now,
            order=self.context.next_order(),
            echoed=echoed,
            tags=tags_of(tags),
            client_token=clientToken,
        )
        self._check(service)
        service.availability_zone_rebalancing = _rebalancing(service, availabilityZoneRebalancing)
        owner.services[serviceName] = service
        if definition is not None:
            self.scheduler.deployments.begin(service)
        return self._changed(service)

    def update_service(
        self,
        service: str,
        cluster: str | None = None,
        desiredCount: int | None = None,
        taskDefinition: str | None = None,
        capacityProviderStrategy: list[Shape] | None = None,
        deploymentConfiguration: Shape | None = None,
        placementConstraints: list[dict[str, str]] | None = None,
        placementStrategy: list[dict[str, str]] | None = None,
        loadBalancers: list[Shape] | None = None,
        availabilityZoneRebalancing: str | None = None,
        forceNewDeployment: bool = False,
        **echoed: Any,
    ) -> Shape:
        """Change what is named.

        A new deployment starts for another task definition, load balancer or network, or by
        force; for desired count, placement, percentages and rebalancing none does (botocore).

        Changing the capacity provider strategy without `forceNewDeployment` is InvalidParameterException; an empty
        strategy returns to the launch type.
        """
        state = self._active(cluster, service)
        asked: Shape = {"capacityProviderStrategy": capacityProviderStrategy, "forceNewDeployment": forceNewDeployment}
        asked |= {"loadBalancers": loadBalancers, "taskDefinition": taskDefinition, **echoed}
        asked["deploymentConfiguration"] = deploymentConfiguration
        service_checks.check_controller(state, asked)
        require((desiredCount or 0) >= 0, "The desired count cannot be negative.")
        require(not (state.is_daemon and desiredCount is not None), "A DAEMON service has no desired count.")
        definition = active_definition(self.context, taskDefinition) if taskDefinition else state.definition
        strategy = state.capacity_provider_strategy
        if capacityProviderStrategy is not None:
            strategy = checked_strategy(self.context, state.cluster, capacityProviderStrategy)
        moves = strategy != state.capacity_provider_strategy
        require(forceNewDeployment or not moves, FORCE_NEEDED)
        constraints = state.placement_constraints if placementConstraints is None else placementConstraints
        checked_constraints(constraints, definition.placement_constraints if definition else [])
        rules = state.placement_strategy if placementStrategy is None else checked_rules(placementStrategy)

        refused = self.context.aws.inactive_definitions == "refused" and definition and definition.status != "ACTIVE"
        if forceNewDeployment and refused:
            raise ClientError(INACTIVE)
        triggered = any(echoed.get(name) not in (None, state.echoed.get(name)) for name in TRIGGERS)
        triggered |= loadBalancers is not None and loadBalancers != state.load_balancers
        triggered |= forceNewDeployment or definition is not state.definition
        launch_type = state.launch_type
        if moves:
            launch_type = None if strategy else state.original_launch_type or "EC2"
        changed: dict[str, Any] = {
            "desired_count": state.desired_count if desiredCount is None else desiredCount,
            "definition": definition,
            "capacity_provider_strategy": strategy,
            "launch_type": launch_type,
            "deployment_configuration": {**state.deployment_configuration, **(deploymentConfiguration or {})},
            "placement_constraints": constraints,
            "placement_strategy": rules,
            "load_balancers": state.load_balancers if loadBalancers is None else loadBalancers,
            "echoed": {**state.echoed, **echoed},
        }
        trial = replace(state, **changed)
        self._check(trial)
        before = state.availability_zone_rebalancing
        changed["availability_zone_rebalancing"] = _rebalancing(trial, availabilityZoneRebalancing or before)
        for name, value in changed.items():
            setattr(state, name, value)
        if triggered:
            self.scheduler.deployments.begin(state)
        return self._changed(state)

    def delete_service(self, service: str, cluster: str | None = None, force: bool = False) -> Shape:
        """DRAINING until its tasks are stopping, then INACTIVE; a REPLICA service with tasks only by force."""
        state = self._active(cluster, service)
        busy = state.desired_count > 0 or state.running_count > 0
        require(force or state.is_daemon or not busy, "The service cannot be stopped while it is scaled above 0.")
        state.status, state.desired_count = "DRAINING", 0
        return self._changed(state)

    def _changed(self, service: EcsService) -> Shape:
        self.context.bus.emit(ServiceUpdated(service))
        return {"service": describe.service(self.context, service, ("TAGS",))}

    def _active(self, cluster: str | None, reference: str) -> EcsService:
        service = self.context.service(self.context.cluster(cluster), reference)
        if service.status != "ACTIVE":
            raise ServiceNotActive
        return service

    def _where(
        self, cluster: Cluster, launch_type: str | None, strategy: list[Shape] | None, daemon: bool
    ) -> tuple[list[Shape], str | None]:
        """Strategy and launch type: what is asked for, else the cluster's default strategy, else EC2."""
        if strategy and launch_type:
            raise InvalidParameter(
                "Specifying both a launch type and capacity provider strategy is not supported. "
                "Remove one and try again."
            )
        if strategy:
            return checked_strategy(self.context, cluster, strategy), None
        if launch_type is None and cluster.default_strategy and not daemon:
            return list(cluster.default_strategy), None
        require(launch_type in (None, "EC2", FARGATE), f"The simulated region has no launch type {launch_type}.")
        return [], launch_type or "EC2"

    def _check(self, service: EcsService) -> None:
        """Raise for what ECS refuses of a service as it would be."""
        service_checks.check_scheduling(service)
        service_checks.check_strategy(service.deployment_configuration)
        service_checks.check_percentages(service)
        service_checks.check_grace_period(service)
        if service.definition is None:
            return
        service_checks.check_launch_type(service.definition, service.launch_type, service.capacity_provider_strategy)
        service_checks.check_network(service.definition, service.echoed.get("networkConfiguration"))
        service_checks.check_targets(self.context, service)


def _rebalancing(service: EcsService, asked: str | None) -> str:
    """ENABLED by default for new services.

    Impossible with 100 percent at most, for daemons, behind a Classic Load Balancer, with a constraint on the zone, or
    when the first placement rule is not the zone spread (developer guide, "service rebalancing").
    """
    rules = service.placement_strategy
    possible = (
        not service.is_daemon
        and service.maximum_percent > 100
        and not any("loadBalancerName" in item for item in service.load_balancers)
        and not any(ZONE in item.get("expression", "") for item in service.placement_constraints)
        and (not rules or {"type": rules[0]["type"], "field": rules[0].get("field")} == ZONE_SPREAD)
    )
    require(asked != "ENABLED" or possible, "Availability Zone rebalancing does not support this service's settings.")
    return asked or ("ENABLED" if possible else "DISABLED")
