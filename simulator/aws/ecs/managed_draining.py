"""Managed draining of capacity providers: a termination waits until the instance's tasks are gone.

ECS keeps a lifecycle hook of its own on the group of each provider that asks for it, while a cluster has the provider.
When an instance waits for that hook, ECS drains it and lets the termination go on as soon as no task is left; one
without tasks goes at once. It prolongs the wait as long as Auto Scaling lets it, which is 48 hours. Sources: developer
guide, "Amazon ECS managed instance draining"; containers-roadmap issue 2467.
"""

from simulator.aws.autoscaling.events import LifecycleActionStarted
from simulator.aws.autoscaling.hook_state import TERMINATING
from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import ContainerInstanceDeregistered, ContainerInstanceStatusChanged, TaskStopped
from simulator.aws.ecs.state import CapacityProvider, ContainerInstance

HOOK = "ecs-managed-draining-termination-hook"
HEARTBEAT_SECONDS = 3600
PROLONGS_SECONDS = 1800.0
ANSWERS_SECONDS = (1.0, 5.0)
"""How long ECS takes to hear of a termination, and to answer; AWS publishes no figure, this one is made up."""


class ManagedDraining:
    """Keeps the hooks in step with the providers, and answers them."""

    def __init__(self, context: EcsContext) -> None:
        self.context = context
        self._hooked: dict[str, str] = {}  # by provider, its group
        self._waiting: dict[str, str] = {}  # by EC2 instance id, its group
        context.bus.subscribe(LifecycleActionStarted, self._terminating)
        context.bus.subscribe(TaskStopped, self._emptier)
        context.bus.subscribe(ContainerInstanceDeregistered, self._emptier)

    def refresh(self) -> None:
        """After providers, their settings or their clusters changed."""
        for provider in self.context.capacity_providers.values():
            wanted = self._drains(provider)
            if wanted and provider.name not in self._hooked:
                self._hooked[provider.name] = provider.group
                self.context.scaling.put_hook(provider.group, HOOK, TERMINATING, HEARTBEAT_SECONDS, "CONTINUE")
            elif not wanted and provider.name in self._hooked:
                self.context.scaling.remove_hook(self._hooked.pop(provider.name), HOOK)

    def _drains(self, provider: CapacityProvider) -> bool:
        used = any(provider.name in cluster.capacity_providers for cluster in self.context.clusters.values())
        return used and provider.status == "ACTIVE" and provider.managed_draining == "ENABLED"

    def _terminating(self, event: LifecycleActionStarted) -> None:
        if event.hook == HOOK:
            self._waiting[event.instance_id] = event.group
            seconds = self.context.random_streams.seconds("ecs.managed-draining", ANSWERS_SECONDS)
            self.context.clock.after(seconds, lambda: self._drain(event.instance_id))

    def _emptier(self, event: TaskStopped | ContainerInstanceDeregistered) -> None:
        self._look(event.instance.key)

    def _drain(self, instance_id: str) -> None:
        if self._look(instance_id):
            return
        instance = self.context.instances_by_ec2_id[instance_id]
        self._prolong_later(instance_id)
        if instance.status == "ACTIVE":
            instance.status = "DRAINING"
            instance.version += 1
            self.context.bus.emit(ContainerInstanceStatusChanged(instance, "ACTIVE", "DRAINING"))

    def _look(self, instance_id: str) -> bool:
        """Let the termination go on if no task is left; True if it did, or if nothing waits."""
        if instance_id not in self._waiting:
            return True
        instance: ContainerInstance | None = self.context.instances_by_ec2_id.get(instance_id)
        if instance is not None and instance.tasks:
            return False
        seconds = self.context.random_streams.seconds("ecs.managed-draining", ANSWERS_SECONDS)
        group = self._waiting.pop(instance_id)
        self.context.clock.after(seconds, lambda: self.context.scaling.complete(group, instance_id, HOOK))
        return True

    def _prolong_later(self, instance_id: str) -> None:
        self.context.clock.after(PROLONGS_SECONDS, lambda: self._prolong(instance_id))

    def _prolong(self, instance_id: str) -> None:
        if group := self._waiting.get(instance_id):
            if self.context.scaling.prolong(group, instance_id, HOOK):
                self._prolong_later(instance_id)
            else:
                del self._waiting[instance_id]
