"""Operations on tasks: list, describe, run, stop."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from simulator.aws.ecs.context import require, short, tags_of
from simulator.aws.ecs.describe_task import task as shown_task
from simulator.aws.ecs.errors import ClientError, InvalidParameter
from simulator.aws.ecs.lifecycle import Start
from simulator.aws.ecs.operations.active_definition import active_definition
from simulator.aws.ecs.operations.strategies import checked_constraints, checked_rules, checked_strategy
from simulator.aws.ecs.operations.task_protection import TaskProtectionOperations
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.placement import CandidatePool, PlacementRequest, next_provider, refusals
from simulator.aws.ecs.scheduler.replica import architecture_of
from simulator.aws.ecs.state import Cluster, ContainerInstance, Task

Shape = dict[str, Any]

MAX_FAILURES = 100
TASK_ID = [32, 36]

PROVISIONING_FULL = "Tasks provisioning capacity limit exceeded."
"""ECS's words (DIAGNijmegen/rse-grand-challenge pull request 2013 reads them)."""


class TaskOperations(TaskProtectionOperations):
    """RunTask and its kin."""

    def list_tasks(
        self,
        cluster: str | None = None,
        containerInstance: str | None = None,
        family: str | None = None,
        startedBy: str | None = None,
        serviceName: str | None = None,
        desiredStatus: str = "RUNNING",
        launchType: str | None = None,
        nextToken: str | None = None,
        maxResults: int | None = None,
    ) -> Shape:
        """ARNs of tasks by *desired* status: a task that is still stopping is listed under STOPPED only.

        With STOPPED those that stopped in the last hour are listed too. Botocore of `startedBy`: "it must be the only
        filter that you use".
        """
        others = containerInstance or family or serviceName or launchType
        require(not (startedBy and others), "startedBy must be the only filter.")
        owner = self.context.cluster(cluster)
        group = self.context.service(owner, serviceName).group if serviceName else None
        instance = self._instance(owner, containerInstance) if containerInstance else None
        found = [
            task
            for task in self._tasks(owner, instance, serviceName, desiredStatus)
            if task.desired_status == desiredStatus
            and (instance is None or task.instance is instance)
            and group in (None, task.group)
            and family in (None, task.task_definition.family)
            and startedBy in (None, task.started_by)
            and launchType in (None, task.runs_on)
        ]
        shown, more = page(found, lambda task: task.order, maxResults, nextToken)
        return {"taskArns": [task.arn for task in shown], **more}

    def describe_tasks(self, tasks: list[str], cluster: str | None = None, include: list[str] | None = None) -> Shape:
        """The named tasks, stopped in the last hour at most; unknown ones are failures MISSING, with HTTP 200."""
        owner = self.context.cluster(cluster)
        require(tasks, "Tasks cannot be empty.")
        found, failures = [], []
        for reference in tasks:
            if state := self.context.task(owner, reference):
                found.append(shown_task(self.context, state, include or []))
            else:
                _check_id(reference)
                failures.append({"arn": self.context.arn("task", owner.name, short(reference)), "reason": "MISSING"})
        return {"tasks": found, "failures": failures}

    def run_task(
        self,
        taskDefinition: str,
        cluster: str | None = None,
        count: int = 1,
        group: str | None = None,
        startedBy: str = "",
        launchType: str | None = None,
        capacityProviderStrategy: list[Shape] | None = None,
        placementConstraints: list[dict[str, str]] | None = None,
        placementStrategy: list[dict[str, str]] | None = None,
        tags: list[Shape] | None = None,
        **_other: Any,
    ) -> Shape:
        """Place tasks now: those that find no room wait in PROVISIONING, or are failures with HTTP 200.

        They wait where their provider has managed scaling (`provisioning.py`).
        """
        owner = self.context.cluster(cluster)
        definition = active_definition(self.context, taskDefinition)
        require(1 <= count <= 10, "count must be between 1 and 10.")
        constraints = (placementConstraints or []) + definition.placement_constraints
        checked_constraints(constraints)
        asked = capacityProviderStrategy or ([] if launchType else owner.default_strategy)
        strategy = checked_strategy(self.context, owner, asked)
        require(strategy or owner.instances, "No Container Instances were found in your cluster.")
        rules = checked_rules(placementStrategy or [])
        name = group or f"family:{definition.family}"
        tasks: list[Task] = []
        failures: list[Shape] = []
        used: dict[str | None, int] = {}
        architecture = architecture_of(definition.request)
        for _ in range(count):
            provider = next_provider(strategy, used)
            request = PlacementRequest(
                owner, definition.resources, name, None, provider, constraints, rules, architecture
            )
            start = Start(owner, definition, name, startedBy, provider=provider, launch_type="EC2")
            task = self._started(start, request)
            if task is None:
                failures = _failures(request)
                break
            task.tags = tags_of(tags)
            tasks.append(task)
            used[provider] = used.get(provider, 0) + 1
        return {"tasks": [shown_task(self.context, task) for task in tasks], "failures": failures}

    def stop_task(self, task: str, cluster: str | None = None, reason: str = "Task stopped by user") -> Shape:
        """Ask it to stop; a service replaces it."""
        state = self.context.task(self.context.cluster(cluster), task)
        if state is None:
            _check_id(task)
            raise InvalidParameter("The referenced task was not found.")
        self.lifecycle.stop(state, reason, "UserInitiated")
        return {"task": shown_task(self.context, state)}

    def _started(self, start: Start, request: PlacementRequest) -> Task | None:
        """The task where it fits, or waiting for room; None where it does neither."""
        provisioning = self.scheduler.provisioning
        if instance := CandidatePool(request, self.context.random_streams).best():
            return self.lifecycle.start(start, instance)
        if not provisioning.waits_for(start.provider):
            return None
        if provisioning.is_full(start.cluster):
            raise ClientError(PROVISIONING_FULL)
        return provisioning.wait(start, lambda: request)

    def _instance(self, cluster: Cluster, reference: str) -> ContainerInstance:
        instance = self.context.instance(cluster, reference)
        if instance is None:
            raise InvalidParameter(f"Referenced container instance {reference} not found.")
        return instance

    def _tasks(
        self, cluster: Cluster, instance: ContainerInstance | None, service: str | None, desired: str
    ) -> Iterable[Task]:
        """The smallest indexed set that holds all that was asked for."""
        live = cluster.tasks
        if instance is not None:
            live = instance.tasks
        elif service is not None:
            live = self.context.service(cluster, service).tasks
        if desired != "STOPPED":
            return live.values()
        self.context.forget_old_tasks(cluster)
        return chain(live.values(), cluster.stopped.values())


def _check_id(reference: str) -> None:
    """Raise InvalidParameterException in ECS's words (many issues quote them) for what is no task's id."""
    require(len(short(reference)) in TASK_ID, f"taskId length should be one of {TASK_ID}")


def _failures(request: PlacementRequest) -> list[Shape]:
    """One for each instance, or that there is none: developer guide, "API failure reasons"."""
    found = [{"arn": instance.arn, "reason": reason} for instance, reason in refusals(request)]
    return found[:MAX_FAILURES] or [{"reason": "EMPTY CAPACITY PROVIDER"}]
