"""A follower whose cluster is gone keeps none of the others from their rollout, and somebody hears of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.input.subscription import Rules, Source, execution_name_for
from handlers.errors import FollowersFailed
from handlers.runtime.clients import build_clients
from handlers.runtime.task_handler import metrics
from handlers.triggers.start_rollouts import start_rollouts
from handlers.triggers.watch_amis import watch_amis
from simulator.runs.rehearsal.run import observe
from simulator.scenario.model import Scenario
from simulator.simulation import InProcessSimulation, Simulation
from simulator.stepfunctions.events import LambdaInvoked
from simulator.triggers.dead_letters import DeadLetter
from tests.rollouts.test_triggers import CLUSTER, GROUP, NEW, PARAMETER, Seen, scenario

NAME = execution_name_for(CLUSTER, GROUP, NEW, 2)
MINUTE = 60.0


def with_a_lost_one(**more: Any) -> Scenario:
    """Before the example's follower comes one whose cluster is gone."""
    made = scenario()
    lost = {"parameter": PARAMETER, "cluster": "gone", **more}
    return replace(made, parameters={**made.parameters, "/EcsAmiRollout/rollouts/a-lost-one": json.dumps(lost)})


@pytest.mark.parametrize("more", [{}, {"starts": False}])
def test_the_others_are_started_and_the_invocation_fails(more: dict[str, Any], following: Path) -> None:
    with InProcessSimulation(with_a_lost_one(**more), 1, following) as region:
        seen, ended = Seen(region), list[tuple[str, str | None]]()
        region.bus.subscribe(LambdaInvoked, lambda event: ended.append((event.function, event.error)))
        letters: list[DeadLetter] = []
        region.bus.subscribe(DeadLetter, letters.append)
        region.clock.after(MINUTE, lambda: region.set_parameter(PARAMETER, NEW))
        outcome = observe(region, execution=NAME)
    assert outcome.end == "all_new"
    assert seen.executions == [NAME]
    assert [error for name, error in ended if "StartRollouts" in name] == ["FollowersFailed"] * 3, "tried again, twice"
    assert [letter.queue.rpartition(":")[2] for letter in letters] == ["FunctionsNotHandled091CDAEA"]


@pytest.fixture
def clients(following: Path) -> Any:
    with Simulation(with_a_lost_one(), 1, following):
        build_clients.cache_clear()
        yield build_clients()
    build_clients.cache_clear()
    metrics.clear_metrics()


def test_the_error_names_who_failed_and_it_is_counted(clients: Any) -> None:
    with pytest.raises(FollowersFailed, match=r"1 of those who follow .*: a-lost-one: PlanImpossible"):
        start_rollouts(PARAMETER, clients, news=True)
    assert metrics.metric_set["FollowerFailed"]["Value"] == [1.0]


def test_the_watch_writes_the_ami_though_a_follower_is_lost(clients: Any) -> None:
    source = Source("public", PARAMETER, Rules(), image=scenario().amis[1].name)
    with pytest.raises(FollowersFailed, match="a-lost-one: PlanImpossible"):
        watch_amis(source, clients)
    assert clients.ssm.image_id(PARAMETER) == NEW
