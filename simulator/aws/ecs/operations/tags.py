"""Tags of any resource by its ARN."""

from typing import Any

from simulator.aws.ecs.context import short, tags_of
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.errors import InvalidParameter

Shape = dict[str, Any]


class TagOperations(ControlPlane):
    """TagResource and its kin."""

    def tag_resource(self, resourceArn: str, tags: list[Shape]) -> Shape:
        """Add or replace tags."""
        self._tags(resourceArn).update(tags_of(tags))
        return {}

    def untag_resource(self, resourceArn: str, tagKeys: list[str]) -> Shape:
        """Remove tags."""
        held = self._tags(resourceArn)
        for key in tagKeys:
            held.pop(key, None)
        return {}

    def list_tags_for_resource(self, resourceArn: str) -> Shape:
        """All tags of the resource."""
        return {"tags": [{"key": key, "value": value} for key, value in self._tags(resourceArn).items()]}

    def _tags(self, arn: str) -> dict[str, str]:
        kind, _, rest = arn.rsplit(":", 1)[-1].partition("/") if ":task-definition/" not in arn else ("", "", "")
        if ":task-definition/" in arn:
            return self.context.task_definition(arn).tags
        if kind == "cluster":
            return self.context.cluster(arn).tags
        if kind == "capacity-provider" and (provider := self.context.provider(arn)):
            return provider.tags
        return self._tags_in_cluster(kind, rest, arn)

    def _tags_in_cluster(self, kind: str, rest: str, arn: str) -> dict[str, str]:
        cluster = self.context.cluster(rest.partition("/")[0])
        if kind == "service":
            return self.context.service(cluster, arn).tags
        found = {"container-instance": self.context.instance, "task": self.context.task}.get(kind)
        resource = found(cluster, short(arn)) if found else None
        if resource is None:
            raise InvalidParameter("The specified resource was not found: " + arn)
        return resource.tags
