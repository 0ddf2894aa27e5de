"""Whether the functions may do what the rollout needs, as far as AWS can be asked without doing it: EC2's dry runs."""

from collections.abc import Iterator

from handlers.aws.dry_runs import DryRun, Verdict
from handlers.domain.model.findings import Finding
from handlers.domain.model.plan import Plan
from handlers.payloads import Direction
from handlers.planning.discover import Discovery
from handlers.runtime.clients import AwsClients


def about_permissions(clients: AwsClients, plan: Plan, found: Discovery) -> Iterator[Finding]:
    """Making a launch template version, and launching from one (Auto Scaling asks that of the caller)."""
    template_id = plan.growing(Direction.FORWARD).template.template_id
    for spec in _dry_runs(clients, plan, found):
        if spec.verdict is Verdict.DENIED:
            yield Finding("PERMISSION_MISSING", f"{spec.action} with {template_id}: {spec.why} to the plan's function.")
        elif spec.verdict is Verdict.UNKNOWN:
            yield Finding("PERMISSION_NOT_CHECKED", f"{spec.action} with {template_id} was not checked: {spec.why}.")


def _dry_runs(clients: AwsClients, plan: Plan, found: Discovery) -> tuple[DryRun, ...]:
    """The launch as Auto Scaling would make it: the group's type and subnet, where the template leaves them to it."""
    template, second = plan.growing(Direction.FORWARD).template, found.second
    version = clients.ec2.template_version(template.template_id, str(template.number))
    group = (second and second.group) or found.node_group.group
    types = second.types if second else group.instance_types
    alone = version is not None and not version.has_interfaces
    return clients.ec2.may_launch(
        template.template_id,
        template.number,
        image_id=plan.target_ami,
        instance_type=types[0] if types else "",
        subnet=group.subnets[0] if group.subnets and alone else "",
    )
