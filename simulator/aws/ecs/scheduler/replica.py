"""REPLICA services: keep the desired number of tasks on the newest deployment and off DRAINING instances.

One pass compares what is with what should be, starts what the maximum percent leaves room for and stops what the
minimum healthy percent can spare. A deployment and a drain are the same to it: tasks that must be replaced.
Sources: botocore, `UpdateContainerInstancesState`, `UpdateService`, `DeploymentConfiguration`.
"""

from collections import Counter
from dataclasses import dataclass

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.fargate import FARGATE, PROVIDERS, place_for
from simulator.aws.ecs.lifecycle import Lifecycle, Start
from simulator.aws.ecs.placement import CandidatePool, PlacementRequest, binding_constraints, next_provider
from simulator.aws.ecs.scheduler.provisioning import Provisioning
from simulator.aws.ecs.scheduler.service_events import complain, resolve, say
from simulator.aws.ecs.state import ContainerInstance, EcsService, Task
from simulator.scenario.aws import Aws

PROVISIONING_FULL = (
    "was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded."
)
"""Developer guide, "service event messages"."""

UNPLACEABLE = "was unable to place a task because no container instance met all of its requirements."
DEADLOCKED = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)


@dataclass
class ReplicaStatus:
    """What one pass finds of a service; numbers count tasks of desired status RUNNING, `live` all of them."""

    keep: list[Task]
    replace: list[Task]
    live: int
    running: int
    healthy: int


class Replicas:
    """Reconciles REPLICA services."""

    def __init__(self, context: EcsContext, lifecycle: Lifecycle, provisioning: Provisioning) -> None:
        self.context = context
        self.lifecycle = lifecycle
        self.provisioning = provisioning

    def reconcile(self, service: EcsService) -> None:
        """Do all that can be done now; what takes time makes an event, and the event another pass."""
        status = self._status_of(service)
        started = self._start(service, status)
        stopped = self._stop(service, status)
        if not started and not stopped:
            self._complain_when_stuck(service, status)

    def _status_of(self, service: EcsService) -> ReplicaStatus:
        keep: list[Task] = []
        replace: list[Task] = []
        running = healthy = 0
        for task in service.tasks.values():
            if not task.wanted:
                continue
            running += task.last_status == "RUNNING"
            healthy += task.healthy
            (replace if _must_go(service, task) else keep).append(task)
        return ReplicaStatus(keep, replace, len(service.tasks), running, healthy)

    def _start(self, service: EcsService, status: ReplicaStatus) -> list[Task]:
        """Start what is missing, as far as the maximum percent, the back-off and the instances allow."""
        missing = service.desired_count - len(status.keep)
        may_start = min(missing, service.ceiling - status.live)
        service.unplaced = 0
        if may_start <= 0 or service.primary.rollout_state == "FAILED" or service.not_before > self.context.now:
            return []
        started, closest = self._place(service, status, may_start)
        if started:
            say(self.context, service, f"has started {len(started)} tasks: {named(started)}.")
        if service.unplaced and self.provisioning.is_full(service.cluster):
            complain(self.context, service, PROVISIONING_FULL)
        elif service.unplaced or not all(task.placed for task in started):
            complain(self.context, service, UNPLACEABLE + closest)
        else:
            resolve(service)
        return started

    def _place(self, service: EcsService, status: ReplicaStatus, count: int) -> tuple[list[Task], str]:
        """Start up to `count` tasks; the second result tells what the closest instance lacked for the next one.

        Without room a task of a provider with managed scaling waits in PROVISIONING, any other is not made.
        """
        strategy = service.primary.strategy
        placed: Counter[str | None] = Counter(task.capacity_provider_name for task in status.keep)
        pools: dict[str | None, CandidatePool] = {}
        started: list[Task] = []
        while len(started) < count:
            provider = next_provider(strategy, placed)
            instance = self._room(service, provider, pools)
            if instance is not None:
                started.append(self.lifecycle.start(new_task(service, provider), instance))
            elif self.provisioning.waits_for(provider) and not self.provisioning.is_full(service.cluster):
                started.append(self._provision(service, provider))
            else:
                service.unplaced = count - len(started)
                break
            placed[provider] += 1
        status.live += len(started)
        status.keep += started
        return started, pools[provider].lacking() if provider in pools else ""

    def _room(
        self, service: EcsService, provider: str | None, pools: dict[str | None, CandidatePool]
    ) -> ContainerInstance | None:
        """Where one more task fits; on Fargate always."""
        if provider in PROVIDERS or service.primary.launch_type == FARGATE:
            return place_for(self.context, service.cluster, service.primary.task_definition, provider)
        if provider not in pools:
            asked = request_of(self.context.aws, service, provider)
            pools[provider] = CandidatePool(asked, self.context.random_streams)
        return pools[provider].best()

    def _provision(self, service: EcsService, provider: str | None) -> Task:
        new = new_task(service, provider)
        return self.provisioning.wait(new, lambda: request_of(self.context.aws, service, provider))

    def _stop(self, service: EcsService, status: ReplicaStatus) -> list[Task]:
        """Stop what must go and what is too many, never below the minimum healthy percent.

        A task that is not healthy is no part of the minimum, yet it may be taken only while more tasks run than
        the minimum, one that does not run yet always. Task protection holds back deployments and scale-in; that it
        holds back draining, too, is `aws.protected_tasks_on_draining`.
        """
        surplus = max(0, len(status.keep) - service.desired_count)
        spare_healthy = status.healthy - service.floor
        spare_running = status.running - service.floor
        stopped: list[Task] = []
        for task in self._candidates(service, status, surplus, max(0, spare_running)):
            if task.last_status == "RUNNING":
                if spare_running <= 0 or (task.healthy and spare_healthy <= 0):
                    continue
                spare_running -= 1
                spare_healthy -= task.healthy
            self.lifecycle.stop(task, f"Scaling activity initiated by (deployment {service.primary.id})")
            stopped.append(task)
        if stopped:
            verb = "has begun draining connections on" if service.load_balancers else "has stopped"
            say(self.context, service, f"{verb} {len(stopped)} running tasks: {named(stopped)}.")
        return stopped

    def _candidates(self, service: EcsService, status: ReplicaStatus, surplus: int, spare: int) -> list[Task]:
        """What may be stopped, cheapest first: not RUNNING yet, RUNNING but not healthy, healthy."""
        replace = [task for task in status.replace if not self._is_held(task)]
        keep = [task for task in status.keep if not self.lifecycle.is_protected(task)] if surplus else []
        pending = [task for task in replace if task.pending]
        unhealthy = [task for task in replace if task.last_status == "RUNNING" and not task.healthy]
        healthy = [task for task in replace if task.healthy]
        chosen = pending + unhealthy + most_crowded_first(service, healthy, spare)
        keep.sort(key=lambda task: (task.last_status == "RUNNING") + task.healthy)
        cheap = [task for task in keep if not task.healthy][:surplus]
        dear = most_crowded_first(service, [task for task in keep if task.healthy], surplus - len(cheap))
        return sorted(chosen + cheap + dear, key=lambda task: (task.last_status == "RUNNING") + task.healthy)

    def _is_held(self, task: Task) -> bool:
        """Whether its protection keeps it from being replaced."""
        drained = task.instance.status == "DRAINING" and self.context.aws.protected_tasks_on_draining == "stop"
        return self.lifecycle.is_protected(task) and not drained

    def _complain_when_stuck(self, service: EcsService, status: ReplicaStatus) -> None:
        settled = status.live == status.running == status.healthy
        no_room = status.live >= service.ceiling and status.healthy <= service.floor
        if status.replace and settled and no_room and len(status.keep) < service.desired_count:
            complain(self.context, service, DEADLOCKED)


