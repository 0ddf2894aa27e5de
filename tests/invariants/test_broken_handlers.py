"""A deliberately broken handler is caught by the world, whatever the state machine says of its own success."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.api.clients import client
from simulator.cdk_output import ensure_synthesized
from simulator.invariants import drains, endings, terminations
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import load
from simulator.simulation import Simulation
from simulator.stepfunctions.deployed_stack import load as load_stack

Handler = Callable[[dict[str, Any], object], object]
SCENARIO = load(Path(__file__).parents[2] / "examples" / "mixed-instances.json")
GROUP = SCENARIO.node_groups[0].name


def rollout_with(module: str, broken: Callable[[Handler], Handler]) -> Outcome:
    """The scenario's rollout, with the handler of that module replaced by what `broken` makes of it."""
    cdk_out = ensure_synthesized()
    names = [each.name for each in load_stack(cdk_out).functions if f".{module}." in each.handler]
    with Simulation(SCENARIO, 1, cdk_out) as region:
        handlers = region.engine.functions.handlers
        for name in names:
            handlers[name] = broken(handlers[name])
        assert names
        return observe(region)


def broken_promises(outcome: Outcome) -> set[str]:
    return {violation.invariant for violation in outcome.violations}


def drains_everything_at_once(_right: Handler) -> Handler:
    def handler(_event: dict[str, Any], _context: object) -> object:
        ecs = client("ecs", SCENARIO.region)
        every = ecs.list_container_instances(cluster=SCENARIO.cluster, status="ACTIVE")["containerInstanceArns"]
        if every:
            ecs.update_container_instances_state(
                cluster=SCENARIO.cluster, containerInstances=every[:10], status="DRAINING"
            )
        return {}

    return handler


def terminates_the_newest(right: Handler) -> Handler:
    def handler(event: dict[str, Any], context: object) -> object:
        autoscaling = client("autoscaling", SCENARIO.region)
        (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
        newest = [each["InstanceId"] for each in group["Instances"] if each["LifecycleState"] == "InService"][-1]
        autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=newest, ShouldDecrementDesiredCapacity=True)
        return right(event, context)

    return handler


def forgets_to_restore(_right: Handler) -> Handler:
    def handler(_event: dict[str, Any], _context: object) -> object:
        return {"status": "rolled-out", "error": "", "cause": "all is well", "details": {}, "version": 1}

    return handler


@pytest.mark.parametrize(
    ("module", "broken", "promises"),
    [
        ("drain_instances", drains_everything_at_once, {drains.COVER, drains.ROOM}),
        ("scale_in", terminates_the_newest, {terminations.WRONG, terminations.EMPTY}),
        ("finish_rollout", forgets_to_restore, {endings.RESTORED}),
    ],
)
def test_a_broken_handler_breaks_the_promises_that_the_world_watches(
    module: str, broken: Callable[[Handler], Handler], promises: set[str]
) -> None:
    assert promises <= broken_promises(rollout_with(module, broken))


def test_a_handler_that_is_left_alone_breaks_none() -> None:
    assert broken_promises(rollout_with("finish_rollout", lambda right: right)) == set()
