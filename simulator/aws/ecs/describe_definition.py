"""A task definition as the API shows it."""

from typing import Any

from simulator.aws.ecs.context import REGISTERED_BY, EcsContext
from simulator.aws.ecs.fargate import FARGATE
from simulator.aws.ecs.state import TaskDefinition

Shape = dict[str, Any]


def task_definition(context: EcsContext, state: TaskDefinition) -> Shape:
    """`TaskDefinition`: what was registered, and members that RegisterTaskDefinition does not take."""
    request = {name: value for name, value in state.request.items() if name != "tags"}
    shape: Shape = {
        "volumes": [],
        "placementConstraints": [],
        "compatibilities": _compatibilities(state.request),
        **request,
        "taskDefinitionArn": state.arn,
        "family": state.family,
        "revision": state.revision,
        "status": state.status,
        "registeredAt": context.moment(state.registered_at),
        "registeredBy": REGISTERED_BY,
        "requiresAttributes": _required(state),
    }
    if state.deregistered_at is not None:
        shape["deregisteredAt"] = context.moment(state.deregistered_at)
    return shape


def _compatibilities(request: Shape) -> list[str]:
    """Where such tasks may run: `awsvpc` on instances, with a task size on Fargate too, and never on premises."""
    if request.get("networkMode") != "awsvpc":
        return ["EXTERNAL", "EC2"]
    return ["EC2", FARGATE] if request.get("cpu") and request.get("memory") else ["EC2"]


def _required(state: TaskDefinition) -> list[Shape]:
    """What the agent must be able to do for it; AWS names more capabilities than these."""
    awsvpc = state.request.get("networkMode") == "awsvpc"
    names = ["com.amazonaws.ecs.capability.docker-remote-api.1.18", *(["ecs.capability.task-eni"] if awsvpc else [])]
    return [{"name": name} for name in names]
