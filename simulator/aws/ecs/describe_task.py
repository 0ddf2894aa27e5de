"""A task as the API shows it."""

import zlib
from typing import Any
from uuid import UUID

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.state import Task

Shape = dict[str, Any]

ARCHITECTURE = "ecs.cpu-architecture"


def task(context: EcsContext, state: Task, include: tuple[str, ...] | list[str] = ()) -> Shape:
    """`Task` with its containers; members that are not known yet are absent, as on AWS."""
    definition = state.task_definition
    shown = [ARCHITECTURE] if state.placed else []
    known: Shape = {
        "startedAt": context.moment(state.started_at),
        "pullStartedAt": context.moment(state.started_at and state.created_at),
        "pullStoppedAt": context.moment(state.started_at),
        "stoppingAt": context.moment(state.stopping_at),
        "stoppedAt": context.moment(state.stopped_at),
        "executionStoppedAt": context.moment(state.stopped_at) if state.started_at is not None else None,
        "stoppedReason": state.stopped_reason or None,
        "stopCode": state.stop_code or None,
        "capacityProviderName": state.capacity_provider_name,
        "startedBy": state.started_by or None,
        "containerInstanceArn": state.instance.arn or None,
        "platformVersion": "1.4.0" if state.instance.fargate else None,
        "availabilityZone": state.instance.zone or None,
        **(_connection(context, state) if state.placed else {}),
    }
    shape: Shape = {
        "taskArn": state.arn,
        "clusterArn": state.cluster.arn,
        "taskDefinitionArn": definition.arn,
        "launchType": state.runs_on,
        "group": state.group,
        "lastStatus": state.last_status,
        "desiredStatus": state.desired_status,
        "healthStatus": "UNKNOWN",  # no container of this region has a health check of its own
        "cpu": str(definition.resources.cpu),
        "memory": str(definition.resources.memory),
        "createdAt": context.moment(state.created_at),
        "version": state.version,
        "attachments": _interface(state),
        "attributes": [{"name": name, "value": state.instance.attributes[name]} for name in shown],
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "enableExecuteCommand": False,
        "containers": [_container(state, item) for item in definition.request.get("containerDefinitions", ())],
        "tags": [{"key": key, "value": value} for key, value in state.tags.items()] if "TAGS" in include else [],
    }
    return shape | {name: value for name, value in known.items() if value is not None}


def _connection(context: EcsContext, state: Task) -> Shape:
    return {
        "connectivity": "CONNECTED" if state.instance.agent_connected else "DISCONNECTED",
        "connectivityAt": context.moment(state.created_at),
    }


def _container(state: Task, definition: Shape) -> Shape:
    shape: Shape = {
        "containerArn": f"{state.arn.replace(':task/', ':container/')}/{definition['name']}",
        "taskArn": state.arn,
        "name": definition["name"],
        "image": definition.get("image", ""),
        "lastStatus": "PENDING" if state.pending else "STOPPED" if state.last_status == "STOPPED" else "RUNNING",
        "healthStatus": "UNKNOWN",
        "networkBindings": _bindings(state, definition),
        "networkInterfaces": _addresses(state),
        "cpu": str(definition.get("cpu", 0)),
    }
    if state.started_at is not None:
        shape["runtimeId"] = f"{state.id}-{zlib.crc32(definition['name'].encode()):010d}"
        shape["imageDigest"] = state.digests[definition["name"]]
    if state.last_status == "STOPPED":
        known = {"exitCode": state.exit_code, "reason": state.container_reason or None}
        shape |= {name: value for name, value in known.items() if value is not None}
    return shape


def _bindings(state: Task, definition: Shape) -> list[Shape]:
    return [
        {
            "bindIP": "0.0.0.0",  # noqa: S104 - what the API answers, nothing is bound
            "containerPort": binding.container_port,
            "hostPort": binding.host_port,
            "protocol": binding.protocol,
        }
        for binding in state.bindings
        if binding.container == definition["name"]
    ]


def _interface(state: Task) -> list[Shape]:
    """The network interface of a task in `awsvpc` mode (botocore, `Attachment`)."""
    if state.address is None:
        return []
    details = {"subnetId": state.instance.ec2_instance.subnet_id, "privateIPv4Address": state.address}
    return [
        {
            "id": _attachment_id(state),
            "type": "ElasticNetworkInterface",
            "status": "DELETED" if state.last_status == "STOPPED" else "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]


def _addresses(state: Task) -> list[Shape]:
    if state.address is None:
        return []
    return [{"attachmentId": _attachment_id(state), "privateIpv4Address": state.address}]


def _attachment_id(state: Task) -> str:
    return str(UUID(state.id))
