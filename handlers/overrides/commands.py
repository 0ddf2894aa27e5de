"""Commands for what a rollout leaves: the API calls as data, and each as a line for the AWS CLI.

None of them takes an instance away that runs tasks: a MaxSize under the group's size would, and AZRebalance on uneven
zones. What instances hold up so is returned with them, by the recovery.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from botocore import xform_name

from handlers.aws.autoscaling import Group
from handlers.aws.capacity_providers import item_of
from handlers.aws.executions import machine_of
from handlers.aws.services import home
from handlers.domain.model.fleet import GOING
from handlers.domain.model.group_record import GroupRecord
from handlers.overrides.apply import INTERFERING, description, launchable
from handlers.overrides.difference import DEFAULT, PLACEMENT, PROTECTION, PROVIDERS, REBALANCING, SCALING, Difference
from handlers.overrides.restore import bounds_after, held_back
from handlers.payloads import RECOVER, Direction
from handlers.runtime.roll_back import past_return
from handlers.runtime.rollout_context import RolloutContext

SERVICES_NAMED = 500


@dataclass(frozen=True)
class Command:
    """One API call, named as the AWS CLI names it; `parameters` have the API's own names."""

    service: str
    operation: str
    parameters: dict[str, Any]

    @property
    def line(self) -> str:
        """What an operator types."""
        return " ".join(("aws", self.service, self.operation, *(_option(*each) for each in self.parameters.items())))

    def to_json(self) -> dict[str, Any]:
        """The JSON object for the report."""
        return asdict(self)


def _option(name: str, value: Any) -> str:
    option = f"--{xform_name(name, '-')}"
    if value is True:
        return option
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return f"{option} {' '.join(map(shlex.quote, value))}"
    return f"{option} {shlex.quote(value if isinstance(value, str) else json.dumps(value))}"


def recovery(context: RolloutContext, execution_arn: str) -> Command:
    """The start that returns what is left, as the rule would have done it."""
    machine = machine_of(execution_arn)
    asked = {"action": RECOVER, "cluster": context.plan.cluster, "auto_scaling_group": context.plan.group}
    return Command("stepfunctions", "start-execution", {"stateMachineArn": machine, "input": json.dumps(asked)})


def commands(context: RolloutContext, left: list[Difference]) -> list[Command]:
    """What brings each of these to what was recorded, the locks last; of very many services the first ones."""
    if past_return(context):
        return list(_release(context))
    services = list(_services(context, left))[:SERVICES_NAMED]
    return [*services, *_cluster(context, left), *_groups(context, left), *_release(context)]


def _groups(context: RolloutContext, left: list[Difference]) -> Iterator[Command]:
    there = {
        one.name: one for name in context.plan.groups if (one := context.clients.autoscaling.group(name)) is not None
    }
    records = [record for record in context.plan.topology.records if record.name in there]
    made = [record for record in records if not record.exists and context.progress.direction is Direction.BACK]
    empty = [record for record in made if _is_emptied(there[record.name])]
    for record in empty:
        yield from _away(context, record, there[record.name])
    if made == empty and context.progress.direction is Direction.BACK:
        yield from _versions(context, [(record, there[record.name]) for record in records if record.exists])
    for record in records:
        if record not in empty:
            yield from _sizes_and_processes(context, record, there[record.name])
            yield from _provider(record, left)


def _provider(record: GroupRecord, left: list[Difference]) -> Iterator[Command]:
    provider = record.provider
    if provider is None or not any(
        difference.what in (SCALING, PROTECTION) and difference.resource == provider.name for difference in left
    ):
        return
    settings = {
        "managedScaling": provider.managed_scaling,
        "managedTerminationProtection": provider.managed_termination_protection,
    }
    asked = {"name": provider.name, "autoScalingGroupProvider": settings}
    yield Command("ecs", "update-capacity-provider", asked)


def _sizes_and_processes(context: RolloutContext, record: GroupRecord, group: Group) -> Iterator[Command]:
    """As far as the instances that are left allow them."""
    named = {"AutoScalingGroupName": record.name}
    ours = set(INTERFERING) & set(group.suspended) - set(record.suspended) - held_back(group)
    if ours:
        yield Command("autoscaling", "resume-processes", {**named, "ScalingProcesses": sorted(ours)})
    least, most = bounds_after(context, record, group, group.desired, unfinished=True)
    if (least, most) != (group.minimum, group.maximum):
        yield Command("autoscaling", "update-auto-scaling-group", {**named, "MinSize": least, "MaxSize": most})


