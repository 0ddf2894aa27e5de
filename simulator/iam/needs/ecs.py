"""Amazon ECS. Resources and `ecs:cluster`: "Actions, resources, and condition keys for Amazon ECS"."""

from collections.abc import Iterator

from simulator.iam.needs.need import EVERYTHING, Need, Needs, Place, Request, nowhere

TASKS_SERVICE = "ecs-tasks.amazonaws.com"


def _cluster(request: Request, place: Place) -> str:
    return _named("cluster", request.get("cluster") or "default", place)


def _named(kind: str, name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("ecs", f"{kind}/{name}")


def _within(kind: str, name: str, request: Request, place: Place) -> str:
    """The long ARN of a thing of the cluster."""
    cluster = _cluster(request, place).rsplit("/", 1)[-1]
    return name if name.startswith("arn:") else place.arn("ecs", f"{kind}/{cluster}/{name}")


def _on_clusters(action: str, key: str) -> Needs:
    def needs(request: Request, place: Place) -> Iterator[Need]:
        given = request.get(key) or "default"
        names = given if isinstance(given, list) else [given]
        yield Need(action, [_named("cluster", name, place) for name in names])

    return needs


def _on(action: str, kind: str, key: str) -> Needs:
    """On things of the cluster that the request names by `key`: one, or a list."""

    def needs(request: Request, place: Place) -> Iterator[Need]:
        given = request[key] if isinstance(request[key], list) else [request[key]]
        resources = [_within(kind, name, request, place) for name in given]
        yield Need(action, resources, {"ecs:cluster": _cluster(request, place)})

    return needs


def _on_attributes(action: str) -> Needs:
    def needs(request: Request, place: Place) -> Iterator[Need]:
        targets = [each.get("targetId", EVERYTHING) for each in request["attributes"]]
        resources = [_within("container-instance", target, request, place) for target in targets]
        yield Need(action, resources, {"ecs:cluster": _cluster(request, place)})

    return needs


def _list_tasks(request: Request, place: Place) -> Iterator[Need]:
    """On a container instance, else on everything: `ecs:cluster` is what narrows it (cdklabs/construct-hub#1207)."""
    instance = request.get("containerInstance")
    resource = _within("container-instance", instance, request, place) if instance else EVERYTHING
    yield Need("ecs:ListTasks", [resource], {"ecs:cluster": _cluster(request, place)})


def _list_services(request: Request, place: Place) -> Iterator[Need]:
    yield Need("ecs:ListServices", context={"ecs:cluster": _cluster(request, place)})


def _register(request: Request, place: Place) -> Iterator[Need]:
    resource = place.arn("ecs", f"task-definition/{request['family']}:*")
    yield Need("ecs:RegisterTaskDefinition", [resource])
    if request.get("tags"):
        yield Need("ecs:TagResource", [resource], {"ecs:CreateAction": "RegisterTaskDefinition"})
    for key in ("taskRoleArn", "executionRoleArn"):
        if request.get(key):
            yield Need("iam:PassRole", [request[key]], {"iam:PassedToService": TASKS_SERVICE})


def _provider(action: str, key: str) -> Needs:
    def needs(request: Request, place: Place) -> Iterator[Need]:
        given = request.get(key) or EVERYTHING
        names = given if isinstance(given, list) else [given]
        resources = [_named("capacity-provider", name, place) for name in names]
        yield Need(action, resources)
        if request.get("tags"):
            yield Need("ecs:TagResource", resources, {"ecs:CreateAction": action.partition(":")[2]})

    return needs


def _stop_service_deployment(request: Request, _place: Place) -> Iterator[Need]:
    """The reference names the service beside the deployment, without saying that either does: both are asked for."""
    deployment = request["serviceDeploymentArn"]
    service = deployment.rpartition("/")[0].replace(":service-deployment/", ":service/")
    yield Need("ecs:StopServiceDeployment", [deployment, service])


NEEDS: dict[str, Needs] = {
    "CreateCapacityProvider": _provider("ecs:CreateCapacityProvider", "name"),
    "DeleteAttributes": _on_attributes("ecs:DeleteAttributes"),
    "DeleteCapacityProvider": _provider("ecs:DeleteCapacityProvider", "capacityProvider"),
    "DeregisterContainerInstance": _on_clusters("ecs:DeregisterContainerInstance", "cluster"),
    "DeregisterTaskDefinition": nowhere("ecs:DeregisterTaskDefinition"),
    "DescribeCapacityProviders": _provider("ecs:DescribeCapacityProviders", "capacityProviders"),
    "DescribeClusters": _on_clusters("ecs:DescribeClusters", "clusters"),
    "DescribeContainerInstances": _on("ecs:DescribeContainerInstances", "container-instance", "containerInstances"),
    "DescribeServices": _on("ecs:DescribeServices", "service", "services"),
    "DescribeTaskDefinition": nowhere("ecs:DescribeTaskDefinition"),
    "DescribeTasks": _on("ecs:DescribeTasks", "task", "tasks"),
    "ListClusters": nowhere("ecs:ListClusters"),
    "ListContainerInstances": _on_clusters("ecs:ListContainerInstances", "cluster"),
    "ListServices": _list_services,
    "ListTasks": _list_tasks,
    "PutAttributes": _on_attributes("ecs:PutAttributes"),
    "PutClusterCapacityProviders": _on_clusters("ecs:PutClusterCapacityProviders", "cluster"),
    "RegisterTaskDefinition": _register,
    "StopServiceDeployment": _stop_service_deployment,
    "StopTask": _on("ecs:StopTask", "task", "task"),
    "UpdateCapacityProvider": _provider("ecs:UpdateCapacityProvider", "name"),
    "UpdateContainerInstancesState": _on(
        "ecs:UpdateContainerInstancesState", "container-instance", "containerInstances"
    ),
    "UpdateService": _on("ecs:UpdateService", "service", "service"),
}
