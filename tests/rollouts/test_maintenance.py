"""Maintenance windows around a rollout: outside it waits and holds nothing; one that closes on it is obeyed.

The simulated region's day begins at one o'clock, UTC.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import load
from simulator.scenario.model import Fault, Scenario
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.events import StateEntered

EXAMPLE = load(Path(__file__).parents[2] / "examples" / "dev-cluster.json")
BEFORE, WITHIN = catalogue.WAIT_FOR_WINDOW_TO_START.forward, catalogue.WAIT_FOR_WINDOW.forward
PARAMETER, AMI = "/ami/ecs/latest", "ami-0bbbbbbbbbbbbbbb2"


def scenario(opens: str, closes: str, on_close: str = "finish", **more: Any) -> Scenario:
    windows = [{"from": opens, "to": closes, "time_zone": "UTC"}]
    maintenance = {"windows": windows, "on_close": on_close}
    return replace(EXAMPLE, input={**EXAMPLE.input, "maintenance": maintenance, **more})


def run(meant: Scenario, cdk_out: Path) -> tuple[Outcome, dict[str, float], dict[str, str]]:
    """The outcome, when each state was entered first (seconds after the start), and the parameters in the end."""
    entered: dict[str, float] = {}
    with InProcessSimulation(meant, 1, cdk_out) as region:
        began = region.clock.now
        region.bus.subscribe(StateEntered, lambda event: entered.setdefault(event.state, region.clock.now - began))
        outcome = observe(region)
        pages = region.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True)
        parameters = [parameter for page in pages for parameter in page["Parameters"]]
    assert [str(violation) for violation in outcome.violations] == []
    return outcome, entered, {parameter["Name"]: parameter["Value"] for parameter in parameters}


def test_outside_the_window_it_waits_and_holds_nothing(cdk_out: Path) -> None:
    outcome, entered, _ = run(scenario("03:00", "05:00"), cdk_out)
    assert outcome.last_state == catalogue.ROLLED_OUT.forward
    assert entered[BEFORE] < 60
    assert 7200 <= entered[catalogue.LOCK.forward] < 7260


def test_inside_the_window_it_goes_at_once(cdk_out: Path) -> None:
    outcome, entered, _ = run(scenario("00:30", "05:00"), cdk_out)
    assert outcome.last_state == catalogue.ROLLED_OUT.forward
    assert BEFORE not in entered
    assert entered[catalogue.LOCK.forward] < 60


def test_an_impossible_plan_is_refused_before_the_wait(cdk_out: Path) -> None:
    outcome, entered, _ = run(scenario("03:00", "05:00", ami="ami-0ddddddddddddddd4"), cdk_out)
    assert outcome.last_state == catalogue.PLAN_REFUSED.forward
    assert BEFORE not in entered


@pytest.mark.parametrize(
    ("on_close", "status", "end"),
    [("finish", "SUCCEEDED", "all_new"), ("pause", "SUCCEEDED", "all_new"), ("roll_back", "FAILED", "all_old")],
)
def test_a_window_that_closes_in_mid_rollout(on_close: str, status: str, end: str, cdk_out: Path) -> None:
    outcome, entered, _ = run(scenario("00:30", "01:02", on_close), cdk_out)
    assert (outcome.status, outcome.end) == (status, end), outcome.cause
    assert (WITHIN in entered) is (on_close == "pause")
    if on_close == "pause":
        assert outcome.virtual_seconds > 23 * 3600
    if on_close == "roll_back":
        assert outcome.error == "WindowClosed"


def test_a_budget_lowers_the_surge(cdk_out: Path) -> None:
    windows = [{"from": "00:00", "to": "12:00", "at_most": 1}]
    wide = {"strategy": {"surge": "100%"}, "maintenance": {"windows": windows}}
    outcome, _entered, _ = run(replace(EXAMPLE, input={**EXAMPLE.input, **wide}), cdk_out)
    assert outcome.end == "all_new"
    assert outcome.peak_instances == EXAMPLE.node_groups[0].size + 1


def test_a_rollout_whose_parameter_moved_on_has_nothing_to_do(cdk_out: Path) -> None:
    meant = scenario("03:00", "05:00", while_parameter={"name": PARAMETER, "version": 1})
    moves = Fault("set_parameter", at=60.0, with_={"name": PARAMETER, "value": "ami-0ccccccccccccccc3"})
    parameters = {**EXAMPLE.parameters, PARAMETER: AMI}
    outcome, entered, _ = run(replace(meant, parameters=parameters, faults=(moves,)), cdk_out)
    assert (outcome.status, outcome.last_state) == ("SUCCEEDED", catalogue.NOTHING_TO_DO.forward)
    assert catalogue.LOCK.forward not in entered


@pytest.mark.parametrize(("crashes", "published"), [(False, True), (True, False)])
def test_the_ami_is_published_when_everything_runs_it_and_only_then(
    crashes: bool, published: bool, cdk_out: Path
) -> None:
    meant = replace(EXAMPLE, input={**EXAMPLE.input, "publish_to": "/EcsAmiRollout/published/ami"})
    if crashes:
        fails = {"service": EXAMPLE.services[0].name, "ami": AMI}
        meant = replace(meant, faults=(Fault("crash_tasks", state=catalogue.LOCK.forward, with_=fails),))
    outcome, _entered, parameters = run(meant, cdk_out)
    assert (outcome.end == "all_new") is published
    assert parameters.get("/EcsAmiRollout/published/ami") == (AMI if published else None)
