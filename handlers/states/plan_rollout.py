"""Plan rollout: read the input and the world, refuse what cannot work, write the plan. Nothing is changed."""

import math
from dataclasses import replace
from typing import Any

from handlers.aws.ec2 import Image
from handlers.catalogue import PLAN
from handlers.domain.input.action_input import ActionInput, is_action, read_action
from handlers.domain.input.rollout_input import Approval, RolloutInput, read_input
from handlers.domain.input.strategy_input import ByProvider
from handlers.domain.model.findings import Finding, refuse
from handlers.domain.model.maintenance import said
from handlers.domain.model.observation import Observation, Progress
from handlers.domain.model.plan import Plan
from handlers.payloads import RECOVER, REFUSALS, Outcome, Rollout, execution_name
from handlers.planning import validate
from handlers.planning.approval import approved, seconds_to_answer
from handlers.planning.build_plan import draw_up
from handlers.planning.discover import Survey, survey
from handlers.planning.estimate import forecast
from handlers.planning.images import about_tags, check_architecture_of_images
from handlers.planning.permissions import about_permissions
from handlers.planning.recovery import left_behind, plan_recovery
from handlers.planning.response import plan_answer
from handlers.planning.strategy_plan import Course
from handlers.runtime.clients import World
from handlers.runtime.observe import observe
from handlers.runtime.task_handler import task_handler

WAIT_FOR_TURN_SECONDS = 600


@task_handler(PLAN, REFUSALS)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """`{"input": …, "execution_id": ARN}` -> Rollout, or the Refusal of what is not possible; nothing was changed."""
    given, execution_id = event["input"], event["execution_id"]
    if is_action(given):
        return plan_action(read_action(given), execution_id, world).to_state()
    return plan_rollout(read_input(given), execution_id, world).to_state()


def plan_action(asked: ActionInput, execution_id: str, world: World) -> Rollout:
    """What somebody wants of a rollout that runs, or of one whose execution does not run any more."""
    if asked.action == RECOVER:
        return plan_recovery(asked, execution_id, world)
    return plan_answer(asked, execution_name(execution_id), world)


def plan_rollout(asked: RolloutInput, execution_id: str, world: World) -> Rollout:
    """The plan, written to the table when it is to be carried out now."""
    left = None if asked.dry_run else left_behind(asked, execution_id, world)
    if instead := left or _superseded(world, asked, execution_id):
        return instead
    found = survey(world, asked)
    if found.up_to_date:
        return _nothing_to_do(execution_id, found)
    plan, course, found_out = draw_up(world, asked, found, execution_name(execution_id))
    asked_for = found.node_group.group.desired
    progress = Progress(began_at=plan.started_at, since=plan.started_at, asked=(asked_for,))
    seen = observe(world, plan, progress)
    refuse((*found_out, *validate.about_first_drain(plan, seen)), asked.accept)
    images = _about_images(world, asked, plan, seen, found.target)
    findings = (*found_out, *validate.about_the_way(plan, seen), *images, *about_permissions(world, plan, found))
    refuse(findings, asked.accept)
    plan = replace(plan, findings=findings)
    outcome = _outcome(world, asked, plan)
    if outcome is Outcome.PROCEED:
        world.table.save_plan(plan, progress, asked.given)
    to_answer = seconds_to_answer(world, (plan.cluster, plan.group), plan.rollout_id, asked.approval)
    return _rollout(plan, outcome, course, asked.approval, to_answer)


def _outcome(world: World, asked: RolloutInput, plan: Plan) -> Outcome:
    """Whether a rollout that could begin may begin now. Before it does, nothing is held."""
    if asked.dry_run:
        return Outcome.DRY_RUN
    if not approved(world, (plan.cluster, plan.group), plan.rollout_id, asked.approval):
        return Outcome.APPROVAL
    if plan.maintenance.closed(plan.started_at):
        return Outcome.CLOSED
    return Outcome.ITS_TURN if asked.while_parameter and _taken(world, plan) else Outcome.PROCEED


def _superseded(world: World, asked: RolloutInput, execution_id: str) -> Rollout | None:
    """Nothing to do where the parameter that the rollout is for has been given another value meanwhile."""
    meant = asked.while_parameter
    if meant is None or (now := world.ssm.version(meant.name)) == meant.version:
        return None
    summary = f"superseded: {meant.name} is at version {now}, this rollout was for version {meant.version}"
    name = execution_name(execution_id)
    return Rollout(name, Outcome.UP_TO_DATE, asked.cluster, asked.auto_scaling_group or "", asked.ami or "", summary)


def _taken(world: World, plan: Plan) -> bool:
    """Whether another rollout has one of the node groups now."""
    return any(world.leases.owner(plan.cluster, group) not in (None, plan.rollout_id) for group in plan.groups)


def _about_images(
    world: World, asked: RolloutInput, plan: Plan, seen: Observation, target: Image
) -> tuple[Finding, ...]:
    """What a forced deployment makes of tags, and what another architecture makes of images."""
    original = world.ec2.image(plan.original_ami)
    before = original.architecture if original else target.architecture
    required = isinstance(asked.strategy, ByProvider) and asked.strategy.require_image_check
    moving = [one for one in seen.services if one.name not in plan.left_alone]
    checked = check_architecture_of_images(world, moving, before, target.architecture, required=required)
    return (*about_tags(world, plan, seen.services), *checked)


def _rollout(plan: Plan, outcome: Outcome, course: Course, approval: Approval | None, to_answer: int) -> Rollout:
    opens = plan.maintenance.next_opening(plan.started_at)
    summary = (
        f"{plan.old} of {plan.recorded.source.desired} instances of {plan.group} move from {plan.original_ami} to "
        f"{plan.target_ami}, {course.words}: about {course.pace.expected_seconds // 60} minutes"
    )
    details = {
        "strategy": plan.strategy,
        "stages": [one.name for one in plan.stages],
        "old": plan.old,
        "size": plan.size,
        "surge": plan.surge,
        "max_unavailable": plan.max_unavailable,
        "poll_seconds": plan.poll_seconds,
        "expected_seconds": course.pace.expected_seconds,
        "expected_history_events": course.pace.expected_events,
        "findings": [one.to_json() for one in plan.findings],
        **forecast(plan, course),
        "approval_seconds": to_answer,
        "approval_on_timeout": approval.on_timeout if approval else "",
        "window": said(opens) if plan.maintenance.windows else "always open",
        "wait_seconds": WAIT_FOR_TURN_SECONDS if outcome is Outcome.ITS_TURN else math.ceil(opens - plan.started_at),
    }
    return Rollout(plan.rollout_id, outcome, plan.cluster, plan.group, plan.target_ami, summary, details)


def _nothing_to_do(execution_id: str, found: Survey) -> Rollout:
    name, ami = found.node_group.group.name, found.target.image_id
    summary = f"all {len(found.members)} instances of {name} run {ami}, and so will the next ones: nothing to do"
    return Rollout(execution_name(execution_id), Outcome.UP_TO_DATE, found.node_group.cluster, name, ami, summary)
