"""Elastic Load Balancing as ECS uses it: the targets of a service's target group, and how healthy they are.

A task is a target from RUNNING on: `initial` until the load balancer's first word, then `healthy` or `unhealthy`, and
`draining` while it deregisters. Instance targets are an instance id and a host port, targets of tasks with a network
interface of their own an address and the container port. The groups themselves are moto's (`target_groups.py`): what
makes and changes them in the full mode is moto's front.
Source: botocore, `TargetHealth`, `TargetDescription`, `TargetGroup`.
"""

from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import ServiceException

from simulator.api.pages import page
from simulator.aws.ecs.ecs import Ecs
from simulator.aws.ecs.state import EcsService, Task

Answer = dict[str, Any]

PAGE = 400
"""Botocore, `DescribeTargetGroups`: the most that `PageSize` may be."""

STATES = {
    "initial": {"State": "initial", "Reason": "Elb.InitialHealthChecking", "Description": "Initial health checks"},
    "healthy": {"State": "healthy"},
    "unhealthy": {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"},
    "draining": {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    },
    "unused": {"State": "unused", "Reason": "Target.NotRegistered", "Description": "Target is not registered"},
}
"""The reasons are of botocore's enum, the words are made up."""


class ElbApi:
    """One method per operation, the API's parameter names in, its members out."""

    def __init__(self, ecs: Ecs) -> None:
        self._ecs = ecs

    def describe_target_health(self, **request: Any) -> Answer:
        """The targets of one group, or those asked for: one that is not registered is `unused`."""
        registered = list(self._targets(request["TargetGroupArn"]))
        if "Targets" not in request:
            return {"TargetHealthDescriptions": registered}
        shown = [found for asked in request["Targets"] for found in _matching(registered, asked)]
        return {"TargetHealthDescriptions": shown}

    def describe_target_groups(self, **request: Any) -> Answer:
        """The groups of those ARNs or names, or all. Load balancers themselves are not here."""
        known = {arn: _group(group) for arn, group in sorted(self._ecs.context.target_groups.all.items())}
        chosen = known
        if asked := request.get("TargetGroupArns"):
            chosen = {arn: known[arn] for arn in asked if _found(arn in known)}
        if asked := request.get("Names"):
            named = {group["TargetGroupName"]: group for group in known.values()}
            chosen = {named[name]["TargetGroupArn"]: named[name] for name in asked if _found(name in named)}
        shown, more = page(list(chosen.values()), request.get("Marker"), request.get("PageSize") or PAGE)
        return {"TargetGroups": shown} | ({"NextMarker": more} if more else {})

    def _targets(self, arn: str) -> Iterator[Answer]:
        for service, balancer in self._owners(arn):
            for task in service.tasks.values():
                state = _state(task)
                if state is not None:
                    yield _target(task, balancer, state)

    def _owners(self, arn: str) -> list[tuple[EcsService, Answer]]:
        """The services that name the group, with the entry that does. Raises TargetGroupNotFound for no such group."""
        _found(self._ecs.context.target_groups.knows(arn))
        return [
            (service, entry)
            for service in self._services()
            for entry in service.load_balancers
            if entry.get("targetGroupArn") == arn
        ]

    def _services(self) -> Iterator[EcsService]:
        for cluster in self._ecs.clusters.values():
            yield from cluster.services.values()


class TargetGroupNotFound(ServiceException):
    """There is no such target group."""

    code = "TargetGroupNotFound"

    def __init__(self) -> None:
        super().__init__("One or more target groups not found")


def _found(condition: bool) -> bool:
    if not condition:
        raise TargetGroupNotFound
    return True


def _group(group: Any) -> Answer:
    """A target group of moto's as the API shows it."""
    return {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "TargetType": group.target_type,
        "Protocol": group.protocol,
        "Port": int(group.port),
        "VpcId": group.vpc_id,
        "HealthCheckEnabled": group.health_check_enabled,
        "HealthCheckPort": group.health_check_port,
        "LoadBalancerArns": list(group.load_balancer_arns),
    }


def _state(task: Task) -> str | None:
    """None when it is no target: not RUNNING yet, or deregistered."""
    if task.last_status == "DEACTIVATING":
        return "draining"
    if task.last_status != "RUNNING":
        return None
    if task.failing_checks:
        return "unhealthy"
    return "healthy" if task.healthy else "initial"


def _target(task: Task, balancer: Answer, state: str) -> Answer:
    """An instance target has no zone of its own (botocore, `TargetDescription.AvailabilityZone`)."""
    target = {"Id": task.instance.ec2_instance.instance_id, "Port": _host_port(task, balancer)}
    if task.address is not None:
        target = {"Id": task.address, "Port": balancer["containerPort"], "AvailabilityZone": task.instance.zone}
    return {"Target": target, "HealthCheckPort": str(target["Port"]), "TargetHealth": STATES[state]}


def _host_port(task: Task, balancer: Answer) -> int:
    """Where the container's port is on the instance; the port itself where the definition maps it nowhere."""
    port = int(balancer["containerPort"])
    place = (balancer.get("containerName"), port)
    return next(
        (binding.host_port for binding in task.bindings if (binding.container, binding.container_port) == place), port
    )


def _matching(registered: list[Answer], asked: Answer) -> list[Answer]:
    """All ports of the target where none is asked for."""
    found = [
        each
        for each in registered
        if each["Target"]["Id"] == asked["Id"] and asked.get("Port") in (None, each["Target"]["Port"])
    ]
    return found or [{"Target": asked, "TargetHealth": STATES["unused"]}]
