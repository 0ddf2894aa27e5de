"""A task's life on its instance: pull and start, run, get healthy, crash or end, deregister, stop.

    (PROVISIONING ─▶) PENDING ─▶ RUNNING ─▶ (DEACTIVATING, behind a load balancer) ─▶ STOPPING ─▶ STOPPED

`desiredStatus` is STOPPED from the moment the stop was asked for, which is why a container instance's
`runningTasksCount` falls long before its containers are gone (botocore: "tasks … that have a desired status
of RUNNING"). Every change goes through `task_counters.changing_status` and ends as one event on the bus.

Where the agent is gone for good, nothing that containers do is reported any more: a task keeps its last status until
its instance goes. ECS still asks (`desiredStatus`), and nobody is there to hear of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import (
    TaskHealthy,
    TaskPlaced,
    TaskProvisioning,
    TaskRunning,
    TaskStopped,
    TaskStopping,
)
from simulator.aws.ecs.harm import checks_fail_after, exits_after, fails_to_start, is_never_healthy
from simulator.aws.ecs.image_resolution import resolved
from simulator.aws.ecs.state import AT_ONCE, Cluster, ContainerInstance, Deployment, EcsService, Task, TaskDefinition
from simulator.aws.ecs.task_counters import add_task, changing_status, move_task, remove_task
from simulator.aws.ecs.task_ports import address_of, bound
from simulator.aws.ecs.unlisted import nowhere
from simulator.kernel.clock import Due

TARGET_UNHEALTHY_AFTER_SECONDS = 60.0
"""How long a load balancer watches a target before it says unhealthy: two checks, 30 s apart (its defaults)."""

TARGET_FAILS_AFTER_SECONDS = 90.0
"""When ECS has heard of it and gives the task up."""

HEARD_OF_AFTER_SECONDS = TARGET_FAILS_AFTER_SECONDS - TARGET_UNHEALTHY_AFTER_SECONDS
"""How long ECS takes to hear of a target that was healthy and is not any more."""

SIGTERM, SIGKILL = 143, 137
"""Exit codes of a container that was asked to stop, and of one that did not in time (128 and the signal's number)."""

CRASHED = "Essential container in task exited"
CANNOT_START = "CannotStartContainerError: failed to create task for container: OCI runtime create failed"


@dataclass(frozen=True)
class Start:
    """What a new task is made of; `service` and `deployment` are None for RunTask."""

    cluster: Cluster
    definition: TaskDefinition
    group: str
    started_by: str = ""
    service: EcsService | None = None
    deployment: Deployment | None = None
    provider: str | None = None
    launch_type: str | None = None


class Lifecycle:
    """Moves tasks along."""

    def __init__(self, context: EcsContext) -> None:
        self.context = context
        self.bus = context.bus

    def start(self, start: Start, instance: ContainerInstance) -> Task:
        """Place a task on an instance that has room for it: PENDING now, RUNNING when pulled and started."""
        task = self._new(start, instance)
        add_task(task)
        self._pull(task)
        return task

    def provision(self, start: Start, seconds: float, give_up: Callable[[Task], None]) -> Task:
        """A task without an instance: PROVISIONING until it is placed, or given up after so many seconds."""
        task = self._new(start, nowhere(self.context, start.cluster, start.definition))
        task.last_status = "PROVISIONING"
        add_task(task)
        self.bus.emit(TaskProvisioning(task))
        self._later(task, seconds, give_up)
        return task

    def place(self, task: Task, instance: ContainerInstance) -> None:
        """Give a task in PROVISIONING an instance that has room for it."""
        self._forget_what_is_due(task)
        move_task(task, instance)
        self._pull(task)

    def _pull(self, task: Task) -> None:
        """It is on its instance: the image is pulled and the containers start."""
        self.bus.emit(TaskPlaced(task, task.instance))
        slow = self.context.workload(task.task_definition).start_seconds
        seconds = self.context.random_streams.seconds("ecs.start", slow or self.context.timings.start_seconds)
        self._later(task, seconds, self._run)

    def stop(self, task: Task, reason: str, code: str = "ServiceSchedulerInitiated") -> None:
        """Ask it to stop. One that does not run yet stops at once, one behind a load balancer is deregistered first."""
        if not task.wanted:
            return
        self._forget_what_is_due(task)
        if task.instance.agent_gone:
            self._ask_in_vain(task, reason, code)
            return
        was_pending = task.pending
        behind_load_balancer = bool(task.service and task.service.load_balancers)
        with changing_status(task):
            task.desired_status = "STOPPED"
            task.stopped_reason, task.stop_code, task.stopping_at = reason, code, self.context.now
            if not was_pending:
                task.last_status = "DEACTIVATING" if behind_load_balancer else "STOPPING"
        self.bus.emit(TaskStopping(task, reason))
        if was_pending:
            self._end(task)
        elif behind_load_balancer:
            self._later(task, self._deregistration_delay(task), self._send_signal)
        else:
            self._send_signal(task)

    def kill(self, task: Task, reason: str, code: str = "TerminationNotice") -> None:
        """It is gone now, with its instance."""
        self._forget_what_is_due(task)
        if task.wanted:
            with changing_status(task):
                task.desired_status = "STOPPED"
                task.stopped_reason, task.stop_code, task.stopping_at = reason, code, self.context.now
            self.bus.emit(TaskStopping(task, reason))
        self._end(task)

    def is_protected(self, task: Task) -> bool:
        """Task scale-in protection is on and has not run out."""
        return task.protected_until is not None and task.protected_until > self.context.now

    def _new(self, start: Start, instance: ContainerInstance) -> Task:
        identity = self.context.random_streams.hex("ecs.task", 32)
        return Task(
            arn=self.context.arn("task", start.cluster.name, identity),
            id=identity,
            order=self.context.next_order(),
            cluster=start.cluster,
            task_definition=start.definition,
            instance=instance,
            service=start.service,
            deployment=start.deployment,
            group=start.group,
            started_by=start.started_by,
            capacity_provider_name=start.provider,
            launch_type=start.launch_type,
            created_at=self.context.now,
            digests=resolved(self.context.images, start.definition, start.deployment),
        )

    def _run(self, task: Task) -> None:
        if fails_to_start(self.context, task, task.instance.ec2_instance.image_id):
            task.container_reason = CANNOT_START
            self.kill(task, CANNOT_START, "TaskFailedToStart")
            return
        with changing_status(task):
            task.last_status = "RUNNING"
            task.started_at = self.context.now
            task.bindings, task.address = bound(task), address_of(task)
        self.bus.emit(TaskRunning(task, task.instance))
        workload = self.context.workload(task.task_definition)
        exits = exits_after(self.context, task, task.instance.ec2_instance.image_id)
        if exits is not None:
            self._later(task, self.context.random_streams.seconds("ecs.crash", exits), self._crash)
        if exits == AT_ONCE:
            return  # it exits before it counts as healthy, however short the scenario made that wait
        if workload.run_seconds is not None:
            self._later(task, workload.run_seconds, self._finish)
        self.crash_sometime(task)
        self._watch_health(task)

    def _watch_health(self, task: Task) -> None:
        """Botocore, `minimumHealthyPercent`: the load balancer's word where there is one, else a wait after RUNNING."""
        service, timings = task.service, self.context.timings
        if service is None or not service.load_balancers:
            self._later(task, timings.steady_seconds, self._become_healthy)
        elif is_never_healthy(self.context, task, task.instance.ec2_instance.image_id):
            grace = float(service.echoed.get("healthCheckGracePeriodSeconds") or 0)
            self._later(task, TARGET_UNHEALTHY_AFTER_SECONDS, self._fail_first_checks)
            self._later(task, grace + TARGET_FAILS_AFTER_SECONDS, self._fail_health_checks)
        else:
            self._later(
                task, self.context.random_streams.seconds("ecs.healthy", timings.healthy_seconds), self._become_healthy
            )

    def _deregistration_delay(self, task: Task) -> float:
        """The longest of its target groups'."""
        groups = task.service.target_groups if task.service else []
        return max((self.context.target_groups.deregistration_delay(arn) for arn in groups), default=0.0)

    def _become_healthy(self, task: Task) -> None:
        task.health = "HEALTHY"
        self.bus.emit(TaskHealthy(task))
        fails = checks_fail_after(self.context, task, task.instance.ec2_instance.image_id)
        if fails is not None:
            seconds = self.context.random_streams.seconds("ecs.checks", fails)
            self._later(task, seconds, self._fail_first_checks)
            self._later(task, seconds + HEARD_OF_AFTER_SECONDS, self._fail_health_checks)

    def _ask_in_vain(self, task: Task, reason: str, code: str) -> None:
        """ECS wants it stopped, and there is no agent to tell: it keeps its last status until its instance goes."""
        with changing_status(task):
            task.desired_status = "STOPPED"
            task.stopped_reason, task.stop_code, task.stopping_at = reason, code, self.context.now
        self.bus.emit(TaskStopping(task, reason))

    def crash_in(self, task: Task, seconds: float) -> None:
        """Its essential container exits with an error, now or so much later."""
        if seconds or task.instance.agent_gone:
            self._later(task, seconds, self._crash)
        else:
            self._crash(task)

    def crash_sometime(self, task: Task) -> None:
        """It crashes by itself one day, whatever it runs on, where the timings say so."""
        mean = self.context.timings.task_crash_seconds
        if mean > 0 and task.instance.ec2_instance.image_id:
            seconds = self.context.random_streams.stream("ecs.noise").expovariate(1 / mean)
            self._later(task, round(seconds, 3), self._crash)

    def die(self, task: Task) -> None:
        """Its containers are gone, and nobody tells ECS yet."""
        self._forget_what_is_due(task)

    def _crash(self, task: Task) -> None:
        task.exit_code = 1
        self.kill(task, CRASHED, "EssentialContainerExited")

    def _finish(self, task: Task) -> None:
        task.exit_code = 0
        self.kill(task, CRASHED, "EssentialContainerExited")

    def _fail_first_checks(self, task: Task) -> None:
        task.failing_checks = True

    def _fail_health_checks(self, task: Task) -> None:
        targets: list[dict[str, Any]] = task.service.load_balancers if task.service else []
        target = targets[0].get("targetGroupArn", "") if targets else ""
        task.health = "UNHEALTHY"
        self.stop(task, f"Task failed ELB health checks in (target-group {target})")

    def _send_signal(self, task: Task) -> None:
        """SIGTERM now; the containers exit when they have finished, or by SIGKILL after the stop timeout."""
        if task.last_status != "STOPPING":
            with changing_status(task):
                task.last_status = "STOPPING"
        longest = self.context.workload(task.task_definition).stop_timeout_seconds
        seconds = self.context.random_streams.seconds("ecs.stop", self.context.timings.stop_seconds)
        task.exit_code = SIGTERM if seconds <= longest else SIGKILL
        self._later(task, min(seconds, longest), self._end)

    def _end(self, task: Task) -> None:
        with changing_status(task):
            task.last_status = "STOPPED"
            task.stopped_at = self.context.now
        remove_task(task)
        self.bus.emit(TaskStopped(task, task.instance, task.stopped_reason))

    def _later(self, task: Task, seconds: float, what: Any) -> None:
        due: list[Due] = task.due
        due[:] = [item for item in due if item.action is not None]
        entry: Due | None = None
        told_by_load_balancers = (self._become_healthy, self._fail_first_checks, self._fail_health_checks)

        def act() -> None:
            if entry is not None:
                entry.cancel()
            if not task.instance.agent_gone or what in told_by_load_balancers:
                what(task)

        entry = self.context.clock.after(seconds, act)
        due.append(entry)

    def _forget_what_is_due(self, task: Task) -> None:
        for item in task.due:
            item.cancel()
        task.due.clear()
