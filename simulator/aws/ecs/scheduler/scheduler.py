"""When the service scheduler reconciles which service.

A service is reconciled when something about it changed: its own settings, one of its tasks, or, while it waits for
room, any room in its cluster. Passes happen together, every `timings.scheduler_seconds` at most; when nothing changes
nothing is on the clock.
"""

from simulator.aws.ecs import events
from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.lifecycle import Lifecycle
from simulator.aws.ecs.scheduler.circuit_breaker import CircuitBreaker
from simulator.aws.ecs.scheduler.daemon import Daemons
from simulator.aws.ecs.scheduler.deployments import Deployments
from simulator.aws.ecs.scheduler.provisioning import Provisioning
from simulator.aws.ecs.scheduler.replica import Replicas
from simulator.aws.ecs.scheduler.service_deployments import ServiceDeployments
from simulator.aws.ecs.scheduler.zone_rebalancing import ZoneRebalancing
from simulator.aws.ecs.state import Cluster, ContainerInstance, EcsService, Task
from simulator.kernel.clock import Due


class ServiceScheduler:
    """Keeps the list of services to reconcile, and reconciles them."""

    def __init__(self, context: EcsContext, lifecycle: Lifecycle) -> None:
        self.context = context
        self.lifecycle = lifecycle
        self.deployments = Deployments(context)
        self.service_deployments = ServiceDeployments(context)
        self.circuit_breaker = CircuitBreaker(context, self.deployments)
        self.provisioning = Provisioning(context, lifecycle)
        self._replicas = Replicas(context, lifecycle, self.provisioning)
        self._daemons = Daemons(context, lifecycle)
        self._zones = ZoneRebalancing(context, lifecycle)
        self._dirty: dict[EcsService, None] = {}
        self._waiting: dict[EcsService, None] = {}
        self._roomier: dict[str, Cluster] = {}  # by name, where tasks in PROVISIONING may have room now
        self._next: Due | None = None
        self._subscribe()

    def enqueue(self, service: EcsService) -> None:
        """Reconcile the service in the next round."""
        self._dirty[service] = None
        self._run_soon()

    def capacity_changed(self, cluster: Cluster) -> None:
        """Instances came, went or changed: what waits for room may have it; daemons and zones are looked at."""
        self._room_changed(cluster)
        for service in cluster.services.values():
            if service.status == "ACTIVE" and (service.is_daemon or self._zones.watches(service)):
                self.enqueue(service)

    def _room_changed(self, cluster: Cluster) -> None:
        for service in [item for item in self._waiting if item.cluster is cluster]:
            self.enqueue(service)
        if self.provisioning.has(cluster):
            self._roomier[cluster.name] = cluster
            self._run_soon()

    def _run_soon(self) -> None:
        if self._next is None:
            self._next = self.context.clock.at(self._round(), self._run_round)

    def _round(self) -> float:
        """The next multiple of the cadence."""
        cadence = self.context.timings.scheduler_seconds
        return (self.context.now // cadence + 1) * cadence if cadence > 0 else self.context.now

    def _run_round(self) -> None:
        """One round: daemons first (ECS keeps their room free), then tasks that wait, then the others by age."""
        self._next = None
        services = sorted(self._dirty, key=lambda service: service.order)
        self._dirty.clear()
        self._reconcile([service for service in services if service.is_daemon])
        for cluster in self._roomier.values():
            self.provisioning.place(cluster)
        self._roomier.clear()
        self._reconcile([service for service in services if not service.is_daemon])

    def _reconcile(self, services: list[EcsService]) -> None:
        for service in services:
            if service.status == "ACTIVE":
                self._reconcile_active(service)
            elif service.status == "DRAINING":
                self._finish_deleting(service)

    def _reconcile_active(self, service: EcsService) -> None:
        if not service.deployments:
            return  # EXTERNAL: what runs is its task sets' matter
        if service.is_daemon:
            self._daemons.reconcile(service)
        elif not self._zones.holds(service):
            self._replicas.reconcile(service)
        self.deployments.settle(service)
        self._zones.look(service)
        if service.unplaced:
            self._waiting[service] = None
        else:
            self._waiting.pop(service, None)

    def _finish_deleting(self, service: EcsService) -> None:
        """Botocore, `DeleteService`: INACTIVE after all tasks are STOPPING or STOPPED."""
        for task in list(service.tasks.values()):
            self.lifecycle.stop(task, f"Scaling activity initiated by (deployment {service.primary.id})")
        if all(task.last_status == "STOPPING" for task in service.tasks.values()):
            service.status = "INACTIVE"
        self._waiting.pop(service, None)

    def _subscribe(self) -> None:
        bus = self.context.bus
        bus.subscribe(events.ContainerInstanceRegistered, lambda event: self.capacity_changed(event.cluster))
        bus.subscribe(events.ContainerInstanceDeregistered, lambda event: self.capacity_changed(event.instance.cluster))
        bus.subscribe(events.AttributesChanged, lambda event: self.capacity_changed(event.instance.cluster))
        bus.subscribe(events.AgentConnectionChanged, self._on_agent)
        bus.subscribe(events.ContainerInstanceStatusChanged, self._on_status)
        bus.subscribe(events.TaskRunning, lambda event: self._task_changed(event.task))
        bus.subscribe(events.TaskHealthy, self._on_healthy)
        bus.subscribe(events.TaskStopped, self._on_stopped)
        bus.subscribe(events.ServiceUpdated, lambda event: self.enqueue(event.service))

    def _task_changed(self, task: Task) -> None:
        if task.service is not None:
            self.enqueue(task.service)

    def _on_healthy(self, event: events.TaskHealthy) -> None:
        self.circuit_breaker.task_healthy(event.task)
        self._task_changed(event.task)

    def _on_stopped(self, event: events.TaskStopped) -> None:
        task, instance = event.task, event.instance
        if self.circuit_breaker.task_stopped(task) and task.service is not None:
            service = task.service
            self.context.clock.at(service.not_before, lambda: self.enqueue(service))
        self._task_changed(task)
        if instance.status == "DRAINING" and instance.service_tasks == 0:
            self._enqueue_services_on(instance)
        elif instance.open:
            self._room_changed(instance.cluster)

    def _on_agent(self, event: events.AgentConnectionChanged) -> None:
        if event.connected:
            self.capacity_changed(event.instance.cluster)

    def _on_status(self, event: events.ContainerInstanceStatusChanged) -> None:
        """DRAINING: PENDING service tasks stop at once, the rest is each service's own matter (botocore)."""
        instance = event.instance
        if event.after == "DRAINING":
            for task in [task for task in instance.tasks.values() if task.last_status == "PENDING"]:
                if task.service is not None:
                    self.lifecycle.stop(task, "Container instance is draining")
        self._enqueue_services_on(instance)
        self.capacity_changed(instance.cluster)

    def _enqueue_services_on(self, instance: ContainerInstance) -> None:
        for service in {task.service: None for task in instance.tasks.values()}:
            if service is not None:
                self.enqueue(service)
