"""Managed draining, the default of new capacity providers: ECS holds each termination until the tasks are gone."""

from collections import Counter
from pathlib import Path

import pytest

from simulator.aws.autoscaling.events import LifecycleActionStarted
from simulator.aws.ecs.managed_draining import HOOK
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json
from simulator.simulation import open_simulation
from tests.rollouts.test_strategies_from_anywhere import undisturbed


@pytest.mark.parametrize(
    ("strategy", "fast"), [("rolling", True), ("capacity-provider", True), ("blue-green", True), ("rolling", False)]
)
def test_a_rollout_under_managed_draining_ends_all_new(strategy: str, fast: bool, cdk_out: Path) -> None:
    """Each of its terminations waits for ECS's hook, and a copied group gets its own, not the old one's."""
    made = undisturbed(strategy)
    (group,) = made["node_groups"]
    group.update(capacity_provider=group.get("capacity_provider", "blue"), managed_draining=True)
    waits: Counter[str] = Counter()
    with open_simulation(from_json(made, "test"), 1, cdk_out, fast=fast) as region:
        region.bus.subscribe(LifecycleActionStarted, lambda event: waits.update([event.hook]))
        outcome = observe(region)
        assert [str(violation) for violation in outcome.violations] == []
        assert outcome.unexpected == (), outcome.cause
        assert set(waits) == {HOOK}
        assert waits[HOOK] >= group["size"]
