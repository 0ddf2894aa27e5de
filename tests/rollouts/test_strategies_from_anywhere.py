"""Whatever handler fails, whenever, in whatever strategy: all old, every setting as before, and a failed execution."""

from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.aws.ecs.events import ServiceEvent, TaskProvisioning
from simulator.runs.rehearsal.run import observe, simulate
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation
from tests.rollouts.test_failing_strategies import STRATEGIES, scenario
from tests.rollouts.test_roll_back_from_anywhere import Boom

PROMOTE = {"after": {"state": catalogue.PROMOTION.forward}, "seconds": 60, "input": {"action": "promote"}}
COMMON = (("CreateLaunchTemplateVersion", 1), ("PrepareNodeGroup", 1), ("ScaleOut", 1), ("FinishRollout", 1))
POINTS: dict[str, tuple[tuple[str, int], ...]] = {
    "rolling-cordoned-canary": (("CordonInstances", 1), ("CordonInstances", 3), ("WaitForPromotion", 1)),
    "rolling-prepared": (("UpdateServiceStrategy", 1), ("DrainInstances", 1)),
    "capacity-provider": (
        *COMMON,
        ("UpdateServiceStrategy", 1),
        ("UpdateServiceStrategy", 2),
        ("DrainInstances", 1),
    ),
    "capacity-provider-managed": (("PrepareNodeGroup", 1), ("UpdateServiceStrategy", 2)),
    "blue-green": (*COMMON, ("UpdateServiceStrategy", 1), ("UpdateServiceStrategy", 2), ("ScaleIn", 1)),
    "blue-green-by-definition": (("UpdateServiceStrategy", 2), ("UpdateServiceStrategy", 3), ("FinishRollout", 1)),
    "blue-green-second-group": (("PrepareNodeGroup", 1), ("UpdateServiceStrategy", 2), ("ScaleIn", 1)),
}
RESTORING_SECONDS = 60.0
"""Settings are given back in the last minute of a rollout."""

CASES = [(strategy, function, nth) for strategy, points in POINTS.items() for function, nth in points]


def undisturbed(strategy: str) -> dict[str, Any]:
    """The scenario of that strategy with nothing wrong in it, and an operator who promotes."""
    made = scenario(strategy, "promotion-rejected")
    return {**made, "people": [PROMOTE], "expect": {"status": "SUCCEEDED", "end": "all_new"}}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_undisturbed_it_ends_all_new(strategy: str) -> None:
    outcome = simulate(from_json(undisturbed(strategy), "test"), seed=2, fast=True)
    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.unexpected == (), outcome.cause


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_ecs_moves_no_task_between_zones_before_the_rollout_is_over(strategy: str, cdk_out: Path) -> None:
    """Its zone rebalancing is off meanwhile, and on again at the end: what it moves then breaks nothing."""
    made = undisturbed(strategy)
    services = [each | {"availability_zone_rebalancing": True} for each in made["services"] if eligible(each)]
    assert services
    made["services"] = services + [each for each in made["services"] if not eligible(each)]
    began: list[float] = []
    with InProcessSimulation(from_json(made, "test"), 2, cdk_out) as region:

        def note(event: ServiceEvent) -> None:
            if "AZ Rebalancing in progress" in event.message:
                began.append(region.clock.now - region.started_at)

        region.bus.subscribe(ServiceEvent, note)
        outcome = observe(region)
        settings = {each.name: each.availability_zone_rebalancing for each in region.cluster.services.values()}
    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.unexpected == (), outcome.cause
    restored = outcome.virtual_seconds - RESTORING_SECONDS
    assert all(seconds > restored for seconds in began), (began, outcome.virtual_seconds)
    assert {settings[each["name"]] for each in services} == {"ENABLED"}


def test_tasks_wait_in_provisioning_for_the_instances_of_a_rollout_that_managed_scaling_sizes(cdk_out: Path) -> None:
    """The new group begins empty: what is told to go there waits, and no function trips over a task on no instance."""
    waited: list[str] = []
    made = from_json(undisturbed("capacity-provider-managed"), "test")
    with InProcessSimulation(made, 2, cdk_out) as region:
        region.bus.subscribe(TaskProvisioning, lambda event: waited.append(event.task.id))
        outcome = observe(region)
    assert len(waited) > 1
    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.unexpected == (), outcome.cause


def eligible(service: dict[str, Any]) -> bool:
    """Whether ECS keeps such a service even over the zones."""
    return service.get("scheduling", "REPLICA") == "REPLICA" and service.get("maximum_percent", 200) > 100


@pytest.mark.parametrize("after", [False, True], ids=["before-the-effect", "after-it"])
@pytest.mark.parametrize(("strategy", "function", "nth"), CASES, ids=[f"{s}-{f}-{n}" for s, f, n in CASES])
def test_a_handler_that_fails_brings_everything_back(
    strategy: str, function: str, nth: int, after: bool, cdk_out: Path
) -> None:
    seen: list[str] = []

    def fail(name: str, event: dict[str, Any]) -> None:
        if name.startswith(f"Functions{function}") and event.get("direction", "forward") == "forward":
            seen.append(name)
            if len(seen) == nth:
                raise Boom(f"{function} fails")

    with InProcessSimulation(from_json(undisturbed(strategy), "test"), 1, cdk_out) as region:
        (region.engine.functions.after if after else region.engine.functions.before).append(fail)
        outcome = observe(region)
    assert len(seen) >= nth, "the rollout never came to this invocation"
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end, outcome.error) == ("FAILED", "all_old", "Boom"), outcome.cause


def test_a_rollout_whose_old_group_is_deleted_already_does_not_turn_back(cdk_out: Path) -> None:
    def fail(name: str, event: dict[str, Any]) -> None:
        if name.startswith("FunctionsFinishRollout") and event["direction"] == "forward":
            raise Boom("the answer is lost")

    with InProcessSimulation(from_json(undisturbed("capacity-provider-managed"), "test"), 1, cdk_out) as region:
        region.engine.functions.after.append(fail)
        outcome = observe(region)
    assert (outcome.status, outcome.end, outcome.last_state) == ("FAILED", "all_new", catalogue.NEEDS_A_HUMAN.back)
    assert "There is nothing to return to" in (outcome.cause or "")
    assert [str(violation) for violation in outcome.violations] == []


def test_images_are_deployed_by_the_digests_that_ran(cdk_out: Path) -> None:
    made = undisturbed("capacity-provider")
    made["input"]["strategy"] = {"type": "capacity-provider", "pin_images": "digest"}
    with InProcessSimulation(from_json({**made, "people": []}, "test"), 1, cdk_out) as region:
        digest = region.ecs.context.images.digest("web:1")
        outcome = observe(region)
        service = region.cluster.services["web"]
        assert service.task_definition.request["containerDefinitions"][0]["image"] == f"web@{digest}"
        assert service.task_definition.status == "ACTIVE"
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.moves_per_task) == ("SUCCEEDED", 1.0)
