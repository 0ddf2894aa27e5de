"""Managed scaling of capacity providers: one datapoint of CapacityProviderReservation a minute, and what follows.

Reservation is M / N in percent: N instances in the group, M instances that the tasks need (those with a non-daemon
task, and those that tasks in PROVISIONING would need). Above the target it scales out at once; below it for fifteen
datapoints in a row it scales in, so a new and still empty fleet is reclaimed. From zero it launches two.
Sources: developer guide, "managed scaling behavior"; botocore, `ManagedScaling`. Unknown on AWS, and decided here:
DRAINING instances count in N, and in M while they have tasks.
"""

import math

from moto.core.exceptions import ServiceException

from simulator.aws.autoscaling.state import RequestedBy
from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.describe import policy_name
from simulator.aws.ecs.state import CapacityProvider, Cluster, ContainerInstance, Task
from simulator.kernel.clock import Due
from simulator.kernel.instance_types import instance_type_facts

DATAPOINT_SECONDS = 60.0
SCALE_IN_AFTER_DATAPOINTS = 15
FROM_ZERO = 2


class ManagedScaling:
    """One loop of datapoints per provider whose managed scaling is on and that a cluster uses."""

    def __init__(self, context: EcsContext) -> None:
        self.context = context
        self._loops: dict[str, Due] = {}
        self._below: dict[str, int] = {}
        self._policies: dict[str, list[str]] = {}  # by provider, what it has on its group

    def refresh(self) -> None:
        """Start or stop loops after providers, their settings or their clusters changed."""
        for provider in self.context.capacity_providers.values():
            runs = provider.name in self._loops
            if self._manages(provider):
                self._put_policies(provider)
            if self._manages(provider) and not runs:
                self._again(provider)
            elif runs and not self._manages(provider):
                self._loops.pop(provider.name).cancel()
                self._below.pop(provider.name, None)
                for policy in self._policies.pop(provider.name, ()):
                    self.context.scaling.remove_policy(provider.group, policy)

    def _put_policies(self, provider: CapacityProvider) -> None:
        """Developer guide, "cluster auto scaling": one for each cluster that has the provider, gone with the loop."""
        wanted = [policy_name(cluster, provider) for cluster in self._clusters(provider)]
        for policy in self._policies.get(provider.name, ()):
            if policy not in wanted:
                self.context.scaling.remove_policy(provider.group, policy)
        for policy in wanted:
            self.context.scaling.put_policy(provider.group, policy, float(provider.managed_scaling["targetCapacity"]))
        self._policies[provider.name] = wanted

    def reservation(self, provider: CapacityProvider) -> float:
        """CapacityProviderReservation in percent: 100 for an empty group that nobody needs, 200 for one that is."""
        have, need = len(self._instances(provider)), self.needed(provider)
        if have == 0:
            return 200.0 if need else 100.0
        return need / have * 100

    def needed(self, provider: CapacityProvider) -> int:
        """M: the instances that tasks occupy, and those that tasks in PROVISIONING would need."""
        instances = self._instances(provider)
        occupied = sum(instance.service_tasks > 0 for instance in instances)
        extra = sum(self._instances_for(provider, alike) for alike in self._waiting(provider))
        return occupied + extra

    def _datapoint(self, provider: CapacityProvider) -> None:
        self._again(provider)
        try:
            group = self.context.scaling.group(provider.group)
        except ServiceException:  # deleted before its provider
            return
        target = float(provider.managed_scaling["targetCapacity"])
        reservation = self.reservation(provider)
        if reservation > target:
            self._below[provider.name] = 0
            self._scale_out(provider, int(group.desired), int(group.max_size), target)
        elif reservation < target:
            self._below[provider.name] = self._below.get(provider.name, 0) + 1
            if self._below[provider.name] >= SCALE_IN_AFTER_DATAPOINTS:
                self._scale_in(provider, int(group.desired), int(group.min_size), target)
        else:
            self._below[provider.name] = 0

    def _scale_out(self, provider: CapacityProvider, desired: int, most: int, target: float) -> None:
        have = len(self._instances(provider))
        if desired > have:
            return  # what was launched is still warming up (`instanceWarmupPeriod`)
        wanted = FROM_ZERO if have == 0 else math.ceil(self.needed(provider) / target * 100)
        step = min(
            max(wanted - desired, provider.managed_scaling["minimumScalingStepSize"]),
            provider.managed_scaling["maximumScalingStepSize"],
        )
        if (n := min(desired + step, most)) > desired:
            self._set_desired(provider, n)

    def _scale_in(self, provider: CapacityProvider, desired: int, least: int, target: float) -> None:
        n = max(math.ceil(self.needed(provider) / target * 100), least)
        if n < desired:
            self._below[provider.name] = 0
            self._set_desired(provider, n)

    def _set_desired(self, provider: CapacityProvider, desired: int) -> None:
        cause = f"managed scaling of capacity provider {provider.name}"
        self.context.scaling.set_desired(provider.group, desired, cause, requested_by=RequestedBy.MANAGED_SCALING)

    def _instances_for(self, provider: CapacityProvider, waiting: list[Task]) -> int:
        """How many more instances of the group's kind tasks of one kind that wait for room fill."""
        known, count = self._instances(provider), len(waiting)
        if not known:
            return count
        resources, service = waiting[0].task_definition.resources, waiting[0].service
        facts = instance_type_facts(known[0].ec2_instance.instance_type)
        fit = [
            facts.cpu // resources.cpu if resources.cpu else count,
            facts.memory // resources.memory if resources.memory else count,
        ]
        if resources.gpu:
            fit.append(facts.gpu // resources.gpu)
        constraints = service.placement_constraints if service else []
        if resources.ports or any(item["type"] == "distinctInstance" for item in constraints):
            fit.append(1)
        return math.ceil(count / min(fit)) if min(fit) > 0 else 0

    def _waiting(self, provider: CapacityProvider) -> list[list[Task]]:
        """Its tasks in PROVISIONING, those of one group and definition together."""
        alike: dict[tuple[str, str], list[Task]] = {}
        for cluster in self._clusters(provider):
            for task in cluster.tasks.values():
                if task.last_status == "PROVISIONING" and task.capacity_provider_name == provider.name:
                    alike.setdefault((task.group, task.task_definition.key), []).append(task)
        return list(alike.values())

    def _instances(self, provider: CapacityProvider) -> list[ContainerInstance]:
        return [
            instance
            for cluster in self._clusters(provider)
            for instance in cluster.instances.values()
            if instance.capacity_provider_name == provider.name and instance.ec2_instance.alive
        ]

    def _clusters(self, provider: CapacityProvider) -> list[Cluster]:
        return [item for item in self.context.clusters.values() if provider.name in item.capacity_providers]

    def _manages(self, provider: CapacityProvider) -> bool:
        return provider.status == "ACTIVE" and provider.scales and bool(self._clusters(provider))

    def _again(self, provider: CapacityProvider) -> None:
        self._loops[provider.name] = self.context.clock.after(DATAPOINT_SECONDS, lambda: self._datapoint(provider))
