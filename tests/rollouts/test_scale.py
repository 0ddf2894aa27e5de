"""A thousand instances: the same payload and about as many history events as ten, with no promise broken."""

import pytest

from simulator.rehearsal.outcome import Outcome
from simulator.rehearsal.run import simulate
from simulator.scenario.load import from_json

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"


def rollout_of(size: int) -> Outcome:
    scenario = from_json(
        {
            "name": f"{size}-instances",
            "cluster": "prod",
            "amis": [{"image_id": OLD, "name": "golden-1"}, {"image_id": NEW, "name": "golden-2"}],
            "node_groups": [{"name": "nodes", "ami": OLD, "size": size, "max": 2 * size}],
            "services": [
                {"name": "web", "count": 2 * size, "load_balancer": {"deregistration_delay_seconds": 30}},
                {"name": "worker", "count": size},
                {"name": "agent", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
            ],
            "input": {"ami": NEW, "strategy": {"type": "rolling", "surge": "25%"}},
        },
        "scale",
    )
    return simulate(scenario, seed=1)


@pytest.mark.parametrize("size", [1, 10, 100, pytest.param(1000, marks=pytest.mark.scale)])
def test_neither_payload_nor_history_grows_with_the_fleet(size: int) -> None:
    outcome = rollout_of(size)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")
    assert outcome.peak_payload_bytes < 8 * 1024
    assert outcome.history_events < 2_500
