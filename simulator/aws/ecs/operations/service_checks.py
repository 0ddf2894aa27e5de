"""What CreateService and UpdateService refuse of a service as a whole.

The words are ECS's own where an issue quotes them: a container that is not in the definition (amazon-ecs-agent issue
1276), min and max both 100 ("… cannot be 100 as this will block deployments"), a network that is missing or not wanted.
"""

import re
from typing import Any

from simulator.aws.ecs.context import EcsContext, require
from simulator.aws.ecs.errors import NotSimulated
from simulator.aws.ecs.fargate import FARGATE, runs_on_fargate
from simulator.aws.ecs.state import EcsService, TaskDefinition

Shape = dict[str, Any]

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Botocore, `CreateService`: "Up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens"."""

BLOCKS = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
NO_NETWORK = "Network Configuration is not valid for the given networkMode of this task definition."

NO_BALANCER = "Health check grace period is only valid for services configured to use load balancers"

ROLLING = "ROLLING"

OTHERS_REFUSE = (
    "capacityProviderStrategy", "forceNewDeployment", "loadBalancers", "networkConfiguration", "platformVersion",
    "serviceRegistries", "taskDefinition",
)  # fmt: skip
"""Botocore, `UpdateService`: what needs a CodeDeploy deployment, or a new task set, with the two other controllers."""


def check_name(name: str) -> None:
    """Raise InvalidParameterException for what cannot be a service's name."""
    require(NAME.fullmatch(name), f"Invalid service name: {name}")


def check_percentages(service: EcsService) -> None:
    """Raise InvalidParameterException for limits between which nothing could ever be deployed, or that cross."""
    if service.is_daemon:
        return
    low, high = service.minimum_healthy_percent, service.maximum_percent
    require(not low == high == 100, BLOCKS)
    require(low <= high, "The maximumPercent cannot be less than the minimumHealthyPercent.")


def check_strategy(configuration: Shape) -> None:
    """Refuse ECS's own blue/green, linear and canary deployments by name: this region rolls.

    Raises InvalidParameterException for what belongs to a strategy that is not chosen (botocore,
    `DeploymentConfiguration.linearConfiguration`, `.canaryConfiguration`).
    """
    strategy = configuration.get("strategy") or ROLLING
    for member, of in (("linearConfiguration", "LINEAR"), ("canaryConfiguration", "CANARY")):
        require(not configuration.get(member) or strategy == of, f"{member} is only valid with the strategy {of}.")
    if strategy != ROLLING:
        raise NotSimulated(f"services with the deployment strategy {strategy}")


def check_scheduling(service: EcsService) -> None:
    """Raise InvalidParameterException for a DAEMON service as there can be none (botocore, `schedulingStrategy`)."""
    if not service.is_daemon:
        return
    require(not service.placement_strategy, "A DAEMON service cannot have a placement strategy.")
    words = "The DAEMON scheduling strategy is not supported with this {}."
    require(service.controller == "ECS", words.format("deployment controller"))
    require(not _on_fargate(service), words.format("launch type"))


def _on_fargate(service: EcsService) -> bool:
    return runs_on_fargate(service.launch_type, service.capacity_provider_strategy)


def check_targets(context: EcsContext, service: EcsService) -> None:
    """Raise InvalidParameterException for target groups, containers and ports that there are not."""
    containers = {each["name"]: each for each in service.task_definition.request["containerDefinitions"]}
    for balancer in service.load_balancers:
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        require(name in containers, f"The container {name} does not exist in the task definition.")
        ports = [each.get("containerPort") for each in containers[str(name)].get("portMappings") or ()]
        require(port in ports, f"The container {name} did not have a container port {port} defined.")
        if arn := balancer.get("targetGroupArn"):
            require(context.target_groups.knows(arn), f"The target group with targetGroupArn {arn} does not exist.")


def check_grace_period(service: EcsService) -> None:
    """Raise InvalidParameterException, in ECS's words (cfn-lint issue 3612), where none is needed."""
    if service.echoed.get("healthCheckGracePeriodSeconds"):
        require(service.load_balancers, NO_BALANCER)


def check_network(definition: TaskDefinition, configuration: Shape | None) -> None:
    """Raise InvalidParameterException for a task in `awsvpc` mode without a network, and for one that takes none."""
    if definition.request.get("networkMode") == "awsvpc":
        subnets = ((configuration or {}).get("awsvpcConfiguration") or {}).get("subnets")
        require(subnets, "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    else:
        require(not configuration, NO_NETWORK)


def check_launch_type(definition: TaskDefinition, launch_type: str | None, strategy: list[Shape]) -> None:
    """Raise InvalidParameterException where the definition is not made for Fargate and the service runs there."""
    if runs_on_fargate(launch_type, strategy):
        known = definition.request.get("requiresCompatibilities") or ()
        require(FARGATE in known, "Task definition does not support launch_type FARGATE.")


def check_controller(service: EcsService, asked: Shape) -> None:
    """Raise InvalidParameterException for what only CodeDeploy, or a new task set, changes of such a service."""
    kind = service.controller
    if kind == "ECS":
        return
    if asked.get("forceNewDeployment"):
        by = "Use AWS CodeDeploy to trigger a new deployment." if kind == "CODE_DEPLOY" else "Create a task set."
        require(False, f"Cannot force a new deployment on services with a {kind} deployment controller. {by}")
    refused = OTHERS_REFUSE if kind == "CODE_DEPLOY" else (*OTHERS_REFUSE, "deploymentConfiguration")
    for name in refused:
        require(not asked.get(name), f"Unable to update {name} on services with a {kind} deployment controller.")
