"""While a rollout holds a node group it is its autoscaler: what others want of its size meanwhile ends right."""

from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import from_json
from tests.rollouts.test_failing_strategies import NEW, OLD

STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": {"type": "rolling", "surge": 1},
    "capacity-provider": {"type": "capacity-provider"},
    "blue-green": {"type": "blue-green", "burn_in_seconds": 120},
}
FULL, HALF_FULL = 12, 6  # tasks: three fill an instance, and there are four
BACK = catalogue.ASSESS.back
ALARM_LATE = {"kind": "set_alarm", "state": catalogue.BAKE.forward, "with": {"name": "errors", "state": "ALARM"}}
ALARM_EARLY = {**ALARM_LATE, "state": catalogue.WAIT_FOR_AGENTS.forward, "nth": 2}


def scaled(state: str, count: int) -> dict[str, Any]:
    """Another actor scales the service."""
    return {"kind": "scale_service", "state": state, "with": {"service": "web", "count": count}}


def resized(state: str, by: int) -> dict[str, Any]:
    """Another actor changes desired capacity."""
    return {"kind": "set_desired", "state": state, "with": {"auto_scaling_group": "nodes", "by": by}}


def cluster(
    strategy: str, *faults: dict[str, Any], tasks: int = FULL, maximum: int = 8, managed: bool = True
) -> dict[str, Any]:
    """Four instances of a capacity provider."""
    return {
        "name": strategy,
        "cluster": "prod",
        "amis": [{"image_id": OLD, "name": "golden-1"}, {"image_id": NEW, "name": "golden-2"}],
        "node_groups": [
            {
                "name": "nodes",
                "ami": OLD,
                "size": 4,
                "min": 2,
                "max": maximum,
                "capacity_provider": "blue",
                "managed_scaling": managed,
                "managed_termination_protection": managed,
            }
        ],
        "services": [
            {
                "name": "web",
                "count": tasks,
                "cpu": 600,
                "memory": 1024,
                "capacity_provider_strategy": [{"capacityProvider": "blue", "base": 0, "weight": 1}],
            }
        ],
        "alarms": [{"name": "errors"}],
        "input": {
            "ami": NEW,
            "auto_scaling_group": "nodes",
            "alarms": ["errors"],
            "strategy": STRATEGIES[strategy],
            "bake_seconds": 60,
            "timeouts": {"register_seconds": 300, "stable_seconds": 600, "drain_seconds": 900},
        },
        "faults": list(faults),
    }


def rolled(made: dict[str, Any], *, fast: bool = True) -> Outcome:
    """The outcome; no promise may be broken on the way."""
    outcome = simulate(from_json(made, "test"), seed=1, fast=fast)
    assert [str(violation) for violation in outcome.violations] == []
    return outcome


@pytest.mark.parametrize(("tasks", "fast"), [(FULL + 1, True), (FULL + 4, True), (FULL + 4, False)])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_tasks_that_fit_nowhere_make_the_group_larger(strategy: str, tasks: int, fast: bool) -> None:
    outcome = rolled(cluster(strategy, scaled(catalogue.WAIT_FOR_AGENTS.forward, tasks)), fast=fast)
    assert (outcome.last_state, outcome.end) == (catalogue.ROLLED_OUT.forward, "all_new"), outcome.cause
    by_others = outcome.report["details"]["by_others"]
    assert any("for tasks that fitted nowhere, managed scaling off" in other for other in by_others), by_others


@pytest.mark.parametrize("alarm", [ALARM_EARLY, ALARM_LATE], ids=["early", "late"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_and_on_the_way_back(strategy: str, alarm: dict[str, Any]) -> None:
    outcome = rolled(cluster(strategy, alarm, scaled(BACK, FULL + 1)))
    assert (outcome.last_state, outcome.end) == (catalogue.ROLLED_BACK.back, "all_old"), outcome.cause


@pytest.mark.parametrize("without", [{"maximum": 4}, {"managed": False}], ids=["at its maximum", "no autoscaler"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_task_that_fits_nowhere_on_the_whole_old_fleet_holds_nothing_up(
    strategy: str, without: dict[str, Any]
) -> None:
    outcome = rolled(cluster(strategy, ALARM_EARLY, scaled(BACK, FULL + 1), **without))
    assert (outcome.last_state, outcome.end) == (catalogue.ROLLED_BACK.back, "all_old"), outcome.cause
    if outcome.report["details"]["by_others"]:
        assert outcome.report["details"]["by_others"] == ["web: 1 tasks fit nowhere on nodes"]


@pytest.mark.parametrize("by", [-1, -2])
@pytest.mark.parametrize("state", [catalogue.WAIT_FOR_AGENTS.forward, catalogue.WAIT_FOR_DRAIN.forward])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_lowered_desired_capacity_ends_right(strategy: str, state: str, by: int) -> None:
    outcome = rolled(cluster(strategy, resized(state, by), tasks=HALF_FULL))
    assert (outcome.last_state, outcome.end) == (catalogue.ROLLED_OUT.forward, "all_new"), outcome.cause


@pytest.mark.parametrize(("by", "managed"), [(-1, True), (-2, True), (-1, False)])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_lowered_desired_capacity_ends_right_on_the_way_back(strategy: str, by: int, managed: bool) -> None:
    outcome = rolled(cluster(strategy, ALARM_LATE, resized(BACK, by), tasks=HALF_FULL, managed=managed))
    assert (outcome.last_state, outcome.end) == (catalogue.ROLLED_BACK.back, "all_old"), outcome.cause
