"""Whether the functions may do what the rollout needs, as far as AWS can be asked without doing it: EC2's dry runs."""

from collections.abc import Iterator

from handlers.contract import Direction
from handlers.domain.findings import Finding
from handlers.domain.plan import Plan
from handlers.world import World


def about_permissions(world: World, plan: Plan) -> Iterator[Finding]:
    """Making a launch template version, and launching from one (Auto Scaling asks that of the caller)."""
    template = plan.growing(Direction.FORWARD).template
    for action, allowed in world.ec2.may_launch(template.template_id, template.number).items():
        if not allowed:
            yield Finding("PERMISSION_MISSING", f"{action} on {template.template_id} is denied to the plan's function.")
