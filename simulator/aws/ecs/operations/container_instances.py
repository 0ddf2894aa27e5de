"""Operations on container instances."""

from typing import Any

from simulator.aws.ecs import describe
from simulator.aws.ecs.context import require
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.errors import InvalidParameter
from simulator.aws.ecs.events import ContainerInstanceStatusChanged
from simulator.aws.ecs.paging import page
from simulator.aws.ecs.query import compiled
from simulator.aws.ecs.state import Cluster, ContainerInstance

Shape = dict[str, Any]


class ContainerInstanceOperations(ControlPlane):
    """ListContainerInstances and its kin."""

    def list_container_instances(
        self,
        cluster: str | None = None,
        filter: str | None = None,
        status: str | None = None,
        nextToken: str | None = None,
        maxResults: int | None = None,
    ) -> Shape:
        """ARNs of registered instances, by status and by a cluster query; INACTIVE ones are never listed."""
        matches = compiled(filter) if filter else None
        found = [
            instance
            for instance in self.context.cluster(cluster).instances.values()
            if (status is None or instance.status == status) and (matches is None or matches(instance))
        ]
        shown, more = page(found, lambda instance: instance.order, maxResults, nextToken)
        return {"containerInstanceArns": [instance.arn for instance in shown], **more}

    def describe_container_instances(
        self, containerInstances: list[str], cluster: str | None = None, include: list[str] | None = None
    ) -> Shape:
        """The named instances, INACTIVE ones too; unknown ones are failures MISSING, with HTTP 200."""
        require(containerInstances, "Container instances can not be empty.")
        known, failures = self._instances(self.context.cluster(cluster), containerInstances)
        shapes = [describe.container_instance(self.context, instance, include or ()) for instance in known]
        return {"containerInstances": shapes, "failures": failures}

    def update_container_instances_state(
        self, containerInstances: list[str], status: str, cluster: str | None = None
    ) -> Shape:
        """ACTIVE to DRAINING and back. An INACTIVE instance is a failure of its own, with HTTP 200."""
        require(containerInstances, "Container instances can not be empty.")
        require(status in ("ACTIVE", "DRAINING"), f"Container instances cannot be set to status {status}.")
        known, failures = self._instances(self.context.cluster(cluster), containerInstances)
        changed = []
        for instance in known:
            if instance.status not in ("ACTIVE", "DRAINING"):
                failures.append({"arn": instance.arn, "reason": "INACTIVE"})
                continue
            self._set_status(instance, status)
            changed.append(describe.container_instance(self.context, instance))
        return {"containerInstances": changed, "failures": failures}

    def deregister_container_instance(
        self, containerInstance: str, cluster: str | None = None, force: bool = False
    ) -> Shape:
        """INACTIVE. With tasks on it only by force; they are orphans then, gone as far as ECS can see."""
        instance = self.context.instance(self.context.cluster(cluster), containerInstance)
        if instance is None or instance.status == "INACTIVE":
            raise InvalidParameter("Referenced container instance " + containerInstance + " not found.")
        if instance.tasks and not force:
            raise InvalidParameter("Found running tasks on the instance.")
        for task in list(instance.tasks.values()):
            task.orphaned = instance.ec2_instance.alive
            self.lifecycle.kill(task, "Container instance deregistration forced by user", "UserInitiated")
        self.agents.deregister(instance)
        return {"containerInstance": describe.container_instance(self.context, instance)}

    def _set_status(self, instance: ContainerInstance, status: str) -> None:
        before = instance.status
        if before == status:
            return
        instance.status = status
        instance.version += 1
        self.context.bus.emit(ContainerInstanceStatusChanged(instance, before, status))

    def _instances(
        self, cluster: Cluster, references: list[str]
    ) -> tuple[list[ContainerInstance], list[dict[str, str]]]:
        known: list[ContainerInstance] = []
        failures: list[dict[str, str]] = []
        for reference in references:
            if instance := self.context.instance(cluster, reference):
                known.append(instance)
            else:
                failures.append({"arn": self._full_arn(cluster, reference), "reason": "MISSING"})
        return known, failures

    def _full_arn(self, cluster: Cluster, reference: str) -> str:
        if reference.startswith("arn:"):
            return reference
        return self.context.arn("container-instance", cluster.name, reference)
