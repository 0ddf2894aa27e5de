"""Finish rollout: restore everything, read it back, release the lock, report. The roll-back ends here too."""

from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from handlers.catalogue import FINISH, METRICS
from handlers.domain.decision.report_metrics import report_metrics
from handlers.domain.decision.selection import still_to_go
from handlers.domain.formatting import pluralize
from handlers.errors import InstancesSkipped, SettingsNotRestored
from handlers.overrides.apply import check_settled
from handlers.overrides.restore import BALANCES, bounds_by_others, kept_from_balancing, restore
from handlers.overrides.revisions import forget_revisions
from handlers.overrides.second_group import settle_groups
from handlers.overrides.verify import not_restored, recorded_words
from handlers.payloads import Direction, Report
from handlers.runtime import notifications
from handlers.runtime.clients import AwsClients
from handlers.runtime.follow_capacity_changes import follow_external_changes
from handlers.runtime.rollout_context import RolloutContext, load, load_for_update
from handlers.runtime.task_handler import node_group_dimensions, task_handler

SETTLED_TRIES = 3  # half a minute, at least, of readings that agree
SERVICES_NAMED = 50


@task_handler(FINISH)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """The report for `$.report`. Raises SettingsNotRestored or InstancesSkipped; then the lock tells who may go on."""
    before = load(event, clients)
    if before.progress.report is not None and before.progress.direction is Direction(event["direction"]):
        clients.leases.release(before.plan, before.holder)
        report = before.progress.report
    else:
        report = finish(load_for_update(event, clients), tries=event.get("tries", 0))
    for phase, seconds in report["details"]["phases"].items():
        with single_metric("PhaseSeconds", MetricUnit.Seconds, seconds, namespace=METRICS) as metric:
            for name, value in {**node_group_dimensions(event["rollout"]), "phase": phase}.items():
                metric.add_dimension(name, value)
    notifications.notify(load(event, clients), event, notifications.FINISHED, report["cause"], of=report["status"])
    return report


def finish(context: RolloutContext, tries: int) -> dict[str, Any]:
    """Restore, verify, release. A second call returns the first one's report.

    A size that is neither restored nor ours after a few `tries` is another actor's, who set it just now.
    """
    context, _seen = follow_external_changes(context, settled=tries >= SETTLED_TRIES)
    restore(context)
    check_settled(context.clients, context.plan)
    settle_groups(context)
    forget_revisions(context)
    _verify(context)
    report = (
        _rolled_back(context) if context.progress.direction is Direction.BACK else _rolled_out(context)
    ).to_state()
    if (
        context.plan.publish_to
        and context.progress.direction is Direction.FORWARD
        and not context.progress.drains.skipped
    ):
        context.clients.ssm.publish(context.plan.publish_to, context.plan.target_ami)
    context.save_progress(report=report)
    context.clients.approvals.forget(context.approval_key)
    context.clients.operator_commands.forget(context.approval_key)
    context.clients.leases.release(context.plan, context.holder)
    if context.progress.drains.skipped and context.progress.direction is Direction.FORWARD:
        raise InstancesSkipped(_skipped(context))
    return report


def _verify(context: RolloutContext) -> None:
    left = still_to_go(context.plan, context.observe().fleet, context.progress)
    problems = [str(difference) for difference in not_restored(context)]
    if left:
        problems.append(f"{pluralize(len(left), 'instance')} still on the AMI that should be gone")
    if problems:
        raise SettingsNotRestored(
            f"After restoring {context.plan.group} these did not read back as recorded: {'; '.join(problems)}. "
            "Did something else change them in mid-rollout?"
        )


def _rolled_out(context: RolloutContext) -> Report:
    plan = context.plan
    fleet, now = context.observe().fleet, context.clients.now()
    took = round(now - plan.started_at)
    where, managed = plan.topology.new.name, plan.topology.is_scaled_by_provider(Direction.FORWARD)
    missing = plan.sizes.size - len(fleet.incoming)
    there = f"all {plan.sizes.size}" if missing <= 0 or managed else f"{plan.sizes.size - missing} of {plan.sizes.size}"
    cause = f"{there} instances of {where} run {plan.target_ami} after {took} s"
    if missing > 0 and not managed:
        cause += f"; {missing} went away at the end, Auto Scaling launches others on the same AMI"
    kept = _kept_suspended(context)
    details = {
        **plan.summary.labels,
        "replaced": plan.at_start.old,
        "target_ami": plan.target_ami,
        **report_metrics(plan, context.progress, context.holder, now, fleet.incoming),
        "architectures": architectures(context),
        "answers": context.clients.approvals.responses(context.approval_key, plan.rollout_id),
        "findings": [finding.to_json() for finding in plan.summary.findings],
        "by_others": by_others(context),
    }
    return Report("rolled-out", "", ". ".join((cause, *kept)), {**details, "kept_suspended": kept})


