"""From a changed SSM parameter to a finished rollout, by the rule and the functions of the synthesized stack."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.input.subscription import execution_name_for
from simulator.aws.messages import EventPut
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import load
from simulator.scenario.model import Scenario
from simulator.simulation import InProcessSimulation, SimulatedRollout, Simulation
from simulator.stepfunctions.events import ExecutionStarted
from simulator.triggers.rules import RuleMatched
from tests.conftest import FOLLOWING
from workflow.settings import read_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = load(ROOT / "examples" / "dev-cluster.json")
CLUSTER, GROUP = EXAMPLE.cluster, EXAMPLE.node_groups[0].name
OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
PARAMETER, PUBLISHED = read_settings(FOLLOWING).sources[0].writes, "/EcsAmiRollout/published/ami"
NAME = execution_name_for(CLUSTER, GROUP, NEW, 2)
MINUTE, HOUR = 60.0, 3600.0


def scenario(**subscription: Any) -> Scenario:
    """The example's cluster, and a subscription as the stack writes it; the parameter has the old AMI still."""
    value = {"parameter": PARAMETER, "cluster": CLUSTER, "input": {"publish_to": PUBLISHED}, **subscription}
    parameters = {f"/EcsAmiRollout/rollouts/{CLUSTER}": json.dumps(value), PARAMETER: OLD}
    given = {**EXAMPLE.input, "ami": NEW, **value["input"]}
    return replace(EXAMPLE, parameters={**EXAMPLE.parameters, **parameters}, input=given)


class Seen:
    """Executions that were started, rules that matched, and what was told."""

    def __init__(self, region: SimulatedRollout) -> None:
        self.executions: list[str] = []
        self.matched: list[str] = []
        self.told: list[str] = []
        region.bus.subscribe(ExecutionStarted, lambda event: self.executions.append(event.execution))
        region.bus.subscribe(RuleMatched, lambda event: self.matched.append(event.target))
        region.bus.subscribe(EventPut, lambda event: self.told.append(event.detail_type))


@pytest.mark.parametrize("mode", [InProcessSimulation, Simulation])
def test_a_changed_parameter_starts_the_rollout_and_its_end_is_published(
    mode: type[SimulatedRollout], following: Path
) -> None:
    with mode(scenario(), 1, following) as region:
        seen = Seen(region)
        region.clock.after(MINUTE, lambda: region.set_parameter(PARAMETER, NEW))
        outcome = observe(region, execution=NAME)
        published = region.client("ssm").get_parameter(Name=PUBLISHED)["Parameter"]["Value"]
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
    assert seen.executions == [NAME]
    assert len(seen.matched) == 1
    assert published == NEW


def test_an_event_that_comes_twice_starts_nothing_twice(following: Path) -> None:
    with InProcessSimulation(scenario(), 1, following) as region:
        seen = Seen(region)
        region.clock.after(MINUTE, lambda: region.set_parameter(PARAMETER, NEW))
        region.clock.after(2 * MINUTE, lambda: again(region))
        outcome = observe(region, execution=NAME)
        again(region)
        region.pass_time(MINUTE)
    assert outcome.end == "all_new"
    assert len(seen.matched) == 3
    assert seen.executions == [NAME]


def again(region: SimulatedRollout) -> None:
    """The same event once more, as EventBridge may deliver it."""
    region._versions.clear()
    region.announce_parameter(PARAMETER)


@pytest.mark.parametrize(
    "subscription",
    [
        {"rules": {"owners": ["123456789012"]}},
        {"rules": {"deny": [NEW]}},
        {"rules": {"soak_days": 30}},
        {"parameter": "/another"},
        {"starts": False},
    ],
)
def test_what_the_settings_do_not_allow_is_not_started(subscription: dict[str, Any], following: Path) -> None:
    with InProcessSimulation(scenario(**subscription), 1, following) as region:
        seen = Seen(region)
        region.set_parameter(PARAMETER, NEW)
        region.pass_time(MINUTE)
    assert len(seen.matched) == 1
    assert seen.executions == []
    assert seen.told == (["Behind"] if "starts" in subscription else [])


def test_a_newer_ami_waits_for_its_turn_and_an_older_one_gives_way(following: Path) -> None:
    """Two changes within a minute: the first rollout has the node group, the second one follows it."""
    newest = "ami-0ccccccccccccccc3"
    meant = scenario()
    amis = (*meant.amis, replace(meant.amis[1], image_id=newest))
    with InProcessSimulation(replace(meant, amis=amis), 1, following) as region:
        seen = Seen(region)
        region.clock.after(MINUTE, lambda: region.set_parameter(PARAMETER, NEW))
        region.clock.after(3 * MINUTE, lambda: region.set_parameter(PARAMETER, newest))
        second = execution_name_for(CLUSTER, GROUP, newest, 3)
        region.pass_time(4 * MINUTE)
        first = region.engine.execution(NAME).wait()
        last = region.engine.execution(second).wait()
        running = {host.image_id for host in region.instances(GROUP)}
    assert seen.executions == [NAME, second]
    assert (first.status, last.status) == ("SUCCEEDED", "SUCCEEDED")
    assert running == {newest}


def test_outside_the_window_a_started_rollout_waits(following: Path) -> None:
    windows = {"windows": [{"from": "03:00", "to": "05:00"}]}
    with InProcessSimulation(scenario(input={"maintenance": windows}), 1, following) as region:
        region.clock.after(MINUTE, lambda: region.set_parameter(PARAMETER, NEW))
        outcome = observe(region, execution=NAME)
    assert outcome.end == "all_new"
    assert outcome.virtual_seconds > 2 * HOUR - MINUTE
