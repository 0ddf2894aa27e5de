"""Name what is left: the rollout can go neither forward nor back. Say what stands where, and what finishes it."""

import json
from typing import Any

from handlers.begin_roll_back import read_failure
from handlers.contract import NAME_WHAT_IS_LEFT, Report
from handlers.doorway import doorway
from handlers.observe import present
from handlers.settings import INTERFERING, not_given_back
from handlers.turn import Turn, look_at
from handlers.world import World

SERVICES_NAMED = 5


@doorway(NAME_WHAT_IS_LEFT)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """The report for `$.report`. Changes nothing: somebody else may own the node group now."""
    return name_what_is_left(look_at(event, world), event["state"]).to_state()


def name_what_is_left(turn: Turn, state: dict[str, Any]) -> Report:
    """What failed first, what failed then, what is left, and the commands that finish it."""
    failure = turn.progress.failure or read_failure(state)
    latest = read_failure(state)
    fleet = turn.observe().fleet
    plan = turn.plan
    back = turn.progress.direction == "back"
    left = len(fleet.incoming) if back else len(fleet.outgoing)
    words = [
        failure["cause"],
        f"Then: {latest['error']}: {latest['cause']}" if latest != failure else "",
        f"Left: {left} instances of {plan.group} on the old AMI, {len(fleet.alive) - left} on {plan.target_ami}.",
        *(f"Not restored: {problem}." for problem in not_given_back(turn)),
        f"To finish: {'; '.join(_commands(turn))}" if turn.world.table.owner(plan) == plan.rollout_id else "",
    ]
    details = {"step": failure["step"], "old": left, "new": len(fleet.alive) - left}
    return Report("needs-a-human", failure["error"], " ".join(word for word in words if word), details)


def _commands(turn: Turn) -> list[str]:
    """Commands for what does not stand as recorded, then for the lock."""
    plan, recorded = turn.plan, turn.plan.recorded
    group = present(turn.world, plan)
    named = f"--auto-scaling-group-name {plan.group}"
    commands = []
    if group.mixed is None and (group.template or {}).get("Version") != recorded.template.specified:
        template = f"LaunchTemplateId={recorded.template.template_id},Version='{recorded.template.specified}'"
        commands.append(f"aws autoscaling update-auto-scaling-group {named} --launch-template {template}")
    if (group.minimum, group.maximum) != (recorded.minimum, recorded.maximum):
        sizes = f"--min-size {recorded.minimum} --max-size {recorded.maximum}"
        commands.append(f"aws autoscaling update-auto-scaling-group {named} {sizes}")
    ours = sorted(set(INTERFERING) & set(group.suspended) - set(recorded.suspended))
    if ours:
        commands.append(f"aws autoscaling resume-processes {named} --scaling-processes {' '.join(ours)}")
    if recorded.provider is not None and recorded.provider.scales:
        settings = {
            "managedScaling": recorded.provider.managed_scaling,
            "managedTerminationProtection": recorded.provider.managed_termination_protection,
        }
        provider = f"--name {recorded.provider.name} --auto-scaling-group-provider '{json.dumps(settings)}'"
        commands.append(f"aws ecs update-capacity-provider {provider}")
    for service in recorded.rebalancing_services[:SERVICES_NAMED]:
        change = f"--service {service} --availability-zone-rebalancing ENABLED"
        commands.append(f"aws ecs update-service --cluster {plan.cluster} {change}")
    lock = f"lock#{plan.cluster}#{plan.group}"
    return [*commands, f"and when the fleet stands, release the lock: delete the item {lock} of the rollout table"]