def architectures(context: RolloutContext) -> dict[str, str]:
    """By service, the CPU architectures that its tasks run on now, where the plan moved it to another place.

    Few services a word each: the report is no list of a big cluster.
    """
    moved = [move.service for move in context.plan.route.moves][:SERVICES_NAMED]
    return {
        name: ", ".join(sorted(context.clients.services.architectures(context.plan.cluster, name))) for name in moved
    }


def _rolled_back(context: RolloutContext) -> Report:
    plan, failure, kept = context.plan, context.progress.failure or {}, _kept_suspended(context)
    cause = (
        f"{failure.get('cause', '')} Rolled back: all instances of {plan.group} run {plan.original_ami} again, "
        f"read back as before: {recorded_words(plan.topology.records)}."
        f"{''.join(f' But {name}.' for name in (*_stay_pinned(context), *kept))}"
    )
    details = {
        "step": failure.get("step", ""),
        "original_ami": plan.original_ami,
        **report_metrics(
            plan, context.progress, context.holder, context.clients.now(), context.observe().fleet.incoming
        ),
        "by_others": by_others(context),
        "kept_suspended": kept,
    }
    return Report("rolled-back", failure.get("error", "Unknown"), cause.strip(), details)


def by_others(context: RolloutContext) -> list[str]:
    """What another actor did to the node groups meanwhile, or made necessary, and was left to them."""
    progress, ours = context.progress, context.plan.group
    found = list(_added_to_the_second_group(context))
    if theirs := progress.capacity.external_change - progress.capacity.grown_for_demand:
        found.append(f"desired capacity of {ours}: {theirs:+}")
    if progress.capacity.grown_for_demand:
        found.append(
            f"desired capacity of {ours}: +{progress.capacity.grown_for_demand}, for tasks that fitted nowhere, "
            "managed scaling off"
        )
    found += [f"{name}: {number} tasks fit nowhere on {ours}" for name, number in progress.capacity.stranded.items()]
    found += [
        f"{name}: not stable, for what the rollout did not cause, and not waited for"
        for name in sorted(context.progress.health.anyway)
        if progress.direction is Direction.BACK
    ]
    for record in context.plan.topology.records:
        group = context.clients.autoscaling.group(record.name)
        if group is not None:
            changed = bounds_by_others(context, record, group)
            found += [f"{what} of {record.name}: {bound}" for what, bound in changed.items()]
    return [*found, *_stay_pinned(context)]


def _added_to_the_second_group(context: RolloutContext) -> Iterator[str]:
    """What it has above the size that it was to get, where nobody but the rollout scaled it."""
    plan = context.plan
    direction, topology = context.progress.direction, plan.topology
    if topology.in_place or topology.is_scaled_by_provider(direction) or direction is Direction.BACK:
        return
    if (more := context.observe().fleet.desired - plan.sizes.size) > 0:
        yield f"desired capacity of {topology.new.name}: {more:+}"


def _kept_suspended(context: RolloutContext) -> list[str]:
    """What is said of each group whose zones are uneven."""
    return [
        f"{BALANCES} of {name} stays suspended, for its zones are uneven and Auto Scaling would terminate instances "
        f"under load to even them out; resume it when that may be (aws autoscaling resume-processes "
        f"--auto-scaling-group-name {name} --scaling-processes {BALANCES})"
        for name in kept_from_balancing(context)
    ]


def _stay_pinned(context: RolloutContext) -> Iterator[str]:
    """On the way back, each version whose AMI is gone meanwhile: Auto Scaling takes it no more."""
    for record in context.plan.topology.records if context.progress.direction is Direction.BACK else ():
        group, was = context.clients.autoscaling.group(record.name), record.template.specified
        stands = (group.template or {}).get("Version") if group is not None else None
        if record.exists and stands != was:
            yield f"launch template version of {record.name} stays {stands} instead of {was}, whose AMI is gone"


def _skipped(context: RolloutContext) -> str:
    skipped = context.progress.drains.skipped
    names = ", ".join(skipped[:5])
    return (
        f"STANDALONE_TASKS: {len(skipped)} instances stay on the old AMI because such tasks still run "
        f'there, as "standalone_tasks": "skip" says: {names}. All settings are restored. '
        "Start the rollout again when the tasks have ended."
    )
