"""A task as the API shows it."""

from typing import Any

from simulator.ecs.context import Context
from simulator.ecs.state import Task

Shape = dict[str, Any]


def task(context: Context, state: Task, include: tuple[str, ...] | list[str] = ()) -> Shape:
    """`Task` with its containers; members that are not known yet are absent, as on AWS."""
    definition = state.task_definition
    known: Shape = {
        "startedAt": context.moment(state.started_at),
        "pullStartedAt": context.moment(state.created_at),
        "pullStoppedAt": context.moment(state.started_at),
        "stoppingAt": context.moment(state.stopping_at),
        "stoppedAt": context.moment(state.stopped_at),
        "executionStoppedAt": context.moment(state.stopped_at) if state.started_at is not None else None,
        "stoppedReason": state.stopped_reason or None,
        "stopCode": state.stop_code or None,
        "capacityProviderName": state.capacity_provider_name,
        "launchType": None if state.capacity_provider_name else state.launch_type,
        "startedBy": state.started_by or None,
    }
    shape: Shape = {
        "taskArn": state.arn,
        "clusterArn": state.cluster.arn,
        "taskDefinitionArn": definition.arn,
        "containerInstanceArn": state.instance.arn,
        "availabilityZone": state.instance.zone,
        "group": state.group,
        "lastStatus": state.last_status,
        "desiredStatus": state.desired_status,
        "healthStatus": "UNKNOWN",  # no container of this region has a health check of its own
        "connectivity": "CONNECTED" if state.instance.agent_connected else "DISCONNECTED",
        "connectivityAt": context.moment(state.created_at),
        "cpu": str(definition.needs.cpu),
        "memory": str(definition.needs.memory),
        "createdAt": context.moment(state.created_at),
        "version": state.version,
        "attachments": [],
        "attributes": [{"name": "ecs.cpu-architecture", "value": state.instance.attributes["ecs.cpu-architecture"]}],
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "enableExecuteCommand": False,
        "containers": [_container(context, state, item) for item in definition.request.get("containerDefinitions", ())],
        "tags": [{"key": key, "value": value} for key, value in state.tags.items()] if "TAGS" in include else [],
    }
    return shape | {name: value for name, value in known.items() if value is not None}


def _container(context: Context, state: Task, definition: Shape) -> Shape:
    shape: Shape = {
        "containerArn": f"{state.arn.replace(':task/', ':container/')}/{definition['name']}",
        "taskArn": state.arn,
        "name": definition["name"],
        "image": definition.get("image", ""),
        "lastStatus": state.last_status if state.last_status in ("PENDING", "STOPPED") else "RUNNING",
        "healthStatus": "UNKNOWN",
        "networkBindings": _bindings(state, definition),
        "networkInterfaces": [],
        "cpu": str(definition.get("cpu", 0)),
    }
    if state.last_status != "PENDING":
        shape["imageDigest"] = context.images.digest(shape["image"])
    return shape if state.exit_code is None else shape | {"exitCode": state.exit_code}


def _bindings(state: Task, definition: Shape) -> list[Shape]:
    if state.last_status == "PENDING":
        return []
    return [
        {
            "bindIP": "0.0.0.0",  # noqa: S104 - what the API answers, nothing is bound
            "containerPort": mapping["containerPort"],
            "hostPort": mapping["hostPort"],
            "protocol": mapping.get("protocol", "tcp"),
        }
        for mapping in definition.get("portMappings", ())
        if mapping.get("hostPort")
    ]
