"""The AMI watch on its schedule: from AWS's public parameter, or a name pattern, to a rollout."""

from pathlib import Path

import pytest

from handlers.domain.input.subscription import execution_name_for
from simulator.runs.rehearsal.run import observe
from simulator.simulation import InProcessSimulation, SimulatedRollout, Simulation
from tests.rollouts.test_triggers import CLUSTER, GROUP, NEW, OLD, PARAMETER, Seen, scenario

PUBLIC = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
NAME = execution_name_for(CLUSTER, GROUP, NEW, 2)
HOUR = 3600.0


@pytest.mark.parametrize("mode", [InProcessSimulation, Simulation])
def test_a_new_public_ami_is_taken_within_the_hour_and_rolled_out(
    mode: type[SimulatedRollout], following: Path
) -> None:
    with mode(scenario(), 1, following) as region:
        seen = Seen(region)
        region.set_parameter(f"{PUBLIC}/image_id", NEW)
        region.schedules.run()
        outcome = observe(region, execution=NAME)
        ours = region.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    assert ours == NEW
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
    assert seen.executions == [NAME]


def test_looking_again_writes_nothing_and_starts_nothing(following: Path) -> None:
    with InProcessSimulation(scenario(), 1, following) as region:
        seen = Seen(region)
        region.set_parameter(f"{PUBLIC}/image_id", NEW)
        region.schedules.run()
        observe(region, execution=NAME)
        region.pass_time(5 * HOUR)
        version = region.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Version"]
    assert version == 2
    assert seen.executions == [NAME]
    assert len(seen.matched) > 8


def test_an_event_that_got_lost_is_made_up_for_by_the_schedule(following: Path) -> None:
    with InProcessSimulation(scenario(), 1, following) as region:
        seen = Seen(region)
        region.rules_enabled = False
        region.set_parameter(f"{PUBLIC}/image_id", NEW)
        region.set_parameter(PARAMETER, NEW)
        region.schedules.run()
        outcome = observe(region, execution=NAME)
    assert outcome.end == "all_new"
    assert seen.executions == [NAME]


def test_what_runs_the_ami_already_is_asked_once_and_left_alone(following: Path) -> None:
    with InProcessSimulation(scenario(), 1, following) as region:
        seen = Seen(region)
        before = {host.instance_id for host in region.instances(GROUP)}
        region.set_parameter(f"{PUBLIC}/image_id", OLD)
        region.schedules.run()
        region.pass_time(3 * HOUR)
        ended = [region.engine.execution(name).wait() for name in seen.executions]
        assert {host.instance_id for host in region.instances(GROUP)} == before
    assert [result.status for result in ended] == ["SUCCEEDED"]
