"""Plan rollout: read the input and the cluster, refuse what cannot work, write the plan. Nothing is changed."""

import math
from dataclasses import replace
from typing import Any

from handlers.catalogue import PLAN
from handlers.domain.decision.poll_interval import turn_seconds
from handlers.domain.decision.situation import Situation
from handlers.domain.input.action_input import ActionInput, is_action, read_action
from handlers.domain.input.rollout_input import Approval, RolloutInput, read_input
from handlers.domain.model.findings import Finding, refuse
from handlers.domain.model.maintenance import said
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Capacity, Progress, Stall
from handlers.payloads import CONTINUE, RECOVER, REFUSALS, Outcome, Rollout, execution_name
from handlers.planning.approval import approved, seconds_to_answer
from handlers.planning.build_plan import build_plan
from handlers.planning.discover import Discovery, discover
from handlers.planning.estimate import estimate_details
from handlers.planning.images import about_tags, check_architecture_of_images
from handlers.planning.permissions import about_permissions
from handlers.planning.recovery import check_name, find_orphaned, plan_recovery, plan_succession
from handlers.planning.response import plan_answer
from handlers.planning.second_group import about_the_copy
from handlers.planning.strategy_plan import StrategyPlan
from handlers.planning.validate import about_the_bus, validate
from handlers.runtime.clients import AwsClients
from handlers.runtime.observe import observe
from handlers.runtime.task_handler import task_handler


@task_handler(PLAN, REFUSALS)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """`{"input": …, "execution_id": ARN}` -> Rollout, or the Refusal of what is not possible; nothing was changed."""
    given, execution_id = event["input"], event["execution_id"]
    if is_action(given):
        return plan_action(read_action(given), execution_id, clients).to_state()
    return plan_rollout(read_input(given), execution_id, clients).to_state()


def plan_action(spec: ActionInput, execution_id: str, clients: AwsClients) -> Rollout:
    """What an operator wants of a rollout that runs, or of one whose execution does not run any more, or hands over."""
    if spec.action == CONTINUE:
        return plan_succession(spec, execution_id, clients)
    if spec.action == RECOVER:
        return plan_recovery(spec, execution_id, clients)
    return plan_answer(spec, execution_name(execution_id), clients)


def plan_rollout(spec: RolloutInput, execution_id: str, clients: AwsClients) -> Rollout:
    """The plan, written to the table when it is to be carried out now."""
    if not spec.dry_run:
        check_name(execution_name(execution_id), clients)
    left = None if spec.dry_run else find_orphaned(spec, execution_id, clients)
    if instead := left or _superseded(clients, spec, execution_id):
        return instead
    found = discover(clients, spec)
    if found.up_to_date:
        return _nothing_to_do(execution_id, found)
    plan, strategy_plan = build_plan(spec, found, execution_name(execution_id))
    desired = found.node_group.group.desired
    progress = Progress(
        began_at=plan.started_at,
        capacity=Capacity(requested=(desired,)),
        stall=Stall(last_progress_at=plan.started_at),
    )
    situation = Situation(plan, observe(clients, plan, progress, found.services))
    findings = validate(spec, found, strategy_plan, situation)
    refuse(findings, spec.accept)
    findings += tuple(about_the_bus(clients.messages.missing_bus()))
    findings += tuple(about_the_copy(clients, plan))
    findings += (*_about_images(clients, spec, plan, found), *about_permissions(clients, plan, found))
    refuse(findings, spec.accept)
    plan = replace(plan, summary=replace(plan.summary, findings=findings))
    outcome = _outcome(clients, spec, plan)
    if outcome is Outcome.PROCEED:
        clients.rollouts.save_plan(plan, progress, spec.raw_input)
    waits = 0
    if outcome is Outcome.ITS_TURN:
        began_at = clients.executions.began_at(execution_id)
        waits = turn_seconds(0.0 if began_at is None else clients.now() - began_at)
    to_answer = seconds_to_answer(clients, (plan.cluster, plan.group), plan.rollout_id, spec.approval)
    return _rollout(plan, outcome, strategy_plan, spec.approval, (to_answer, waits))


