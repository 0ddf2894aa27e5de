"""Apply what a rollout overrides of its node groups: sizes, processes, managed scaling, template version."""

from dataclasses import replace

from handlers.aws.autoscaling import Group
from handlers.domain.model.group_record import GroupRecord, ProviderSettings
from handlers.domain.model.plan import Plan
from handlers.errors import ChangeInProgress
from handlers.payloads import Direction
from handlers.runtime.clients import AwsClients
from handlers.runtime.observe import image_state, present
from handlers.runtime.rollout_context import RolloutContext

# What would launch, terminate or scale on its own in mid-rollout. Never Launch and Terminate: the rollout needs them.
AVAILABLE = "available"  # of an AMI (botocore, ImageState)
LATEST = "$Latest"
INTERFERING = ("AZRebalance", "AlarmNotification", "ScheduledActions", "InstanceRefresh")


def apply(context: RolloutContext, asked: int = 0) -> RolloutContext:
    """Make each group launch from the right version, with sizes that the plan needs, and keep others from scaling it.

    `asked` is the desired capacity of the group that grows on the way back, for which its bounds are widened no sooner.
    Managed scaling stays where capacity is to come from it; on the way back never. What bounds were set is written
    down before, so that another actor's are known.
    """
    clients, plan, direction = context.clients, context.plan, context.progress.direction
    managed = plan.topology.is_scaled_by_provider(direction)
    for record in plan.topology.records:
        stays = record.exists and not plan.topology.retires_old
        group = present(clients, record.name) if stays else clients.autoscaling.group(record.name)
        if group is None:
            continue
        if not plan.topology.is_emptied(record.name, direction):  # nothing is launched there any more
            _pin(context, record, group)
        bounds = plan.topology.bounds(record.name, direction, (group.minimum, group.maximum), plan.sizes, asked)
        if bounds != (group.minimum, group.maximum):
            context = context.with_bounds(record.name, bounds)
            clients.autoscaling.resize(record.name, *bounds)
        if not managed and not set(INTERFERING) <= set(group.suspended):
            clients.autoscaling.suspend(record.name, INTERFERING)
        if not managed and record.provider is not None and record.provider.scales:
            set_provider(clients, _switched_off(record.provider))
    check_settled(clients, plan)
    return context


def pin_the_old(context: RolloutContext) -> None:
    """Pin what is not to launch the target AMI before there is a version of it: `$Latest` would mean that one."""
    for record in context.plan.topology.records:
        if not context.plan.topology.launches_target(record.name, Direction.FORWARD):
            _pin(context, record, present(context.clients, record.name))


def _pin(context: RolloutContext, record: GroupRecord, group: Group) -> None:
    if context.progress.direction is Direction.BACK and _says_so_itself(context, record, group):
        return
    version = str(version_to_launch(context, record))
    if group.template is None or group.template.get("Version") != version:
        context.clients.autoscaling.pin(group, record.template.template_id, version)


def _says_so_itself(context: RolloutContext, record: GroupRecord, group: Group) -> bool:
    """Whether its own words, never changed, mean what it is to return to: so it is without a call that may be denied.

    `$Latest` means the rollout's own version while that is there.
    """
    words = record.template.specified
    if (group.template or {}).get("Version") != words:
        return False
    if words == LATEST:
        delete_versions(context.clients, context.plan)
    version = context.clients.ec2.template_version(record.template.template_id, words)
    return version is not None and version.number == record.template.return_version


def check_settled(clients: AwsClients, plan: Plan) -> None:
    """Raise ChangeInProgress while ECS changes a capacity provider: until then managed scaling may act as before."""
    for record in plan.topology.records:
        if record.provider is not None and clients.providers.changing(record.provider.name):
            raise ChangeInProgress(f"ECS is not done with the capacity provider {record.provider.name} yet.")


def version_to_launch(context: RolloutContext, record: GroupRecord) -> int:
    """The number of the version that the group launches from in this direction; never `$Latest`."""
    if not context.plan.topology.launches_target(record.name, context.progress.direction):
        return record.template.return_version
    return context.progress.created.version or record.template.number


def launchable(clients: AwsClients, record: GroupRecord) -> bool:
    """Whether Auto Scaling takes the version that was recorded: it refuses one whose AMI is gone.

    `$Latest` may mean the rollout's own version still; it is the one recorded that it is to mean.
    """
    words = record.template.specified
    number = str(record.template.number) if words == LATEST else words
    version = clients.ec2.template_version(record.template.template_id, number)
    return version is None or image_state(clients, version.image_id) == AVAILABLE


def delete_versions(clients: AwsClients, plan: Plan) -> None:
    """Delete the version that the rollout made, before `$Latest` could mean it again; not one that a group stays on."""
    template = plan.growing(Direction.FORWARD).template
    ours = clients.ec2.template_versions_described(template.template_id, description(plan), template.number)
    kept = _stayed_on(clients, plan) if ours else set()
    for number in ours:
        if str(number) not in kept:
            clients.ec2.delete_template_version(template.template_id, number)


def _stayed_on(clients: AwsClients, plan: Plan) -> set[str]:
    """The versions of groups that cannot be given their own again."""
    groups = [
        clients.autoscaling.group(record.name)
        for record in plan.topology.records
        if record.exists and not launchable(clients, record)
    ]
    return {str((group.template or {}).get("Version")) for group in groups if group is not None}


def description(plan: Plan) -> str:
    """How the rollout marks the launch template version that it makes."""
    return f"ecs-ami-rollout {plan.rollout_id}"


def _switched_off(provider: ProviderSettings) -> ProviderSettings:
    """Managed scaling off, and with it the managed termination protection that requires it."""
    return replace(
        provider,
        managed_scaling={**provider.managed_scaling, "status": "DISABLED"},
        managed_termination_protection="DISABLED",
    )


def set_provider(clients: AwsClients, wanted: ProviderSettings) -> None:
    """Bring a capacity provider to those settings, where it has others."""
    if clients.providers.find(wanted.name) != wanted:
        clients.providers.set(wanted)
