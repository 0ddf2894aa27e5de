"""The second opinion on what can be rolled out, and the scenarios that are drawn for it."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.scenario.feasibility import obstacles
from simulator.scenario.model import NodeGroup, Scenario, Service
from simulator.scenario.random_scenarios import random_document, random_scenario

STRATEGIES = ("rolling", "capacity-provider", "blue-green")
AMI = "ami-0aaaaaaaaaaaaaaa1"


def scenario(strategy: dict[str, Any], *services: Service) -> Scenario:
    return Scenario("x", "prod", (), (NodeGroup("nodes", AMI, 2),), services, input={"strategy": strategy})


STUCK = Service("stuck", count=3, minimum_healthy_percent=100, maximum_percent=125)
WIDE = Service("wide", count=2, cpu=2048, memory=1024)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_service_that_may_neither_stop_nor_start_one_is_an_obstacle(strategy: str) -> None:
    (obstacle,) = obstacles(scenario({"type": strategy}, STUCK))

    assert obstacle.startswith("stuck: 100 % and 125 % of 3 tasks")


def test_a_service_that_is_left_alone_is_none() -> None:
    strategy = {"type": "capacity-provider", "services": {"stuck": "leave_alone"}}

    assert obstacles(scenario(strategy, STUCK)) == []


@pytest.mark.parametrize(
    ("strategy", "many"),
    [
        ({"type": "rolling", "surge": 0, "max_unavailable": 1}, 1),
        ({"type": "rolling", "surge": 1}, 0),
        ({"type": "capacity-provider"}, 0),
        ({"type": "blue-green"}, 0),
    ],
)
def test_only_without_a_surge_the_tasks_have_to_fit_on_the_rest(strategy: dict[str, Any], many: int) -> None:
    assert len(obstacles(scenario(strategy, WIDE))) == many


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_seed_draws_the_same_scenario_again_and_another_seed_another_one(strategy: str) -> None:
    assert random_scenario(3, strategy) == random_scenario(3, strategy)
    assert random_scenario(3, strategy) != replace(random_scenario(4, strategy), name=f"random-{strategy}-3")


def test_rolling_is_what_is_drawn_without_a_word() -> None:
    assert random_document(7) == random_document(7, "rolling")
    assert random_document(7)["name"] == "random-7"


def test_every_service_that_moves_is_on_the_old_provider_or_to_be_adopted() -> None:
    for seed in range(100):
        document = random_document(seed, "capacity-provider")
        plain = [
            service
            for service in document["services"]
            if service.get("scheduling") != "DAEMON" and not service.get("capacity_provider_strategy")
        ]
        assert bool(plain) is document["input"]["strategy"].get("adopt_launch_type_services", False)


@pytest.mark.parametrize(
    ("kind", "is_there"),
    [
        ("made", lambda drawn: not isinstance(drawn["input"]["strategy"].get("target"), str)),
        ("prepared", lambda drawn: isinstance(drawn["input"]["strategy"].get("target"), str)),
        ("managed", lambda drawn: drawn["input"]["strategy"]["scale"] == "managed"),
        ("another architecture", lambda drawn: drawn["amis"][1]["architecture"] == "arm64"),
        ("deleted", lambda drawn: drawn["input"]["strategy"]["after"] == "delete"),
        ("own steps", lambda drawn: "services" in drawn["input"]["strategy"]),
    ],
)
def test_each_kind_of_move_is_drawn_often_and_not_always(kind: str, is_there: Any) -> None:
    times = sum(is_there(random_document(seed, "capacity-provider")) for seed in range(200))

    assert 10 <= times <= 190, kind
