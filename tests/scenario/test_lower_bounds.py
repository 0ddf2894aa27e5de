"""The shortest that a rollout could take, by strategy. Means: boots 10 + 45, starts 27.5, stops 11."""

from typing import Any

import pytest

from simulator.runs.rehearsal.bounds import lower_bound_seconds
from simulator.scenario.input_expectations import Allowance
from simulator.scenario.model import LoadBalancer, NodeGroup, Scenario, Service

AMI = "ami-0aaaaaaaaaaaaaaa1"
SIZE = 4
BOOT, START, STOP = 55.0, 27.5, 11.0


def bound(strategy: dict[str, Any], *services: Service, second: int = 0, **asked: Any) -> float:
    """Of a group of four beside a second one."""
    groups = (NodeGroup("old", AMI, SIZE), NodeGroup("new", AMI, second, capacity_provider="new-cp"))
    given = {"strategy": strategy, **asked}
    scenario = Scenario("x", "prod", (), groups, services or (Service("web"),), input=given)
    return lower_bound_seconds(scenario, SIZE, Allowance.of(given, SIZE))


BAKED = {"percent": 50, "bake_seconds": 60}


@pytest.mark.parametrize(
    ("strategy", "seconds"),
    [
        ({"type": "rolling", "surge": 2}, 2 * (BOOT + START + STOP)),
        ({"type": "rolling", "surge": 4, "canary": {"instances": 1, "bake_seconds": 60}}, BOOT + START + STOP + 60),
        ({"type": "capacity-provider"}, BOOT + START + STOP),
        ({"type": "capacity-provider", "steps": [BAKED, "all"]}, BOOT + 2 * START + STOP + 60),
        (
            {"type": "capacity-provider", "steps": ["all"], "services": {"web": {"steps": [BAKED, BAKED, "all"]}}},
            BOOT + 3 * START + STOP + 120,
        ),
        ({"type": "capacity-provider", "services": {"web": "leave_alone"}}, BOOT),
        ({"type": "blue-green", "burn_in_seconds": 300}, BOOT + START + STOP + 300),
        ({"type": "blue-green", "steps": 5, "services": 3, "checkpoints": "no"}, BOOT + START + STOP),
    ],
)
def test_a_bound_is_boot_deployments_and_bakes(strategy: dict[str, Any], seconds: float) -> None:
    assert bound(strategy) == seconds


def test_instances_that_stand_already_need_not_boot() -> None:
    assert bound({"type": "capacity-provider", "target": "new-cp"}, second=4) == START + STOP
    assert bound({"type": "capacity-provider", "target": "new-cp"}, second=0) == BOOT + START + STOP


def test_a_load_balancer_is_waited_for_at_each_step_and_left_once() -> None:
    web = Service("web", load_balancer=LoadBalancer(deregistration_delay_seconds=30))

    seconds = bound({"type": "capacity-provider", "steps": [{"percent": 50}, "all"]}, web, bake_seconds=20)

    assert seconds == BOOT + 2 * (START + 45) + STOP + 30 + 20
