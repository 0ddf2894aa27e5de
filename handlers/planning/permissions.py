"""Whether the functions may do what the rollout needs.

AWS is asked as far as that goes without doing it, by EC2's dry runs. What has none (which roles go with a task
definition and with a hook, which parameter is written) is compared with the names that the settings permit.
"""

from collections.abc import Iterator

from handlers.aws.autoscaling import Group
from handlers.aws.dry_runs import DryRun, Verdict
from handlers.aws.task_definitions import MARK
from handlers.domain.model.findings import Finding
from handlers.domain.model.fleet import Service
from handlers.domain.model.permitted import Permitted, role_name
from handlers.domain.model.plan import Plan
from handlers.payloads import Direction
from handlers.planning.discover import Discovery
from handlers.runtime.clients import AwsClients

PASS, TEMPLATE = "iam:PassRole", ":launch-template/"


def about_permissions(clients: AwsClients, plan: Plan, found: Discovery) -> Iterator[Finding]:
    """What is denied, what could not be told, and which names the settings do not permit."""
    for template_id, asked in _dry_runs(clients, plan, found):
        if asked.verdict is Verdict.DENIED:
            yield Finding("PERMISSION_MISSING", _denied(clients.permitted, template_id, asked))
        elif asked.verdict is Verdict.UNKNOWN:
            words = f"{asked.action} with {template_id} was not checked: {asked.why}."
            yield Finding("PERMISSION_NOT_CHECKED", words)
    yield from _about_names(clients, plan, found)


def _denied(permitted: Permitted, template_id: str, asked: DryRun) -> str:
    """What is denied and, where a line in the settings grants it, that line."""
    on = f" on {asked.resource}" if asked.resource else ""
    words = f"{asked.missing}{on} is denied to the plan's function"
    if asked.missing != asked.action:
        words += f", and {asked.action} with {template_id} takes it"
    if asked.explicitly:
        return f"{words}, by a policy that denies it explicitly."
    if asked.missing == PASS:
        return f"{words}. In the settings: {permitted.line('instance_roles', role_name(asked.resource))}."
    if TEMPLATE in asked.resource:
        tag = f"aws ec2 create-tags --resources {template_id} --tags Key={MARK},Value=yes"
        return f"{words}. Tag it: {tag}. Or, in the settings: {permitted.line('launch_templates', template_id)}."
    return f"{words}."


def _dry_runs(clients: AwsClients, plan: Plan, found: Discovery) -> Iterator[tuple[str, DryRun]]:
    """By launch template: the growing group's, and the old one's, which Auto Scaling launches from on the way back.

    Auto Scaling asks the same of whoever makes a group launch from another version.
    """
    growing, second = plan.growing(Direction.FORWARD).template, found.second
    group = (second and second.group) or found.node_group.group
    types = second.types if second else group.instance_types
    yield growing.template_id, clients.ec2.may_make_version(growing.template_id, growing.number)
    yield growing.template_id, _launch(clients, growing.template_id, growing.number, plan.target_ami, group, types)
    old = plan.topology.old.template
    if old.template_id != growing.template_id:
        source = found.node_group.group
        image = plan.original_ami
        yield (
            old.template_id,
            _launch(clients, old.template_id, old.return_version, image, source, source.instance_types),
        )


def _launch(
    clients: AwsClients, template_id: str, number: int, image_id: str, group: Group, types: tuple[str, ...]
) -> DryRun:
    """The launch as Auto Scaling would make it: the group's type and subnet, where the template leaves them to it."""
    version = clients.ec2.template_version(template_id, str(number))
    alone = version is not None and not version.has_interfaces
    return clients.ec2.may_launch(
        template_id,
        number,
        image_id=image_id,
        instance_type=types[0] if types else "",
        subnet=group.subnets[0] if group.subnets and alone else "",
    )


def _about_names(clients: AwsClients, plan: Plan, found: Discovery) -> Iterator[Finding]:
    permitted = clients.permitted
    written = [plan.publish_to] if plan.publish_to else []
    for name in permitted.missing("parameters", written):
        yield _beyond(permitted, "parameters", name, f"publish_to: the functions may not write the parameter {name}")
    for name in permitted.missing("task_roles", _task_roles(clients, plan, found.services)):
        words = f"the rollout registers a task definition with the role {name}, and the functions may not pass it"
        yield _beyond(permitted, "task_roles", name, words)
    hooks = clients.autoscaling.hook_roles(plan.group) if plan.topology.copy else ()
    for name in permitted.missing("hook_roles", map(role_name, hooks)):
        words = (
            f"the copy of {plan.group} gets a lifecycle hook with the role {name}, and the functions may not pass it"
        )
        yield _beyond(permitted, "hook_roles", name, words)


def _beyond(permitted: Permitted, key: str, name: str, words: str) -> Finding:
    return Finding("PERMISSION_MISSING", f"{words}. In the settings: {permitted.line(key, name)}.")


def _task_roles(clients: AwsClients, plan: Plan, services: tuple[Service, ...]) -> Iterator[str]:
    """The roles in the task definitions that the rollout derives others from."""
    derives = {move.service for move in plan.route.all_moves if any(each.derived for each in move.placements.values())}
    for service in services:
        if service.name in derives:
            definition = clients.definitions.read(service.task_definition)
            yield from (role_name(definition[key]) for key in ("taskRoleArn", "executionRoleArn") if key in definition)