def _versions(context: RolloutContext, groups: list[tuple[GroupRecord, Group]]) -> Iterator[Command]:
    """The rollout's own versions go first: `$Latest` would mean the newest of them.

    Where the AMI of the version that was recorded is gone, the group stays on the one it has, which is there.
    """
    returning = [(record, group) for record, group in groups if launchable(context.clients, record)]
    kept = {(group.template or {}).get("Version") for record, group in groups if (record, group) not in returning}
    template = context.plan.growing(Direction.FORWARD).template
    ours = context.clients.ec2.template_versions_described(
        template.template_id, description(context.plan), template.number
    )
    unused = [str(number) for number in ours if str(number) not in kept]
    if unused:
        asked = {"LaunchTemplateId": template.template_id, "Versions": unused}
        yield Command("ec2", "delete-launch-template-versions", asked)
    for record, group in returning:
        if (group.template or {}).get("Version") != record.template.specified:
            yield _pin(record, group)


def _pin(record: GroupRecord, group: Group) -> Command:
    """The group's own words for its version; a mixed instances policy keeps everything else."""
    specification = {"LaunchTemplateId": record.template.template_id, "Version": record.template.specified}
    change: dict[str, Any] = {"LaunchTemplate": specification}
    if group.mixed is not None:
        shared = {**group.mixed["LaunchTemplate"], "LaunchTemplateSpecification": specification}
        change = {"MixedInstancesPolicy": {**group.mixed, "LaunchTemplate": shared}}
    return Command("autoscaling", "update-auto-scaling-group", {"AutoScalingGroupName": record.name, **change})


def _is_emptied(group: Group) -> bool:
    """Whether nothing is left in it but what is on its way out."""
    return all(member.lifecycle in GOING for member in group.members)


def _away(context: RolloutContext, record: GroupRecord, group: Group) -> Iterator[Command]:
    """A group that the rollout made, and that is empty: out of the cluster, then gone; by force with what leaves it."""
    if record.provider is not None:
        recorded, cluster = context.plan.recorded, context.plan.cluster
        now = context.clients.providers.of_cluster(cluster)
        asked = {
            "cluster": cluster,
            "capacityProviders": [name for name in now.names if name != record.provider.name],
            "defaultCapacityProviderStrategy": [item_of(share) for share in recorded.default_strategy],
        }
        if record.provider.name in now.names:
            yield Command("ecs", "put-cluster-capacity-providers", asked)
        if context.clients.providers.groups([record.provider.name]):
            yield Command("ecs", "delete-capacity-provider", {"capacityProvider": record.provider.name})
    leaving = {"ForceDelete": True} if group.members else {}
    yield Command("autoscaling", "delete-auto-scaling-group", {"AutoScalingGroupName": record.name, **leaving})


def _cluster(context: RolloutContext, left: list[Difference]) -> Iterator[Command]:
    recorded = context.plan.recorded
    away = not context.plan.topology.new.exists
    if away or not {difference.what for difference in left} & {PROVIDERS, DEFAULT}:
        return
    now = context.clients.providers.of_cluster(context.plan.cluster)
    asked = {
        "cluster": context.plan.cluster,
        "capacityProviders": sorted({*now.names, *recorded.providers}),
        "defaultCapacityProviderStrategy": [item_of(share) for share in recorded.default_strategy],
    }
    yield Command("ecs", "put-cluster-capacity-providers", asked)


def _services(context: RolloutContext, left: list[Difference]) -> Iterator[Command]:
    plan = context.plan
    standing = {each.name: each for each in context.clients.services.of_cluster(plan.cluster)}
    calm = {difference.resource for difference in left if difference.what == REBALANCING}
    not_restored = (
        {difference.resource for difference in left if difference.what == PLACEMENT}
        if context.progress.direction is Direction.BACK
        else ()
    )
    for name in sorted(calm):
        asked = {"cluster": plan.cluster, "service": name, "availabilityZoneRebalancing": "ENABLED"}
        yield Command("ecs", "update-service", asked)
    for name in dict.fromkeys(move.service for move in plan.route.all_moves):
        if name in not_restored:
            service = standing[name]
            moves = [move for move in plan.route.all_moves if move.service == name]
            _kind, source = context.progress.created.revisions.get(service.task_definition, (None, None))
            yield Command(
                "ecs", "update-service", {"cluster": plan.cluster, "service": name, **home(service, moves, source)}
            )


def _release(context: RolloutContext) -> Iterator[Command]:
    """Deleting the locks, where the rollout holds them still: with them the next rollout may begin."""
    table, keys = context.clients.leases.locks(context.plan)
    for key in keys:
        yield Command("dynamodb", "delete-item", {"TableName": table, "Key": key})
