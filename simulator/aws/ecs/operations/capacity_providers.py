"""Operations on capacity providers of Auto Scaling groups."""

import re
from typing import Any

from moto.core.exceptions import ServiceException

from simulator.aws.ecs import describe
from simulator.aws.ecs.context import require, short, tags_of
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.errors import ClientError
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.state import CapacityProvider

Shape = dict[str, Any]

DELETING = "DELETE_IN_PROGRESS"
DELETED_AFTER_SECONDS = (1.0, 5.0)
"""How long a deletion takes; AWS publishes no figure, this one is made up."""

NAME = re.compile(r"(?!aws|ecs|fargate)[A-Za-z0-9_-]{1,255}", re.IGNORECASE)
"""Botocore, `CreateCapacityProvider.name`: "can't be prefixed with "aws", "ecs", or "fargate"."""

EXISTS = (
    "The specified capacity provider already exists. To change the configuration of an existing capacity provider, "
    "update the capacity provider."
)
GROUP_TAKEN = (
    "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify a unique Auto "
    "Scaling group ARN and try again."
)
NO_GROUP = "The specified Auto Scaling group ARN is invalid. Specify a valid ARN and try again."
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
        require(NAME.fullmatch(name), f"Invalid capacity provider name: {name}")
        asked = autoScalingGroupProvider or {}
        self._check_new(name, asked["autoScalingGroupArn"])
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
        require(state.group, f"The {state.name} capacity provider is reserved and cannot be changed.")
        scaling = _scaling(state.managed_scaling, asked.get("managedScaling"))
        protection = asked.get("managedTerminationProtection", state.managed_termination_protection)
        _check(scaling, protection)
        state.managed_scaling, state.managed_termination_protection = scaling, protection
        state.managed_draining = asked.get("managedDraining", state.managed_draining)
        state.update_status, state.update_reason = "UPDATE_COMPLETE", ""
        self.managed_scaling.refresh()
        self.managed_draining.refresh()
        self.managed_termination.refresh_all(state)
        return {"capacityProvider": describe.capacity_provider(state)}

    def delete_capacity_provider(self, capacityProvider: str, **_other: Any) -> Shape:
        """INACTIVE a moment later; while a cluster has it, the answer says DELETE_FAILED (aws-nuke issue 542).

        Botocore, `CapacityProvider.updateStatus`: DELETE_IN_PROGRESS before.
        """
        state = self._provider(capacityProvider)
        require(state.group, f"The {state.name} capacity provider is reserved and cannot be deleted.")
        if any(state.name in cluster.capacity_providers for cluster in self.clusters.values()):
            state.update_status, state.update_reason = "DELETE_FAILED", IN_USE
        elif state.update_status != DELETING:
            state.update_status, state.update_reason = DELETING, ""
            seconds = self.context.random_streams.seconds("ecs.delete-provider", DELETED_AFTER_SECONDS)
            self.context.clock.after(seconds, lambda: _delete(state))
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
        states = self._providers()
        if capacityProviders:
            names = [short(reference) for reference in capacityProviders]
            known = {state.name: state for state in states}
            states = [known[name] for name in names if name in known]
            missing = [self.context.arn("capacity-provider", name) for name in names if name not in known]
            failures = [{"arn": arn, "reason": "MISSING"} for arn in missing]
        shown, more = page(states, lambda state: state.name, maxResults, nextToken)
        shapes = [describe.capacity_provider(state, include or ()) for state in shown]
        return {"capacityProviders": shapes, "failures": failures, **more}

    def _check_new(self, name: str, group_arn: str) -> None:
        """Raise ClientException in ECS's words (containers-roadmap issues 688 and 632)."""
        there = self.context.capacity_providers.get(name)
        if there is not None and there.status == "ACTIVE":
            raise ClientError(EXISTS)
        if any(each.group_arn == group_arn and each.status == "ACTIVE" for each in self._providers()):
            raise ClientError(GROUP_TAKEN)
        try:
            self.context.scaling.group(short(group_arn))
        except ServiceException as error:
            raise ClientError(NO_GROUP) from error

    def _providers(self) -> list[CapacityProvider]:
        return list(self.context.capacity_providers.values())

    def _provider(self, reference: str) -> CapacityProvider:
        state = self.context.provider(reference)
        if state is None:
            raise ClientError("The specified capacity provider does not exist. Specify a valid name or ARN.")
        return state


def _delete(state: CapacityProvider) -> None:
    state.status, state.update_status = "INACTIVE", "DELETE_COMPLETE"


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
