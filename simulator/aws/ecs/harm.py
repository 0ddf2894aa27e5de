"""What an AMI does to tasks that run on it: they do not start, exit, or never get healthy.

The scenario says it, no API does.
"""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.image_resolution import runs_on
from simulator.aws.ecs.state import AT_ONCE, Task
from simulator.kernel.random_streams import Range


def fails_to_start(context: EcsContext, task: Task, image_id: str) -> bool:
    """Whether tasks stop on an instance of that AMI before they are RUNNING."""
    if not image_id:
        return False
    ami = context.ami_of(image_id)
    foreign = context.aws.other_architecture == "cannot_start" and not runs_on(context.images, task, ami.architecture)
    return foreign or ami.tasks == "fail_to_start"


def exits_after(context: EcsContext, task: Task, image_id: str) -> Range | None:
    """Seconds from RUNNING until the task exits on an instance of that AMI; None where it goes on running."""
    if not image_id:
        return None  # on Fargate
    ami, workload = context.ami_of(image_id), context.workload(task.task_definition)
    if not runs_on(context.images, task, ami.architecture):
        return AT_ONCE
    if image_id in workload.crash_on_amis:
        return workload.crash_after_seconds
    return ami.tasks_crash_after_seconds if ami.tasks == "crash" else None


def is_never_healthy(context: EcsContext, task: Task, image_id: str) -> bool:
    """Whether its target never gets healthy on an instance of that AMI."""
    if not image_id:
        return False  # on Fargate
    never = image_id in context.workload(task.task_definition).never_healthy_amis
    return never or context.ami_of(image_id).tasks == "never_healthy"


def fails_on(context: EcsContext, task: Task, image_id: str) -> bool:
    """Whether the task fails on an instance of that AMI, one way or another."""
    unwell = fails_to_start(context, task, image_id) or is_never_healthy(context, task, image_id)
    return unwell or exits_after(context, task, image_id) is not None
