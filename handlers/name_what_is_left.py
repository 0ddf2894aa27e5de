"""Name what is left: the rollout can go neither forward nor back. Say what stands where, and what finishes it."""

from typing import Any

from handlers.begin_roll_back import read_failure
from handlers.contract import NAME_WHAT_IS_LEFT, Report
from handlers.doorway import doorway
from handlers.settings import INTERFERING, not_given_back
from handlers.turn import Turn, look_at
from handlers.world import World


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
    plan, recorded = turn.plan, turn.plan.recorded
    sizes = f"--min-size {recorded.minimum} --max-size {recorded.maximum}"
    group = f"--auto-scaling-group-name {plan.group}"
    ours = " ".join(sorted(set(INTERFERING) - set(recorded.suspended)))
    return [
        f"aws autoscaling update-auto-scaling-group {group} {sizes}",
        f"aws autoscaling resume-processes {group} --scaling-processes {ours}",
        f"aws ecs list-container-instances --cluster {plan.cluster} --status DRAINING",
        f"then release the lock: delete the item lock#{plan.cluster}#{plan.group} of the rollout table",
    ]
