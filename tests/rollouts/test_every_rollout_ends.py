"""Every rollout ends, whatever does not: an agent that is gone for good, capacity that comes late or never.

Each strategy, forward and on the way back. What can be waited for is waited for, what cannot turns at once, and where
nothing remains to be done but by an operator, that is said by name.
"""

from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import from_json

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": {"type": "rolling", "surge": 1},
    "rolling-without-a-surge": {"type": "rolling", "surge": 0, "max_unavailable": 1},
    "capacity-provider": {"type": "capacity-provider", "steps": [{"percent": 50, "bake_seconds": 120}, "all"]},
    "blue-green": {"type": "blue-green", "burn_in_seconds": 180},
    "blue-green-second-group": {"type": "blue-green", "burn_in_seconds": 180, "target": {}},
}
LAUNCHING = ("rolling", "capacity-provider", "blue-green")
ALL_NEW, ALL_OLD = ("SUCCEEDED", "all_new"), ("FAILED", "all_old")
KMS = "Instance became unhealthy. Termination Reason: Client.InternalError: Client error on launch"
FOR_EVER = 10**6
HISTORY_AT_MOST = 25_000


def rollout(strategy: str, *faults: dict[str, Any], fast: bool = True) -> Outcome:
    how = STRATEGIES[strategy]
    by_provider = how["type"] == "capacity-provider"
    share = (
        {"capacity_provider_strategy": [{"capacityProvider": "blue", "base": 0, "weight": 1}]} if by_provider else {}
    )
    service = {"cpu": 512, "memory": 1024, "load_balancer": {"deregistration_delay_seconds": 20}, **share}
    scenario = {
        "name": strategy,
        "cluster": "prod",
        "amis": [{"image_id": OLD}, {"image_id": NEW}],
        "node_groups": [{"name": "nodes", "ami": OLD, "size": 4, "min": 2, "max": 5, "capacity_provider": "blue"}],
        "services": [
            {"name": "web", "count": 6, **service},
            {"name": "worker", "count": 3, **service, "minimum_healthy_percent": 50, "maximum_percent": 150},
            {"name": "log-router", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
        ],
        "alarms": [{"name": "web-5xx"}],
        "input": {
            "ami": NEW,
            "auto_scaling_group": "nodes",
            "alarms": ["web-5xx"],
            "strategy": how,
            "timeouts": {"drain_seconds": 900},
            **({"bake_seconds": 120} if how["type"] == "rolling" else {}),
        },
        "faults": list(faults),
    }
    outcome = simulate(from_json(scenario, "test"), seed=1, fast=fast)
    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.history_events < HISTORY_AT_MOST
    return outcome


def told(outcome: Outcome) -> tuple[str, str]:
    return outcome.status, outcome.end


def gone(which: str, state: str) -> dict[str, Any]:
    return {"kind": "disconnect_agent", "state": state, "with": {"which": which}}


def alarm(state: str, nth: int = 1) -> dict[str, Any]:
    return {"kind": "set_alarm", "state": state, "nth": nth, "with": {"name": "web-5xx", "state": "ALARM"}}


def turning(strategy: str) -> dict[str, Any]:
    """The alarm fires when old instances are gone already: the way back has to launch."""
    return alarm(catalogue.SCALE_IN.forward, 3 if strategy.startswith("rolling") else 1)


def no_launch(seconds: float, state: str, **more: Any) -> dict[str, Any]:
    return {"kind": "fail_launches", "state": state, "with": {"for_seconds": seconds, **more}}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_old_instance_whose_agent_is_gone_is_replaced_by_its_deadline(strategy: str) -> None:
    outcome = rollout(strategy, gone("old", catalogue.SCALE_OUT.forward))
    assert told(outcome) == ALL_NEW, outcome.cause


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_new_instance_whose_agent_is_gone_is_replaced_too(strategy: str) -> None:
    outcome = rollout(strategy, gone("new", catalogue.BAKE.forward))
    assert told(outcome) == ALL_NEW, outcome.cause


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_way_back_ends_although_an_agent_is_gone(strategy: str) -> None:
    outcome = rollout(strategy, alarm(catalogue.BAKE.forward), gone("new", catalogue.BEGIN_ROLL_BACK.back))
    assert (*told(outcome), outcome.error) == (*ALL_OLD, "AlarmFired"), outcome.cause


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_old_instance_that_is_to_stay_and_is_gone_is_replaced_on_the_way_back(strategy: str) -> None:
    turns = alarm(catalogue.DRAIN.forward, 2 if strategy.startswith("rolling") else 1)
    outcome = rollout(strategy, turns, gone("old", catalogue.BEGIN_ROLL_BACK.back))
    assert (*told(outcome), outcome.error) == (*ALL_OLD, "AlarmFired"), outcome.cause


def test_the_region_as_it_is_deployed_ends_it_too() -> None:
    outcome = rollout("rolling", alarm(catalogue.BAKE.forward), gone("new", catalogue.BEGIN_ROLL_BACK.back), fast=False)
    assert (*told(outcome), outcome.error) == (*ALL_OLD, "AlarmFired"), outcome.cause


@pytest.mark.parametrize("seconds", [90, 44 * 60])
@pytest.mark.parametrize("strategy", LAUNCHING)
def test_capacity_that_comes_late_is_waited_for(strategy: str, seconds: int) -> None:
    outcome = rollout(strategy, no_launch(seconds, catalogue.SCALE_OUT.forward))
    assert told(outcome) == ALL_NEW, outcome.cause


@pytest.mark.parametrize("seconds", [90, 44 * 60])
@pytest.mark.parametrize("strategy", LAUNCHING)
def test_capacity_that_comes_late_is_waited_for_on_the_way_back(strategy: str, seconds: int) -> None:
    outcome = rollout(strategy, turning(strategy), no_launch(seconds, catalogue.BEGIN_ROLL_BACK.back))
    assert (*told(outcome), outcome.error) == (*ALL_OLD, "AlarmFired"), outcome.cause


@pytest.mark.parametrize("strategy", LAUNCHING)
def test_capacity_that_never_comes_turns_the_rollout_after_45_minutes(strategy: str) -> None:
    outcome = rollout(strategy, no_launch(FOR_EVER, catalogue.SCALE_OUT.forward))
    assert (*told(outcome), outcome.error) == (*ALL_OLD, "LaunchFailed"), outcome.cause
    assert 2700 < outcome.virtual_seconds < 3600


@pytest.mark.parametrize("strategy", LAUNCHING)
def test_capacity_that_never_comes_back_is_a_persons(strategy: str) -> None:
    outcome = rollout(strategy, turning(strategy), no_launch(FOR_EVER, catalogue.BEGIN_ROLL_BACK.back))
    assert outcome.last_state == catalogue.NEEDS_A_HUMAN.back
    assert "Then: LaunchFailed" in (outcome.cause or "")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "deregister_ami", "state": catalogue.SCALE_OUT.forward, "with": {"image_id": NEW}},
        no_launch(FOR_EVER, catalogue.SCALE_OUT.forward, message=KMS),
    ],
    ids=["ami", "kms"],
)
@pytest.mark.parametrize("strategy", LAUNCHING)
def test_what_no_time_heals_turns_at_once(strategy: str, fault: dict[str, Any]) -> None:
    outcome = rollout(strategy, fault)
    assert (*told(outcome), outcome.error) == (*ALL_OLD, "LaunchFailed"), outcome.cause
    assert outcome.virtual_seconds < 120


@pytest.mark.parametrize("strategy", LAUNCHING)
def test_an_old_ami_that_is_gone_on_the_way_back_is_a_persons_at_once(strategy: str) -> None:
    deregistered = {"kind": "deregister_ami", "state": catalogue.ASSESS.back, "with": {"image_id": OLD}}
    outcome = rollout(strategy, turning(strategy), deregistered)
    assert outcome.last_state == catalogue.NEEDS_A_HUMAN.back
    assert f"no later attempt can: the AMI {OLD} is deregistered" in (outcome.cause or "")
    assert outcome.virtual_seconds < 1800
