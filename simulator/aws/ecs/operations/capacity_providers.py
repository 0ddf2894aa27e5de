"""Operations on capacity providers of Auto Scaling groups."""

from typing import Any

from simulator.aws.ecs import describe
from simulator.aws.ecs.context import require, short, tags_of
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.errors import ClientError
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.state import CapacityProvider

Shape = dict[str, Any]

IN_USE = "The capacity provider cannot be deleted because it is associated with cluster."

SCALING_DEFAULTS: Shape = {
    "status": "DISABLED",
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10000,
    "instanceWarmupPeriod": 300,
}
"""Botocore, `ManagedScaling`."""


class CapacityProviderOperations(ControlPlane):
    """CreateCapacityProvider and its kin."""

    def create_capacity_provider(
        self, name: str, autoScalingGroupProvider: Shape | None = None, tags: list[Shape] | None = None, **_other: Any
    ) -> Shape:
        """Managed draining is on unless said otherwise (botocore); managed termination protection is off."""
        require(autoScalingGroupProvider, "autoScalingGroupProvider must be specified.")
        require(self.context.provider(name) is None, "A capacity provider with the specified name already exists.")
        asked = autoScalingGroupProvider or {}
        state = CapacityProvider(
            arn=self.context.arn("capacity-provider", name),
            name=name,
            group=short(asked["autoScalingGroupArn"]),
            group_arn=asked["autoScalingGroupArn"],
            managed_scaling=_scaling(SCALING_DEFAULTS, asked.get("managedScaling")),
            managed_termination_protection=asked.get("managedTerminationProtection", "DISABLED"),
            managed_draining=asked.get("managedDraining", "ENABLED"),
            tags=tags_of(tags),
        )
        _check(state.managed_scaling, state.managed_termination_protection)
        self.context.capacity_providers[name] = state
        return {"capacityProvider": describe.capacity_provider(state)}

    def update_capacity_provider(
        self, name: str, autoScalingGroupProvider: Shape | None = None, **_other: Any
    ) -> Shape:
        """Change the settings that are named."""
        state, asked = self._provider(name), autoScalingGroupProvider or {}
        scaling = _scaling(state.managed_scaling, asked.get("managedScaling"))
        protection = asked.get("managedTerminationProtection", state.managed_termination_protection)
        _check(scaling, protection)
        state.managed_scaling, state.managed_termination_protection = scaling, protection
        state.managed_draining = asked.get("managedDraining", state.managed_draining)
        state.update_status, state.update_reason = "UPDATE_COMPLETE", ""
        self.managed_scaling.refresh()
        self.managed_termination.refresh_all(state)
        return {"capacityProvider": describe.capacity_provider(state)}

    def delete_capacity_provider(self, capacityProvider: str, **_other: Any) -> Shape:
        """INACTIVE; while a cluster is associated with it, the answer says DELETE_FAILED (aws-nuke issue 542)."""
        state = self._provider(capacityProvider)
        require(state.group, f"The {state.name} capacity provider is reserved and cannot be deleted.")
        if any(state.name in cluster.capacity_providers for cluster in self.clusters.values()):
            state.update_status, state.update_reason = "DELETE_FAILED", IN_USE
        else:
            state.status, state.update_status, state.update_reason = "INACTIVE", "DELETE_COMPLETE", ""
        return {"capacityProvider": describe.capacity_provider(state)}

    def describe_capacity_providers(
        self,
        capacityProviders: list[str] | None = None,
        include: list[str] | None = None,
        maxResults: int | None = None,
        nextToken: str | None = None,
        **_other: Any,
    ) -> Shape:
        """The named ones, or all; unknown ones are failures MISSING."""
        failures = []
        states = list(self.context.capacity_providers.values())
        if capacityProviders:
            names = [short(reference) for reference in capacityProviders]
            known = {state.name: state for state in states}
            states = [known[name] for name in names if name in known]
            missing = [self.context.arn("capacity-provider", name) for name in names if name not in known]
            failures = [{"arn": arn, "reason": "MISSING"} for arn in missing]
        shown, more = page(states, lambda state: state.name, maxResults, nextToken)
        shapes = [describe.capacity_provider(state, include or ()) for state in shown]
        return {"capacityProviders": shapes, "failures": failures, **more}

    def _provider(self, reference: str) -> CapacityProvider:
        state = self.context.provider(reference)
        if state is None:
            raise ClientError("The specified capacity provider does not exist. Specify a valid name or ARN.")
        return state


def _scaling(before: Shape, asked: Shape | None) -> Shape:
    return {**before, **{name: value for name, value in (asked or {}).items() if value is not None}}


def _check(scaling: Shape, protection: str) -> None:
    require(0 < scaling["targetCapacity"] <= 100, "targetCapacity must be between 1 and 100.")
    require(
        scaling["minimumScalingStepSize"] <= scaling["maximumScalingStepSize"],
        "minimumScalingStepSize must not exceed maximumScalingStepSize.",
    )
    require(
        protection != "ENABLED" or scaling["status"] == "ENABLED",
        "Managed termination protection can only be enabled when managed scaling is enabled.",
    )
