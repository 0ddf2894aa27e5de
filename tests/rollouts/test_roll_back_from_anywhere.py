"""Whatever handler fails, whenever: the fleet ends all old, every setting as before, and the execution fails."""

from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.api.dispatch import ApiFault
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario
from simulator.simulation import InProcessSimulation

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
FORWARD = (
    ("LockCluster", 1),
    ("CreateLaunchTemplateVersion", 1),
    ("PrepareNodeGroup", 1),
    ("AssessFleet", 1),
    ("AssessFleet", 8),
    ("AssessFleet", 16),
    ("UpdateServiceStrategy", 1),
    ("ScaleOut", 1),
    ("ScaleOut", 2),
    ("DrainInstances", 1),
    ("DrainInstances", 2),
    ("ScaleIn", 1),
    ("ScaleIn", 2),
    ("StartBake", 1),
    ("FinishRollout", 1),
)


def cluster(**changes: Any) -> Scenario:
    """Four instances whose group says `$Latest` and already has a suspended process and managed scaling."""
    return from_json(
        {
            "name": "anywhere",
            "cluster": "prod",
            "amis": [{"image_id": OLD, "name": "golden-1"}, {"image_id": NEW, "name": "golden-2"}],
            "node_groups": [
                {
                    "name": "nodes",
                    "ami": OLD,
                    "size": 4,
                    "min": 4,
                    "max": 4,
                    "capacity_provider": "provider",
                    "managed_scaling": True,
                    "launch_template_version": "$Latest",
                    "suspended_processes": ["ScheduledActions"],
                }
            ],
            "services": [
                {"name": "web", "count": 8, "cpu": 256, "memory": 512, "availability_zone_rebalancing": True},
                {"name": "agent", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
            ],
            "input": {"ami": NEW, "strategy": {"type": "rolling", "surge": 2}, "bake_seconds": 60},
            **changes,
        },
        "anywhere",
    )


class Boom(Exception):
    """An error that no part of the graph knows."""


def rollout_that_fails_in(function: str, nth: int, cdk_out: Path, *, after: bool) -> tuple[Outcome, bool]:
    """A rollout in which the nth invocation of a forward handler raises, before or after its effect."""
    seen: list[str] = []

    def fail(name: str, event: dict[str, Any]) -> None:
        if name.startswith(f"Functions{function}") and event.get("direction", "forward") == "forward":
            seen.append(name)
            if len(seen) == nth:
                raise Boom(f"{function} fails")

    with InProcessSimulation(cluster(), 1, cdk_out) as region:
        (region.engine.functions.after if after else region.engine.functions.before).append(fail)
        return observe(region), len(seen) >= nth


@pytest.mark.parametrize("after", [False, True], ids=["before-the-effect", "after-it"])
@pytest.mark.parametrize(("function", "nth"), FORWARD, ids=[f"{name}-{nth}" for name, nth in FORWARD])
def test_a_handler_that_fails_brings_the_fleet_back(function: str, nth: int, after: bool, cdk_out: Path) -> None:
    outcome, struck = rollout_that_fails_in(function, nth, cdk_out, after=after)
    assert struck, "the rollout never came to this invocation"
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end, outcome.last_state) == ("FAILED", "all_old", catalogue.ROLLED_BACK.back)
    assert outcome.error == "Boom"
    assert f"{function} fails" in (outcome.cause or "")
    assert "launch template version $Latest" in (outcome.cause or "")


def test_a_roll_back_that_cannot_finish_names_what_is_left(cdk_out: Path) -> None:
    def fail(name: str, event: dict[str, Any]) -> None:
        failing = "FunctionsScaleIn" if event.get("direction") == "back" else "FunctionsStartBake"
        if name.startswith(failing):
            raise Boom(f"{name} fails")

    with InProcessSimulation(cluster(), 1, cdk_out) as region:
        region.engine.functions.before.append(fail)
        outcome = observe(region)
    assert (outcome.status, outcome.end, outcome.last_state) == (
        "FAILED",
        "needs_a_human",
        catalogue.NEEDS_A_HUMAN.back,
    )
    assert outcome.error == "Boom"
    assert [str(violation) for violation in outcome.violations] == []
    details = outcome.report["details"]
    assert (details["old"], details["new"]) == (2, 4)
    named = {each["what"] for each in details["not_restored"]}
    assert named == {
        "desired capacity",
        "max size",
        "launch template version",
        "launch template versions of the rollout",
    }
    for words in (
        "aws stepfunctions start-execution",
        "aws ec2 delete-launch-template-versions",
        "aws autoscaling update-auto-scaling-group --auto-scaling-group-name nodes --launch-template",
        "aws dynamodb delete-item",
    ):
        assert words in (outcome.cause or "")


def test_a_call_that_is_denied_once_ends_all_old(cdk_out: Path) -> None:
    with InProcessSimulation(cluster(), 1, cdk_out) as region:
        denied = ApiFault("ecs", "UpdateContainerInstancesState", "AccessDeniedException", times=1)
        region.dispatch.faults.append(denied)
        outcome = observe(region)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("FAILED", "all_old")
    assert "AccessDenied" in (outcome.cause or "")


def test_a_permission_that_stays_missing_is_a_humans(cdk_out: Path) -> None:
    with InProcessSimulation(cluster(), 1, cdk_out) as region:
        denied = ApiFault("ecs", "UpdateContainerInstancesState", "AccessDeniedException", times=1000)
        region.dispatch.faults.append(denied)
        outcome = observe(region)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("FAILED", "needs_a_human")
    assert "4 instances of nodes on the old AMI, 2 on" in (outcome.cause or "")


def test_skipped_instances_are_named_and_the_end_is_not_green(cdk_out: Path) -> None:
    scenario = cluster(
        standalone_tasks=[{"family": "batch", "count": 1, "cpu": 128, "memory": 128}],
        input={
            "ami": NEW,
            "strategy": {"type": "rolling", "surge": 2},
            "standalone_tasks": "skip",
            "timeouts": {"standalone_seconds": 120},
        },
        expect={"status": "FAILED", "end": "needs_a_human", "error": "InstancesSkipped"},
    )
    with InProcessSimulation(scenario, 1, cdk_out) as region:
        outcome = observe(region)
    assert outcome.unexpected == ()
    assert [str(violation) for violation in outcome.violations] == []
    assert "1 instances stay on the old AMI" in (outcome.cause or "")
