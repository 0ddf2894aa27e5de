"""Elastic Load Balancing as ECS uses it: the targets of a service's target group, and how healthy they are.

A task is a target from RUNNING on: `initial` until the load balancer's first word, then `healthy` or `unhealthy`, and
`draining` while it deregisters (botocore, `TargetHealth`). Its port is the host port; a dynamic one is made up.
"""

from typing import Any

from moto.core.exceptions import ServiceException

from simulator.ecs.ecs import Ecs
from simulator.ecs.state import Service, Task

Answer = dict[str, Any]

DYNAMIC_PORTS = range(32768, 61000)
STATES = {
    "initial": {"State": "initial", "Reason": "Elb.InitialHealthChecking", "Description": "Initial health checks"},
    "healthy": {"State": "healthy"},
    "unhealthy": {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"},
    "draining": {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    },
}


class ElbApi:
    """One method per operation, the API's parameter names in, its members out."""

    def __init__(self, ecs: Ecs) -> None:
        self._ecs = ecs

    def describe_target_health(self, **request: Any) -> Answer:
        """The targets of one group."""
        services = self._services(request["TargetGroupArn"])
        tasks = [task for service in services for task in service.tasks.values()]
        shown = [(task, state) for task in tasks if (state := _state(task))]
        return {"TargetHealthDescriptions": [_target(task, state) for task, state in shown]}

    def describe_target_groups(self, **request: Any) -> Answer:
        """The named groups, or all that services have."""
        known = {
            arn for cluster in self._ecs.clusters.values() for one in cluster.services.values() for arn in _arns(one)
        }
        asked = request.get("TargetGroupArns") or sorted(known)
        for arn in asked:
            self._services(arn)
        return {"TargetGroups": [{"TargetGroupArn": arn, "TargetGroupName": arn.split("/")[1]} for arn in asked]}

    def _services(self, arn: str) -> list[Service]:
        found = [
            one for cluster in self._ecs.clusters.values() for one in cluster.services.values() if arn in _arns(one)
        ]
        if not found:
            raise TargetGroupNotFound
        return found


class TargetGroupNotFound(ServiceException):
    """No service has that target group."""

    code = "TargetGroupNotFound"

    def __init__(self) -> None:
        super().__init__("One or more target groups not found")


def _arns(service: Service) -> list[str]:
    return [item["targetGroupArn"] for item in service.load_balancers if "targetGroupArn" in item]


def _state(task: Task) -> str | None:
    if task.last_status == "DEACTIVATING":
        return "draining"
    if task.last_status != "RUNNING":
        return None
    return {"HEALTHY": "healthy", "UNHEALTHY": "unhealthy"}.get(task.health, "initial")


def _target(task: Task, state: str) -> Answer:
    container = task.task_definition.request["containerDefinitions"][0]
    ports = [mapping.get("hostPort") or 0 for mapping in container.get("portMappings", ())] or [0]
    port = ports[0] or DYNAMIC_PORTS[task.order % len(DYNAMIC_PORTS)]
    target = {"Id": task.instance.host.instance_id, "Port": port, "AvailabilityZone": task.instance.zone}
    return {"Target": target, "HealthCheckPort": str(port), "TargetHealth": STATES[state]}
