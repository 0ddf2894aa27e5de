"""Every handler may run twice, late, or after dying half-way: the second run changes nothing more, or finishes it."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.errors import AlreadyRunning, LeaseLost
from handlers.payloads import Direction, StepKind, Way
from handlers.states.assess_fleet import assess
from handlers.states.assess_fleet import handler as assess_fleet
from handlers.states.begin_roll_back import handler as begin_roll_back
from handlers.states.create_launch_template_version import handler as create_version
from handlers.states.drain_instances import handler as drain_old
from handlers.states.finish_rollout import handler as finish
from handlers.states.lock_cluster import handler as lock
from handlers.states.prepare_node_group import handler as prepare
from handlers.states.scale_in import handler as scale_in
from handlers.states.scale_out import handler as scale_out
from simulator.api.dispatch import ApiFault
from tests.handlers.conftest import NEW, OLD, Open, Rehearsal, calls_on

SPOKES = {StepKind.SCALE_OUT: scale_out, StepKind.DRAIN: drain_old, StepKind.SCALE_IN: scale_in}


def moving(stage: Open, **asked: Any) -> Rehearsal:
    """A rollout whose node group is prepared."""
    rehearsal = stage().locked(**asked)
    create_version(rehearsal.event(), None)
    prepare(rehearsal.event(), None)
    return rehearsal


def until(rehearsal: Rehearsal, kind: StepKind) -> None:
    """Go on as the state machine would, up to the first step of that kind."""
    for _ in range(200):
        step = assess(rehearsal.context).step
        if step is kind:
            return
        if step in SPOKES:
            SPOKES[step](rehearsal.event(), None)
        rehearsal.stage.pass_time(15)
    raise AssertionError(f"never came to {kind}")


def test_locking_twice_equals_once(stage: Open) -> None:
    rehearsal = stage().locked()
    lock(rehearsal.event(), None)
    assert rehearsal.stage.clients.leases.owner("prod", "nodes") == "run"


def test_a_group_is_held_by_one_rollout(stage: Open) -> None:
    rehearsal = stage().locked()
    other = rehearsal.stage.plan()
    state = {**other.to_state(), "rollout_id": "other"}
    plan, progress = rehearsal.context.plan, rehearsal.context.progress

    rehearsal.stage.clients.rollouts.save_plan(replace(plan, rollout_id="other"), progress, {})
    refused = lock({**rehearsal.event(), "rollout": state}, None)
    assert (refused["outcome"], refused["error"]) == (Way.ALREADY_RUNNING, AlreadyRunning.__name__)
    assert "Rollout run holds nodes" in refused["cause"]


def test_one_launch_template_version_is_made_with_everything_carried_over(stage: Open) -> None:
    rehearsal = stage().locked()
    first = create_version(rehearsal.event(), None)
    assert create_version(rehearsal.event(), None) == first
    templates = rehearsal.stage.region.ec2.templates
    plan = rehearsal.plan
    ec2 = rehearsal.stage.clients.ec2
    template = plan.topology.old.template.template_id
    old, new = ec2.template_version(template, "1"), ec2.template_version(template, str(first["version"]))
    assert old is not None
    assert new is not None
    assert (old.image_id, new.image_id) == (OLD, NEW)
    assert (old.instance_type, old.block_devices) == (new.instance_type, new.block_devices)
    assert ec2.template_version(template, str(first["version"] + 1)) is None
    assert templates is not None


def test_a_lost_reply_makes_no_second_version(stage: Open) -> None:
    rehearsal = stage().locked()
    rehearsal.stage.region.dispatch.faults.append(
        ApiFault("ec2", "CreateLaunchTemplateVersion", "InternalError", times=1, after=True)
    )
    made = create_version(rehearsal.event(), None)
    assert made == {"version": 2}


def test_preparing_twice_equals_once(stage: Open) -> None:
    rehearsal = moving(stage)
    calls = calls_on(rehearsal.stage.region.bus)
    prepare(rehearsal.event(), None)
    assert [call.operation for call in calls if call.service in ("autoscaling", "ec2")] == ["DescribeAutoScalingGroups"]
    group = rehearsal.stage.clients.autoscaling.group("nodes")
    assert group is not None
    assert (group.template or {})["Version"] == "2"
    assert (group.minimum, group.maximum) == (3, 4)
    assert "AZRebalance" in group.suspended
    assert "Launch" not in group.suspended


@pytest.mark.parametrize("kind", list(SPOKES))
def test_a_spoke_twice_equals_once(stage: Open, kind: StepKind) -> None:
    rehearsal = moving(stage)
    until(rehearsal, kind)
    assert any(SPOKES[kind](rehearsal.event(), None).values())
    calls = calls_on(rehearsal.stage.region.bus)
    assert not any(SPOKES[kind](rehearsal.event(), None).values())
    changed = [call for call in calls if call.service != "dynamodb" and not call.operation.startswith(("Desc", "List"))]
    assert changed == []


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        (StepKind.SCALE_OUT, ("autoscaling", "SetDesiredCapacity")),
        (StepKind.DRAIN, ("ecs", "UpdateContainerInstancesState")),
        (StepKind.SCALE_IN, ("autoscaling", "TerminateInstanceInAutoScalingGroup")),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_spoke_that_dies_half_way_is_finished_by_the_next_run(
    stage: Open,
    kind: StepKind,
    operation: tuple[str, str],
    after: bool,
) -> None:
    rehearsal = moving(stage)
    until(rehearsal, kind)
    before = rehearsal.fleet()
    rehearsal.stage.region.dispatch.faults.append(ApiFault(*operation, "AccessDeniedException", times=1, after=after))
    with pytest.raises(ClientError):
        SPOKES[kind](rehearsal.event(), None)
    SPOKES[kind](rehearsal.event(), None)
    fleet = rehearsal.fleet()
    steps = {
        StepKind.SCALE_OUT: fleet.desired - before.desired,
        StepKind.DRAIN: len(fleet.draining) - len(before.draining),
        StepKind.SCALE_IN: len(before.outgoing) - len(fleet.outgoing),
    }
    assert steps[kind] == 1


def test_a_rollout_that_lost_its_lease_changes_nothing(stage: Open) -> None:
    rehearsal = moving(stage)
    until(rehearsal, StepKind.SCALE_OUT)
    rehearsal.stage.clients.leases.release(rehearsal.plan, "run")
    calls = calls_on(rehearsal.stage.region.bus)
    for spoke in (*SPOKES.values(), prepare, assess_fleet, finish):
        with pytest.raises(LeaseLost):
            spoke(rehearsal.event(), None)
    assert {call.service for call in calls} == {"dynamodb"}


def test_a_late_forward_invocation_changes_nothing_on_the_way_back(stage: Open) -> None:
    rehearsal = moving(stage)
    until(rehearsal, StepKind.SCALE_OUT)
    back = Rehearsal(rehearsal.stage, rehearsal.rollout, Direction.BACK)
    begin_roll_back(back.event(state={"failure": {"Error": "AlarmFired", "Cause": "it rang"}}), None)
    with pytest.raises(LeaseLost, match="late or repeated"):
        scale_out(rehearsal.event(), None)
    assert rehearsal.fleet().desired == 3


def test_finishing_twice_gives_the_same_report(stage: Open) -> None:
    rehearsal = moving(stage)
    until(rehearsal, StepKind.DONE)
    first = finish(rehearsal.event(), None)
    assert finish(rehearsal.event(), None) == first
    assert first["status"] == "rolled-out"
    group = rehearsal.stage.clients.autoscaling.group("nodes")
    assert group is not None
    assert (group.desired, group.minimum, group.maximum, group.suspended) == (3, 3, 3, ())
    assert rehearsal.stage.clients.leases.owner("prod", "nodes") is None


def test_turning_back_twice_keeps_the_first_reason(stage: Open) -> None:
    rehearsal = moving(stage)
    back = Rehearsal(rehearsal.stage, rehearsal.rollout, Direction.BACK)
    begin_roll_back(back.event(state={"failure": {"Error": "AlarmFired", "Cause": "first"}}), None)
    begin_roll_back(back.event(state={"failure": {"Error": "Other", "Cause": "second"}}), None)
    failure = back.context.progress.failure
    assert failure is not None
    assert failure["cause"] == "first"
