"""Operations on custom attributes of container instances."""

import re
from typing import Any

from simulator.aws.ecs.context import require
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.errors import AttributeLimitExceeded, TargetNotFound
from simulator.aws.ecs.events import AttributesChanged
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.state import Cluster, ContainerInstance

Shape = dict[str, Any]

MAX_CUSTOM = 10
"""Botocore, `AttributeLimitExceededException`: "up to 10 custom attributes for each resource"."""

_NAME = re.compile(r"[\w\-/\\.]{1,128}")
_VALUE = re.compile(r"(?! )[\w\-.@/\\: ]{1,128}(?<! )")


class AttributeOperations(ControlPlane):
    """PutAttributes and its kin."""

    def put_attributes(self, attributes: list[Shape], cluster: str | None = None) -> Shape:
        """Set each attribute on its target; nothing is changed when one of them is wrong."""
        state = self.context.cluster(cluster)
        targets = [self._target(state, item) for item in attributes]
        for item, instance in zip(attributes, targets, strict=True):
            _check(item)
            new = {one["name"] for one, other in zip(attributes, targets, strict=True) if other is instance}
            if len(new | instance.custom_attributes.keys()) > MAX_CUSTOM:
                raise AttributeLimitExceeded(f"At most {MAX_CUSTOM} custom attributes per container instance.")
        for item, instance in zip(attributes, targets, strict=True):
            instance.attributes[item["name"]] = item.get("value")
            instance.custom_attributes[item["name"]] = None
        self._announce(targets)
        pairs = zip(attributes, targets, strict=True)
        return {"attributes": [_shape(item["name"], item.get("value"), instance) for item, instance in pairs]}

    def delete_attributes(self, attributes: list[Shape], cluster: str | None = None) -> Shape:
        """Remove each attribute from its target; one that it does not have is passed over."""
        state = self.context.cluster(cluster)
        targets = [self._target(state, item) for item in attributes]
        for item in attributes:
            require(not item["name"].startswith("ecs."), f"Attribute {item['name']} is reserved.")
        removed = []
        for item, instance in zip(attributes, targets, strict=True):
            if item["name"] in instance.custom_attributes:
                removed.append(_shape(item["name"], instance.attributes.pop(item["name"]), instance))
                del instance.custom_attributes[item["name"]]
        self._announce(targets)
        return {"attributes": removed}

    def list_attributes(
        self,
        targetType: str,
        cluster: str | None = None,
        attributeName: str | None = None,
        attributeValue: str | None = None,
        nextToken: str | None = None,
        maxResults: int | None = None,
    ) -> Shape:
        """Attributes of registered instances, all or those of one name and value."""
        require(targetType == "container-instance", "targetType must be container-instance.")
        found = [
            (f"{instance.order:012d}/{name}", _shape(name, value, instance))
            for instance in self.context.cluster(cluster).instances.values()
            for name, value in instance.attributes.items()
            if attributeName in (None, name) and attributeValue in (None, value)
        ]
        shown, more = page(found, lambda item: item[0], maxResults, nextToken)
        return {"attributes": [shape for _, shape in shown], **more}

    def _target(self, cluster: Cluster, item: Shape) -> ContainerInstance:
        target = str(item.get("targetId") or "")
        whole = target.startswith("arn:") or item.get("targetType")
        require(whole, "targetType is required with the short form of a target's ID.")  # botocore, `Attribute`
        instance = self.context.instance(cluster, target)
        if instance is None or instance.status == "INACTIVE":
            raise TargetNotFound("Unable to find target with ID: " + str(item.get("targetId")))
        return instance

    def _announce(self, targets: list[ContainerInstance]) -> None:
        for instance in {target.id: target for target in targets}.values():
            instance.version += 1
            self.context.bus.emit(AttributesChanged(instance))


def _check(item: Shape) -> None:
    name, value = item["name"], item.get("value")
    require(_NAME.fullmatch(name) and not name.startswith("ecs."), f"Invalid attribute name '{name}'.")
    require(value is None or _VALUE.fullmatch(value), f"Invalid value of attribute '{name}'.")


def _shape(name: str, value: str | None, instance: ContainerInstance) -> Shape:
    shape = {"name": name, "targetType": "container-instance", "targetId": instance.arn}
    return shape if value is None else shape | {"value": value}
