"""Task definitions: revisions change in status only, so each is read once; and those that the rollout registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.domain.model.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ecs import ECSClient

MARK = "ecs-ami-rollout"  # the tag of what the rollout registers, and of launch templates that it may use


class TaskDefinitions:
    """Reads, registers and deregisters revisions."""

    def __init__(self, client: ECSClient) -> None:
        self._client = client
        self._definitions: dict[str, dict[str, Any]] = {}
        self._needs: dict[str, Resources] = {}

    def read(self, arn: str) -> dict[str, Any]:
        """A task definition revision as the API gives it."""
        if arn not in self._definitions:
            self._definitions[arn] = dict(self._client.describe_task_definition(taskDefinition=arn)["taskDefinition"])
        return self._definitions[arn]

    def forget(self) -> None:
        """Read each anew from now on: a function that is warm may know what was ACTIVE hours ago."""
        self._definitions.clear()

    def needs(self, arn: str) -> Resources:
        """What ECS reserves for one task of that revision."""
        if arn not in self._needs:
            self._needs[arn] = _needs(self.read(arn))
        return self._needs[arn]

    def register(self, source: str, mark: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
        """Register `source` with a change, marked by a tag; where its family's latest has the mark, that is it."""
        found = self._client.describe_task_definition(taskDefinition=source, include=["TAGS"])
        family = found["taskDefinition"]["family"]
        latest = self._client.describe_task_definition(taskDefinition=family, include=["TAGS"])
        if {"key": MARK, "value": mark} in latest.get("tags", []):
            return latest["taskDefinition"]["taskDefinitionArn"]
        kept = [tag for tag in found.get("tags", []) if not tag["key"].startswith("aws:") and tag["key"] != MARK]
        made = change(dict(found["taskDefinition"]))
        answer = self._client.register_task_definition(**made, tags=[*kept, {"key": MARK, "value": mark}])
        return answer["taskDefinition"]["taskDefinitionArn"]

    def deregister(self, arn: str) -> None:
        """Make a revision INACTIVE, where it is not yet; what runs of it goes on."""
        if self._client.describe_task_definition(taskDefinition=arn)["taskDefinition"]["status"] == "ACTIVE":
            self._client.deregister_task_definition(taskDefinition=arn)


def _needs(definition: dict[str, Any]) -> Resources:
    """What ECS reserves for one task: the task's own size where it has one, else the sum over its containers."""
    containers = definition["containerDefinitions"]
    cpu = sum(each.get("cpu", 0) for each in containers)
    memory = sum(each.get("memoryReservation", each.get("memory", 0)) for each in containers)
    gpu = sum(
        int(need["value"])
        for each in containers
        for need in each.get("resourceRequirements", [])
        if need["type"] == "GPU"
    )
    fixed = definition.get("networkMode") != "awsvpc"
    ports = {
        f"{mapping['hostPort']}/{mapping.get('protocol', 'tcp')}"
        for each in containers
        for mapping in each.get("portMappings", [])
        if fixed and mapping.get("hostPort")
    }
    return Resources(int(definition.get("cpu") or cpu), int(definition.get("memory") or memory), gpu, frozenset(ports))
