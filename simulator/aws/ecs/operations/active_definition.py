"""The task definition that a request wants to run."""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.errors import ClientError
from simulator.aws.ecs.state import TaskDefinition

INACTIVE = "TaskDefinition is inactive"
NOT_FOUND = "TaskDefinition not found."
"""ECS's words where tasks are to be started (Cloud-CV/EvalAI issue 2419); DescribeTaskDefinition has others."""


def active_definition(context: EcsContext, reference: str) -> TaskDefinition:
    """By family, family:revision or ARN. Raises ClientException for one that is not there, or is INACTIVE."""
    try:
        definition = context.task_definition(reference)
    except ClientError:
        raise ClientError(NOT_FOUND) from None
    if definition.status != "ACTIVE":
        raise ClientError(INACTIVE)
    return definition
