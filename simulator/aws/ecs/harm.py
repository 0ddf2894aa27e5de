"""What an AMI does to tasks that run on it: they do not start, exit, never get healthy, or do not stay so.

The scenario says it, no API does.
"""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.image_resolution import runs_on
from simulator.aws.ecs.state import AT_ONCE, Task
from simulator.kernel.random_streams import Range
from simulator.scenario.model import Ami

DIGITS = 8
"""Of a task's id: enough to draw a share by."""


def fails_to_start(context: EcsContext, task: Task, image_id: str) -> bool:
    """Whether tasks stop on an instance of that AMI before they are RUNNING."""
    if not image_id:
        return False
    ami = context.ami_of(image_id)
    foreign = context.aws.other_architecture == "cannot_start" and not runs_on(context.images, task, ami.architecture)
    return foreign or _does(task, ami, "fail_to_start")


def exits_after(context: EcsContext, task: Task, image_id: str) -> Range | None:
    """Seconds from RUNNING until the task exits on an instance of that AMI; None where it goes on running."""
    if not image_id:
        return None  # on Fargate
    ami, workload = context.ami_of(image_id), context.workload(task.task_definition)
    if not runs_on(context.images, task, ami.architecture):
        return AT_ONCE
    if image_id in workload.crash_on_amis:
        return workload.crash_after_seconds
    return ami.tasks_crash_after_seconds if _does(task, ami, "crash") else None


def is_never_healthy(context: EcsContext, task: Task, image_id: str) -> bool:
    """Whether its target never gets healthy on an instance of that AMI."""
    if not image_id:
        return False  # on Fargate
    never = image_id in context.workload(task.task_definition).never_healthy_amis
    return never or _does(task, context.ami_of(image_id), "never_healthy")


def checks_fail_after(context: EcsContext, task: Task, image_id: str) -> Range | None:
    """Seconds from healthy until its target fails its checks on an instance of that AMI; None where it never does."""
    if not image_id or task.service is None or not task.service.load_balancers:
        return None
    ami = context.ami_of(image_id)
    return ami.checks_fail_after_seconds if _does(task, ami, "fail_checks") else None


def fails_on(context: EcsContext, task: Task, image_id: str) -> bool:
    """Whether the task fails on an instance of that AMI, one way or another."""
    unwell = fails_to_start(context, task, image_id) or is_never_healthy(context, task, image_id)
    later = exits_after(context, task, image_id) or checks_fail_after(context, task, image_id)
    return unwell or later is not None


def _does(task: Task, ami: Ami, what: str) -> bool:
    """Whether the AMI does that to this task: which of a service's tasks it hits, their ids decide."""
    concerned = ami.tasks_of is None or (task.service is not None and task.service.name == ami.tasks_of)
    return ami.tasks == what and concerned and int(task.id[:DIGITS], 16) < ami.tasks_hit * 16**DIGITS
