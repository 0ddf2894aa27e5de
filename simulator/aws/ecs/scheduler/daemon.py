"""DAEMON services: one task on each ACTIVE instance that matches; on a DRAINING one it is the last to stop.

Sources: developer guide, "Daemon" scheduling strategy and "Draining container instances" (daemon tasks are stopped
after the others). The maximum percent of a daemon service is 100: on each instance the old task stops first.
"""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.lifecycle import Lifecycle, Start
from simulator.aws.ecs.placement import binding_constraints, member_of
from simulator.aws.ecs.scheduler.replica import UNPLACEABLE, architecture_of, named
from simulator.aws.ecs.scheduler.service_events import complain, resolve, say
from simulator.aws.ecs.state import ContainerInstance, EcsService


class Daemons:
    """Reconciles DAEMON services."""

    def __init__(self, context: EcsContext, lifecycle: Lifecycle) -> None:
        self.context = context
        self.lifecycle = lifecycle

    def reconcile(self, service: EcsService) -> None:
        """Bring each instance to its one task of the newest deployment."""
        on = {task.instance.id: task for task in service.tasks.values()}
        matching = self._matching(service)
        service.desired_count = len(matching)
        self._replace_old(service)
        self._leave_draining(service)
        self._start_missing(service, [instance for instance in matching if instance.id not in on])

    def _matching(self, service: EcsService) -> list[ContainerInstance]:
        definition = service.primary.task_definition
        tests = member_of(binding_constraints(self.context.aws, service))
        architecture = architecture_of(definition.request)
        return [
            instance
            for instance in service.cluster.instances.values()
            if instance.status == "ACTIVE"
            and (not architecture or instance.attributes.get("ecs.cpu-architecture") == architecture)
            and all(test(instance) for test in tests)
        ]

    def _start_missing(self, service: EcsService, instances: list[ContainerInstance]) -> None:
        if service.primary.rollout_state == "FAILED" or service.not_before > self.context.now:
            return
        started, refused = [], 0
        resources = service.primary.task_definition.resources
        for instance in instances:
            if not instance.agent_connected:
                continue
            if instance.accounting.lacks(resources):
                refused += 1
                continue
            started.append(self.lifecycle.start(self._new_task(service), instance))
        service.unplaced = refused
        if refused:
            complain(self.context, service, UNPLACEABLE)
        elif started:
            resolve(service)
        if started:
            say(self.context, service, f"has started {len(started)} tasks: {named(started)}.")

    def _new_task(self, service: EcsService) -> Start:
        deployment = service.primary
        return Start(
            cluster=service.cluster,
            definition=deployment.task_definition,
            group=service.group,
            started_by=deployment.id,
            service=service,
            deployment=deployment,
            launch_type="EC2",
        )

    def _replace_old(self, service: EcsService) -> None:
        """Stop tasks of older deployments as far as the minimum healthy percent allows."""
        if service.primary.rollout_state == "FAILED":
            return
        spare = sum(task.healthy and task.wanted for task in service.tasks.values()) - service.floor
        for task in [task for task in service.tasks.values() if task.deployment is not service.primary]:
            if not task.wanted or (task.healthy and spare <= 0):
                continue
            spare -= task.healthy
            self.lifecycle.stop(task, f"Scaling activity initiated by (deployment {service.primary.id})")

    def _leave_draining(self, service: EcsService) -> None:
        for task in [task for task in service.tasks.values() if task.instance.status == "DRAINING"]:
            if task.instance.service_tasks == 0:
                self.lifecycle.stop(task, "Container instance is draining")
