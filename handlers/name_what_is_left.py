"""Name what is left: the rollout can go neither forward nor back. Say what stands where, and what finishes it."""

import json
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from handlers import news
from handlers.begin_roll_back import past_return, read_failure
from handlers.borrowed.read_back import not_given_back, recorded_words
from handlers.borrowed.settings import INTERFERING
from handlers.contract import NAME_WHAT_IS_LEFT, Report
from handlers.domain.account import account
from handlers.domain.fleet import Service
from handlers.domain.placement import BEFORE, Move
from handlers.domain.plan import GroupRecord, Plan
from handlers.domain.stages import told
from handlers.doorway import doorway, metrics
from handlers.gateways.autoscaling import Group
from handlers.turn import Turn, turn_of
from handlers.world import World

SERVICES_NAMED = 5


@doorway(NAME_WHAT_IS_LEFT)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """The report for `$.report`. Changes nothing in AWS: somebody else may own the node group now."""
    turn = turn_of(event["rollout"]["rollout_id"], event, world)  # whatever version its payload has
    if turn.acts and not turn.progress.needs_human:
        turn = turn.remember(needs_human=True)
    report = name_what_is_left(turn, event["state"])
    metrics.add_metric(name="NeedsAHuman", unit=MetricUnit.Count, value=1)
    if turn.acts:
        news.tell(turn, event, news.NEEDS_A_HUMAN, report.cause)
    return report.to_state()


def name_what_is_left(turn: Turn, state: dict[str, Any]) -> Report:
    """What failed first, what failed then, what is left, and the commands that finish it."""
    failure = turn.progress.failure or read_failure(state)
    latest = read_failure(state)
    then = f"Then: {latest['error']}: {latest['cause']}" if latest != failure else ""
    try:
        left, details = _what_stands(turn)
    except Exception as error:  # noqa: BLE001  whatever keeps it from being read, what is known is told
        left, details = [_unread(turn, error)], {}
    cause = " ".join(word for word in (failure["cause"], then, *left) if word)
    return Report("needs-a-human", failure["error"], cause, {"step": failure["step"], **details})


def _what_stands(turn: Turn) -> tuple[list[str], dict[str, Any]]:
    """Instances on either AMI, settings that are not restored, commands; and the counts."""
    plan, fleet = turn.plan, turn.observe().fleet
    back = turn.progress.direction == "back"
    left = len(fleet.incoming) if back else len(fleet.outgoing)
    new = len(fleet.alive) - left
    words = [
        f"Left: {left} instances of {plan.group} on the old AMI, {new} on {plan.target_ami}.",
        *(f"Not restored: {problem}." for problem in not_given_back(turn)),
    ]
    if turn.world.leases.owner(plan.cluster, plan.group) == plan.rollout_id:
        words.append(f"To finish: {'; '.join(_commands(turn))}")
    skipped = [{"instance": name, "code": "STANDALONE_TASKS"} for name in turn.progress.skipped]
    way = account(plan, turn.progress, turn.world.now(), fleet.incoming)
    return words, {"old": left, "new": new, "skipped": skipped, **way}


def _unread(turn: Turn, error: Exception) -> str:
    """What is known without reading: what was to move, what was recorded, how to go on."""
    plan = turn.plan
    recover = json.dumps({"action": "recover", "cluster": plan.cluster, "auto_scaling_group": plan.group})
    return (
        f"Left: what stands could not be read ({error}). {plan.old} instances of {plan.group} were to go from "
        f"{plan.original_ami} to {plan.target_ami}; recorded was: {recorded_words(plan.recorded)}. "
        f"To finish: mend what keeps it from being read, then start the machine with {recover}."
    )


def _commands(turn: Turn) -> list[str]:
    """Commands for what does not stand as recorded, then for the locks."""
    plan = turn.plan
    commands: list[str] = []
    if past_return(turn):
        return [_release(plan)]
    for record in plan.recorded.groups:
        group = turn.world.autoscaling.group(record.name)
        if group is not None and record.exists:
            commands += _for_group(record, group)
        elif group is not None:
            commands.append(
                f"aws autoscaling delete-auto-scaling-group --auto-scaling-group-name {record.name} --force-delete"
            )
    for service in plan.recorded.rebalancing_services[:SERVICES_NAMED]:
        change = f"--service {service} --availability-zone-rebalancing ENABLED"
        commands.append(f"aws ecs update-service --cluster {plan.cluster} {change}")
    commands += [_for_service(plan.cluster, *each) for each in _astray(turn)[:SERVICES_NAMED]]
    return [*commands, f"and when the fleet stands, {_release(plan)}"]


def _release(plan: Plan) -> str:
    locks = " and ".join(f"lock#{plan.cluster}#{name}" for name in plan.groups)
    return f"release the lock: delete the item {locks} of the rollout table"


def _for_group(record: GroupRecord, group: Group) -> list[str]:
    named = f"--auto-scaling-group-name {record.name}"
    commands = []
    if group.mixed is None and (group.template or {}).get("Version") != record.template.specified:
        template = f"LaunchTemplateId={record.template.template_id},Version='{record.template.specified}'"
        commands.append(f"aws autoscaling update-auto-scaling-group {named} --launch-template {template}")
    if (group.minimum, group.maximum) != (record.minimum, record.maximum):
        sizes = f"--min-size {record.minimum} --max-size {record.maximum}"
        commands.append(f"aws autoscaling update-auto-scaling-group {named} {sizes}")
    ours = sorted(set(INTERFERING) & set(group.suspended) - set(record.suspended))
    if ours:
        commands.append(f"aws autoscaling resume-processes {named} --scaling-processes {' '.join(ours)}")
    if record.provider is not None and record.provider.scales:
        settings = {
            "managedScaling": record.provider.managed_scaling,
            "managedTerminationProtection": record.provider.managed_termination_protection,
        }
        provider = f"--name {record.provider.name} --auto-scaling-group-provider '{json.dumps(settings)}'"
        commands.append(f"aws ecs update-capacity-provider {provider}")
    return commands


def _astray(turn: Turn) -> list[tuple[Move, Service]]:
    """Services that are not as they were before the rollout."""
    services = {one.name: one for one in turn.world.services.of_cluster(turn.plan.cluster)}
    found = [(move, services[move.service]) for move in turn.plan.all_moves if move.service in services]
    return [
        (move, service) for move, service in found if not told(move, service, move.placements[BEFORE], turn.progress)
    ]


def _for_service(cluster: str, move: Move, service: Service) -> str:
    before = move.placements[BEFORE]
    constraints = [
        {"type": one.kind, **({"expression": one.expression} if one.expression else {})}
        for one in move.constraints(service.constraints, before)
    ]
    change = f"--placement-constraints '{json.dumps(constraints)}'"
    if before.strategy is not None:
        shares = [
            {"capacityProvider": each.provider, "base": each.base, "weight": each.weight} for each in before.strategy
        ]
        change += f" --capacity-provider-strategy '{json.dumps(shares)}' --force-new-deployment"
    return f"aws ecs update-service --cluster {cluster} --service {move.service} {change}"
