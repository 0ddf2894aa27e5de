"""The same payload and about as many history events for any fleet, with no promise broken."""

from typing import Any

import pytest

from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import from_json

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"


def rollout_of(size: int, strategy: dict[str, Any]) -> Outcome:
    share = [{"capacityProvider": "blue", "base": 0, "weight": 1}] if strategy["type"] == "capacity-provider" else []
    scenario = from_json(
        {
            "name": f"{size}-instances",
            "cluster": "prod",
            "amis": [{"image_id": OLD, "name": "golden-1"}, {"image_id": NEW, "name": "golden-2"}],
            "node_groups": [{"name": "nodes", "ami": OLD, "size": size, "max": 2 * size, "capacity_provider": "blue"}],
            "services": [
                {
                    "name": "web",
                    "count": 2 * size,
                    "load_balancer": {"deregistration_delay_seconds": 30},
                    "capacity_provider_strategy": share,
                },
                {"name": "worker", "count": size, "capacity_provider_strategy": share},
                {"name": "agent", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
            ],
            "input": {"ami": NEW, "strategy": strategy},
        },
        "scale",
    )
    return simulate(scenario, seed=1)


@pytest.mark.parametrize("size", [1, 30, *(pytest.param(size, marks=pytest.mark.scale) for size in (100, 1000))])
def test_neither_payload_nor_history_grows_with_the_fleet(size: int) -> None:
    outcome = rollout_of(size, {"type": "rolling", "surge": "25%"})
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")
    assert outcome.peak_payload_bytes < 8 * 1024
    assert outcome.history_events < 2_500


@pytest.mark.parametrize("size", [1, 30, *(pytest.param(size, marks=pytest.mark.scale) for size in (100, 1000))])
@pytest.mark.parametrize("strategy", ["capacity-provider", "blue-green"])
def test_all_at_once_takes_as_many_events_for_any_fleet_and_moves_each_task_once(strategy: str, size: int) -> None:
    outcome = rollout_of(size, {"type": strategy})
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")
    assert outcome.moves_per_task == 1.0
    assert outcome.peak_payload_bytes < 8 * 1024
    assert outcome.history_events < 600
