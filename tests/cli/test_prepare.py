"""`rollout prepare` says what it costs, changes nothing without --yes, and then each service once."""

from collections.abc import Iterator

import pytest

from cli.main import main
from simulator.cdk_output import ensure_synthesized
from simulator.scenario.model import Ami, NodeGroup, Scenario, Service
from simulator.simulation import Simulation

CONSTRAINT = {"type": "memberOf", "expression": "attribute:rollout.cordoned !exists"}
SCENARIO = Scenario(
    name="prepare",
    cluster="prod",
    amis=(Ami("ami-0aaaaaaaaaaaaaaa1"),),
    node_groups=(NodeGroup("nodes", "ami-0aaaaaaaaaaaaaaa1", 2),),
    services=(
        Service("web", count=2),
        Service("ready", placement_constraints=(CONSTRAINT,)),
        Service("log-router", scheduling="DAEMON", cpu=64, memory=64),
    ),
)


@pytest.fixture
def region() -> Iterator[Simulation]:
    with Simulation(SCENARIO, 1, ensure_synthesized()) as opened:
        yield opened


def test_without_yes_it_only_says_what_it_would_cost(region: Simulation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "prod"]) == 1
    said = capsys.readouterr().out
    assert "1 of 2 services keep off cordoned instances" in said
    assert "web: one forced deployment replaces each of its tasks" in said
    assert region.dispatch.calls[("ecs", "UpdateService")] == 0


def test_with_yes_each_service_gets_the_constraint_once(region: Simulation) -> None:
    assert main(["prepare", "prod", "--yes"]) == 0
    assert region.cluster.services["web"].placement_constraints == [CONSTRAINT]
    assert region.dispatch.calls[("ecs", "UpdateService")] == 1
    assert main(["prepare", "prod"]) == 0


def test_a_name_that_is_none_is_refused(region: Simulation, capsys: pytest.CaptureFixture[str]) -> None:
    assert region.cluster
    assert main(["prepare", "prod", "--attribute", "no spaces"]) == 2
    assert "strategy.cordon is 'no spaces'" in capsys.readouterr().err
