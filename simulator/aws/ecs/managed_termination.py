"""Managed termination protection of capacity providers.

Instances with non-daemon tasks are protected from scale-in (botocore, `managedTerminationProtection`). It needs managed
scaling to be on.
"""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import (
    ContainerInstanceRegistered,
    TaskPlaced,
    TaskStopped,
)
from simulator.aws.ecs.state import CapacityProvider, ContainerInstance


class ManagedTermination:
    """Keeps scale-in protection in step with the tasks."""

    def __init__(self, context: EcsContext) -> None:
        self.context = context
        self._protected: dict[str, bool] = {}
        context.bus.subscribe(TaskPlaced, lambda event: self.refresh(event.instance))
        context.bus.subscribe(TaskStopped, lambda event: self.refresh(event.instance))
        context.bus.subscribe(ContainerInstanceRegistered, lambda event: self.refresh(event.instance))

    def refresh(self, instance: ContainerInstance) -> None:
        """Protect the instance when it has a non-daemon task, lift the protection when it has none any more."""
        provider = self._provider(instance)
        if provider is None or not protects(provider) or not instance.ec2_instance.alive:
            return
        wanted = instance.service_tasks > 0
        if self._protected.get(instance.id) is wanted:
            return
        self._protected[instance.id] = wanted  # the group may have protected a new instance by itself
        self.context.scaling.protect(provider.group, [instance.ec2_instance.instance_id], wanted)

    def refresh_all(self, provider: CapacityProvider) -> None:
        """After the provider's settings changed."""
        for instance in self.context.instances_by_ec2_id.values():
            if instance.capacity_provider_name == provider.name:
                self.refresh(instance)

    def _provider(self, instance: ContainerInstance) -> CapacityProvider | None:
        return self.context.provider(instance.capacity_provider_name or "")


def protects(provider: CapacityProvider) -> bool:
    """Termination protection works only with managed scaling."""
    return provider.scales and provider.managed_termination_protection == "ENABLED"