def _outcome(clients: AwsClients, spec: RolloutInput, plan: Plan) -> Outcome:
    """Whether a rollout that could begin may begin now. Before it does, nothing is held."""
    if spec.dry_run:
        return Outcome.DRY_RUN
    if not approved(clients, (plan.cluster, plan.group), plan.rollout_id, spec.approval):
        return Outcome.APPROVAL
    if plan.policies.maintenance.closed(plan.started_at):
        return Outcome.CLOSED
    return Outcome.ITS_TURN if spec.while_parameter and _taken(clients, plan) else Outcome.PROCEED


def _superseded(clients: AwsClients, spec: RolloutInput, execution_id: str) -> Rollout | None:
    """Nothing to do where the parameter that the rollout is for has been given another value meanwhile."""
    meant = spec.while_parameter
    if meant is None or (now := clients.ssm.version(meant.name)) == meant.version:
        return None
    summary = f"superseded: {meant.name} is at version {now}, this rollout was for version {meant.version}"
    name = execution_name(execution_id)
    return Rollout(name, Outcome.UP_TO_DATE, spec.cluster, spec.auto_scaling_group or "", spec.ami or "", summary)


def _taken(clients: AwsClients, plan: Plan) -> bool:
    """Whether another rollout has one of the node groups now."""
    return any(clients.leases.owner(plan.cluster, group) not in (None, plan.rollout_id) for group in plan.groups)


def _about_images(clients: AwsClients, spec: RolloutInput, plan: Plan, found: Discovery) -> tuple[Finding, ...]:
    """What a forced deployment makes of tags, and what another architecture makes of images."""
    original = clients.ec2.image(plan.original_ami)
    after = found.target.architecture
    before = original.architecture if original else after
    moving = [service for service in found.services if service.name not in plan.left_alone]
    checked = check_architecture_of_images(clients, moving, before, after, required=spec.requires_image_check)
    return (*about_tags(clients, plan, found.services), *checked)


def _rollout(
    plan: Plan, outcome: Outcome, strategy_plan: StrategyPlan, approval: Approval | None, seconds: tuple[int, int]
) -> Rollout:
    """What travels through the graph. `seconds`: how long an approval, and how long a turn, is waited for."""
    to_answer, waits = seconds
    opens = plan.policies.maintenance.next_opening(plan.started_at)
    summary = (
        f"{plan.at_start.old} of {plan.topology.old.desired} instances of {plan.group} move from "
        f"{plan.original_ami} to {plan.target_ami}, {strategy_plan.summary}: "
        f"about {strategy_plan.estimate.expected_seconds // 60} minutes"
    )
    details = {
        "strategy": strategy_plan.strategy,
        "stages": [stage.name for stage in plan.route.stages],
        "old": plan.at_start.old,
        "size": plan.sizes.size,
        "surge": plan.sizes.surge,
        "max_unavailable": plan.sizes.max_unavailable,
        "poll_seconds": plan.policies.poll_seconds,
        "expected_seconds": strategy_plan.estimate.expected_seconds,
        "expected_history_events": strategy_plan.estimate.expected_events,
        "findings": [finding.to_json() for finding in plan.summary.findings],
        **estimate_details(plan, strategy_plan),
        "approval_seconds": to_answer,
        "approval_on_timeout": approval.on_timeout if approval else "",
        "window": said(opens) if plan.policies.maintenance.windows else "always open",
        "wait_seconds": waits or math.ceil(opens - plan.started_at),
    }
    return Rollout(plan.rollout_id, outcome, plan.cluster, plan.group, plan.target_ami, summary, details)


def _nothing_to_do(execution_id: str, found: Discovery) -> Rollout:
    name, ami = found.node_group.group.name, found.target.image_id
    summary = f"all {len(found.members)} instances of {name} run {ami}, and so will the next ones: nothing to do"
    return Rollout(execution_name(execution_id), Outcome.UP_TO_DATE, found.node_group.cluster, name, ami, summary)