def new_task(service: EcsService, provider: str | None) -> Start:
    """One more task of its newest deployment."""
    deployment = service.primary
    return Start(
        cluster=service.cluster,
        definition=deployment.task_definition,
        group=service.group,
        started_by=deployment.id,
        service=service,
        deployment=deployment,
        provider=provider,
        launch_type=None if provider else deployment.launch_type or "EC2",
    )


def request_of(aws: Aws, service: EcsService, provider: str | None) -> PlacementRequest:
    """What one more task of the service asks of an instance: the service's rules and its task definition's."""
    definition = service.primary.task_definition
    return PlacementRequest(
        cluster=service.cluster,
        resources=definition.resources,
        group=service.group,
        service=service,
        provider=provider,
        constraints=binding_constraints(aws, service),
        strategy=service.placement_strategy,
        architecture=architecture_of(definition.request),
    )


def architecture_of(definition: dict[str, object]) -> str | None:
    """The task definition's `runtimePlatform.cpuArchitecture` as the instance attribute has it; None when not said."""
    platform = definition.get("runtimePlatform")
    wanted = platform.get("cpuArchitecture") if isinstance(platform, dict) else None
    return str(wanted).lower() if wanted else None


def _must_go(service: EcsService, task: Task) -> bool:
    if task.instance.status != "ACTIVE":
        return True
    return task.deployment is not service.primary and service.primary.rollout_state != "FAILED"


def most_crowded_first(service: EcsService, tasks: list[Task], most: int) -> list[Task]:
    """Botocore, `UpdateService`: stop where the zone, then the instance, has most of the service's tasks."""
    zones, instances = Counter(service.in_zone), Counter(service.on_instance)
    groups: dict[str, list[Task]] = {}
    for task in reversed(tasks):
        groups.setdefault(task.instance.id, []).append(task)
    ordered: list[Task] = []
    while groups and len(ordered) < most:
        crowded = max(groups, key=lambda i: (zones[groups[i][-1].instance.zone], instances[i], -groups[i][-1].order))
        task = groups[crowded].pop()
        zones[task.instance.zone] -= 1
        instances[crowded] -= 1
        ordered.append(task)
        if not groups[crowded]:
            del groups[crowded]
    return ordered


def named(tasks: list[Task]) -> str:
    """As service events name tasks."""
    return " ".join(f"(task {task.id})" for task in tasks)
