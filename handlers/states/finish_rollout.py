"""Finish rollout: give everything back, read it back, release the lock, report. The roll-back ends here too."""

from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from handlers.catalogue import FINISH, METRICS
from handlers.domain.decision.replacement import leaving
from handlers.domain.decision.report_metrics import account
from handlers.domain.formatting import many
from handlers.errors import InstancesSkipped, SettingsNotRestored
from handlers.overrides.restore import bounds_by_others, give_back
from handlers.overrides.revisions import forget_revisions
from handlers.overrides.second_group import settle_groups
from handlers.overrides.verify import not_given_back, recorded_words
from handlers.payloads import Direction, Report
from handlers.runtime import notifications
from handlers.runtime.clients import World
from handlers.runtime.follow_capacity_changes import follow_drift
from handlers.runtime.rollout_context import Turn, look_at, open_turn
from handlers.runtime.task_handler import task_handler

SERVICES_NAMED = 50


@task_handler(FINISH)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """The report for `$.report`. Raises SettingsNotRestored or InstancesSkipped; then the lock tells who may go on."""
    before = look_at(event, world)
    if before.progress.report is not None and before.progress.direction is Direction(event["direction"]):
        world.leases.release(before.plan, before.holder)
        report = before.progress.report
    else:
        report = finish(open_turn(event, world))
    for phase, seconds in report["details"]["phases"].items():
        with single_metric("PhaseSeconds", MetricUnit.Seconds, seconds, namespace=METRICS) as metric:
            metric.add_dimension("phase", phase)
    notifications.tell(look_at(event, world), event, notifications.FINISHED, report["cause"], of=report["status"])
    return report


def finish(turn: Turn) -> dict[str, Any]:
    """Restore, verify, release. A second call returns the first one's report."""
    turn, _seen = follow_drift(turn)
    give_back(turn)
    settle_groups(turn)
    forget_revisions(turn)
    _verify(turn)
    report = (_rolled_back(turn) if turn.progress.direction is Direction.BACK else _rolled_out(turn)).to_state()
    if turn.plan.publish_to and turn.progress.direction is Direction.FORWARD and not turn.progress.skipped:
        turn.world.ssm.publish(turn.plan.publish_to, turn.plan.target_ami)
    turn.remember(report=report)
    turn.world.gates.forget(turn.gate)
    turn.world.operator_commands.forget(turn.gate)
    turn.world.leases.release(turn.plan, turn.holder)
    if turn.progress.skipped and turn.progress.direction is Direction.FORWARD:
        raise InstancesSkipped(_skipped(turn))
    return report


def _verify(turn: Turn) -> None:
    left = leaving(turn.plan, turn.observe().fleet, turn.progress)
    problems = [str(one) for one in not_given_back(turn)]
    if left:
        problems.append(f"{many(len(left), 'instance')} still on the AMI that should be gone")
    if problems:
        raise SettingsNotRestored(
            f"After restoring {turn.plan.group} these did not read back as recorded: {'; '.join(problems)}. "
            "Did something else change them in mid-rollout?"
        )


def _rolled_out(turn: Turn) -> Report:
    plan = turn.plan
    fleet, now = turn.observe().fleet, turn.world.now()
    took = round(now - plan.started_at)
    where = plan.target_group or plan.group
    missing = plan.size - len(fleet.incoming)
    there = f"all {plan.size}" if missing <= 0 or plan.managed else f"{plan.size - missing} of {plan.size}"
    cause = f"{there} instances of {where} run {plan.target_ami} after {took} s"
    if missing > 0 and not plan.managed:
        cause += f"; {missing} went away at the end, Auto Scaling launches others on the same AMI"
    details = {
        "strategy": plan.strategy,
        "replaced": plan.old,
        "target_ami": plan.target_ami,
        **account(plan, turn.progress, now, fleet.incoming),
        "architectures": architectures(turn),
        "answers": turn.world.gates.answers(turn.gate, plan.rollout_id),
        "findings": [one.to_json() for one in plan.findings],
        "by_others": by_others(turn),
    }
    return Report("rolled-out", "", cause, details)


def architectures(turn: Turn) -> dict[str, str]:
    """By service, the CPU architectures that its tasks run on now, where the plan moved it to another place.

    Few services a word each: the report is no list of a big cluster.
    """
    moved = [move.service for move in turn.plan.moves][:SERVICES_NAMED]
    return {name: ", ".join(sorted(turn.world.services.architectures(turn.plan.cluster, name))) for name in moved}


def _rolled_back(turn: Turn) -> Report:
    plan, failure = turn.plan, turn.progress.failure or {}
    cause = (
        f"{failure.get('cause', '')} Rolled back: all instances of {plan.group} run {plan.original_ami} again, "
        f"read back as before: {recorded_words(plan.recorded)}."
        f"{''.join(f' But {one}.' for one in _stay_pinned(turn))}"
    )
    details = {
        "step": failure.get("step", ""),
        "original_ami": plan.original_ami,
        **account(plan, turn.progress, turn.world.now(), turn.observe().fleet.incoming),
        "by_others": by_others(turn),
    }
    return Report("rolled-back", failure.get("error", "Unknown"), cause.strip(), details)


def by_others(turn: Turn) -> list[str]:
    """What somebody else did to the node groups meanwhile, or made necessary, and was left to them."""
    progress, ours = turn.progress, turn.plan.group
    found = list(_added_to_the_second_group(turn))
    if theirs := progress.drift - progress.grew:
        found.append(f"desired capacity of {ours}: {theirs:+}")
    if progress.grew:
        found.append(
            f"desired capacity of {ours}: +{progress.grew}, for tasks that fitted nowhere, managed scaling off"
        )
    found += [f"{name}: {number} tasks fit nowhere on {ours}" for name, number in progress.stranded.items()]
    for record in turn.plan.recorded.groups:
        group = turn.world.autoscaling.group(record.name)
        if group is not None:
            changed = bounds_by_others(turn, record, group)
            found += [f"{what} of {record.name}: {bound}" for what, bound in changed.items()]
    return [*found, *_stay_pinned(turn)]


def _added_to_the_second_group(turn: Turn) -> Iterator[str]:
    """What it has above the size that it was to get, where nobody but the rollout scaled it."""
    plan = turn.plan
    if plan.target_group is None or plan.managed or turn.progress.direction is Direction.BACK:
        return
    if (more := turn.observe().fleet.desired - plan.size) > 0:
        yield f"desired capacity of {plan.target_group}: {more:+}"


def _stay_pinned(turn: Turn) -> Iterator[str]:
    """On the way back, each version whose AMI is gone meanwhile: Auto Scaling takes it no more."""
    for record in turn.plan.recorded.groups if turn.progress.direction is Direction.BACK else ():
        group, was = turn.world.autoscaling.group(record.name), record.template.specified
        stands = (group.template or {}).get("Version") if group is not None else None
        if record.exists and stands != was:
            yield f"launch template version of {record.name} stays {stands} instead of {was}, whose AMI is gone"


def _skipped(turn: Turn) -> str:
    names = ", ".join(turn.progress.skipped[:5])
    return (
        f"STANDALONE_TASKS: {len(turn.progress.skipped)} instances stay on the old AMI because such tasks still run "
        f'there, as "standalone_tasks": "skip" says: {names}. All settings are restored. '
        "Start the rollout again when the tasks have ended."
    )
