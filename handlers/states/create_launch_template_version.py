"""Create launch template version: the version in use, with the target AMI and everything else carried over."""

from dataclasses import replace
from typing import Any

from handlers.catalogue import CREATE_VERSION
from handlers.domain.model.plan import Plan
from handlers.overrides.apply import description, pin_the_old
from handlers.payloads import Direction
from handlers.runtime.clients import AwsClients
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler

TOKEN_LENGTH = 128


@task_handler(CREATE_VERSION)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Make the version, once: the client token is the rollout's id."""
    return {"version": create_version(load_for_update(event, clients))}


def create_version(context: RolloutContext) -> int:
    """The number of the version that launches the target AMI; the one in use, where that is it already."""
    plan, ec2 = context.plan, context.clients.ec2
    template = plan.growing(Direction.FORWARD).template
    source = ec2.template_version(template.template_id, str(template.number))
    other_type = plan.topology.copy.instance_types[:1] if plan.topology.copy else ()
    if source is not None and source.image_id == plan.target_ami and not other_type:
        return source.number
    data: dict[str, Any] = {"ImageId": plan.target_ami}
    if other_type:
        data["InstanceType"] = other_type[0]
    if source is not None and (devices := _devices_with_snapshots(context, source.block_devices)):
        data["BlockDeviceMappings"] = devices
    pin_the_old(context)
    number = ec2.create_template_version(template.template_id, template.number, data, description(plan), _token(plan))
    context.save_progress(created=replace(context.progress.created, version=number))
    return number


def _devices_with_snapshots(context: RolloutContext, devices: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """All block devices, named again where one has a snapshot: a new version drops snapshots that are not named.

    (CreateLaunchTemplateVersion, SourceVersion.) The root device's snapshot is the old AMI's and stays behind.
    """
    image = context.clients.ec2.image(context.plan.target_ami)
    root = image.root_device if image else ""
    kept = [_without_snapshot(each) if each.get("DeviceName") == root else each for each in devices]
    return kept if any("SnapshotId" in each.get("Ebs", {}) for each in kept) else []


def _without_snapshot(device: dict[str, Any]) -> dict[str, Any]:
    ebs = {key: value for key, value in device.get("Ebs", {}).items() if key != "SnapshotId"}
    return {**device, "Ebs": ebs}


def _token(plan: Plan) -> str:
    return description(plan).replace(" ", "/")[-TOKEN_LENGTH:]
