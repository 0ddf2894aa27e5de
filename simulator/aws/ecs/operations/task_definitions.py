"""Operations on task definitions."""

from typing import Any

from simulator.aws.ecs.context import require, tags_of
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.describe_definition import task_definition as shown
from simulator.aws.ecs.operations.definition_checks import check_definition, completed, in_units
from simulator.aws.ecs.operations.strategies import checked_constraints
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.resource_accounting import resources_of
from simulator.aws.ecs.state import TaskDefinition

Shape = dict[str, Any]


class TaskDefinitionOperations(ControlPlane):
    """RegisterTaskDefinition and its kin."""

    def register_task_definition(self, family: str, containerDefinitions: list[Shape], **settings: Any) -> Shape:
        """The family's next revision. Takes all that DescribeTaskDefinition gives but its read-only members.

        An empty list of tags is refused on AWS too ("Tags can not be empty.", fabfuel/ecs-deploy issue 146).
        """
        settings = in_units(settings)
        check_definition(family, containerDefinitions, settings)
        checked_constraints(settings.get("placementConstraints") or [])
        tags = tags_of(settings.pop("tags", None))
        containers = [completed(each, settings.get("networkMode")) for each in containerDefinitions]
        request = {"family": family, "containerDefinitions": containers, **settings}
        resources = resources_of(request, containers)
        revisions = self.context.task_definitions.setdefault(family, {})
        number = len(revisions) + 1
        arn = self.context.arn("task-definition", f"{family}:{number}")
        state = TaskDefinition(arn, family, number, request, resources, self.context.now, tags=tags)
        revisions[number] = state
        return {"taskDefinition": shown(self.context, state), "tags": _tags(state)}

    def describe_task_definition(self, taskDefinition: str, include: list[str] | None = None) -> Shape:
        """By family, family:revision or ARN; INACTIVE revisions only by number."""
        state = self.context.task_definition(taskDefinition)
        shape = {"taskDefinition": shown(self.context, state)}
        return shape | ({"tags": _tags(state)} if "TAGS" in (include or ()) else {})

    def deregister_task_definition(self, taskDefinition: str) -> Shape:
        """INACTIVE; what runs on it goes on running."""
        require(":" in taskDefinition.rsplit("/", 1)[-1], "Invalid revision number. Number: 0")
        state = self.context.task_definition(taskDefinition)
        require(state.status == "ACTIVE", "The specified task definition is inactive.")
        state.status, state.deregistered_at = "INACTIVE", self.context.now
        return {"taskDefinition": shown(self.context, state)}

    def list_task_definitions(
        self,
        familyPrefix: str | None = None,
        status: str = "ACTIVE",
        sort: str = "ASC",
        nextToken: str | None = None,
        maxResults: int | None = None,
    ) -> Shape:
        """ARNs by family and revision; `familyPrefix` is the whole family name here (botocore)."""
        families = self.context.task_definitions
        names = sorted(families) if familyPrefix is None else [familyPrefix]
        found = [item for name in names for item in families.get(name, {}).values() if item.status == status]
        if sort == "DESC":
            found.reverse()
        places = {item: index for index, item in enumerate(found)}
        listed, more = page(found, places.__getitem__, maxResults, nextToken)
        return {"taskDefinitionArns": [item.arn for item in listed], **more}

    def list_task_definition_families(
        self,
        familyPrefix: str = "",
        status: str = "ACTIVE",
        nextToken: str | None = None,
        maxResults: int | None = None,
    ) -> Shape:
        """Names that begin with the prefix; ACTIVE ones have an ACTIVE revision, INACTIVE ones none."""
        names = [
            family
            for family, revisions in self.context.task_definitions.items()
            if family.startswith(familyPrefix) and status in ("ALL", _status(revisions))
        ]
        listed, more = page(names, lambda name: name, maxResults, nextToken)
        return {"families": listed, **more}


def _status(revisions: dict[int, TaskDefinition]) -> str:
    return "ACTIVE" if any(item.status == "ACTIVE" for item in revisions.values()) else "INACTIVE"


def _tags(state: TaskDefinition) -> list[Shape]:
    return [{"key": key, "value": value} for key, value in state.tags.items()]
