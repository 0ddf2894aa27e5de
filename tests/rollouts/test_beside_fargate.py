"""Services on Fargate stand beside the node groups; a rollout leaves them alone, and they disturb none."""

from pathlib import Path

import pytest

from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation
from tests.rollouts.test_strategies_from_anywhere import undisturbed

STRATEGIES = ("rolling-cordoned-canary", "capacity-provider", "blue-green", "blue-green-second-group")
BESIDE = (
    {"name": "spark", "count": 2, "launch_type": "FARGATE"},
    {"name": "flame", "count": 3, "capacity_provider_strategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]},
)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_tasks_on_fargate_are_left_alone(cdk_out: Path, strategy: str) -> None:
    made = undisturbed(strategy)
    scenario = from_json({**made, "services": [*made["services"], *BESIDE]}, "test")
    with InProcessSimulation(scenario, 1, cdk_out) as region:
        beside = [region.cluster.services[str(each["name"])] for each in BESIDE]
        before = [(set(service.tasks), service.primary.id) for service in beside]
        outcome = observe(region)
        assert [(set(service.tasks), service.primary.id) for service in beside] == before
    assert [str(each) for each in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
